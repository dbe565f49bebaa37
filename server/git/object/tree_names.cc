#include "server/git/object/tree_names.h"

#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/strip.h"
#include "server/base/utf8.h"

namespace gitsync {
namespace {

// HFS+ compares names without these: U+200C to U+200F, U+202A to U+202E, U+206A to
// U+206F, U+FEFF.
bool IsIgnoredByHfs(absl::string_view character) {
  if (character.size() != 3) return false;
  const unsigned char a = static_cast<unsigned char>(character[0]);
  const unsigned char b = static_cast<unsigned char>(character[1]);
  const unsigned char c = static_cast<unsigned char>(character[2]);
  if (a == 0xe2 && b == 0x80)
    return (c >= 0x8c && c <= 0x8f) || (c >= 0xaa && c <= 0xae);
  if (a == 0xe2 && b == 0x81) return c >= 0xaa && c <= 0xaf;
  return a == 0xef && b == 0xbb && c == 0xbf;
}

std::string WithoutIgnored(absl::string_view name) {
  std::string out;
  while (!name.empty()) {
    uint32_t code_point = 0;
    size_t size = DecodeUtf8(name, &code_point);
    if (size == 0) size = 1;
    if (!IsIgnoredByHfs(name.substr(0, size))) {
      out.append(name.data(), size);
    }
    name.remove_prefix(size);
  }
  return out;
}

}  // namespace

bool IsDotGit(absl::string_view name) {
  const std::string plain = absl::AsciiStrToLower(WithoutIgnored(name));
  absl::string_view rest = plain;
  if (!absl::ConsumePrefix(&rest, ".git") && !absl::ConsumePrefix(&rest, "git~1")) {
    return false;
  }
  // NTFS drops trailing dots and spaces, and takes what follows ":" for a stream's
  // name; "\" separates folders there.
  while (!rest.empty() && (rest.front() == '.' || rest.front() == ' ')) {
    rest.remove_prefix(1);
  }
  return rest.empty() || rest.front() == ':' || rest.front() == '\\';
}

absl::string_view ProblemWithName(absl::string_view name) {
  if (name.empty() || name == "." || name == ".." || absl::StrContains(name, '/')) {
    return "its name is no file name";
  }
  if (!IsUtf8(name)) return "its name is not valid UTF-8";
  if (IsDotGit(name)) return "its name is a spelling of .git";
  return "";
}

}  // namespace gitsync
