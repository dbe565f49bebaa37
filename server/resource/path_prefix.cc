#include "server/resource/path_prefix.h"

#include <cstdint>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "server/base/utf8.h"
#include "server/git/object/tree_names.h"

namespace gitsync {
namespace {

constexpr size_t kMaxPathPrefixBytes = 250;

// Windows opens a device for these names, whatever their letter case and extension.
bool IsDeviceName(absl::string_view part) {
  std::string name = absl::AsciiStrToLower(part.substr(0, part.find('.')));
  absl::StripTrailingAsciiWhitespace(&name);
  for (const absl::string_view device :
       {"con", "prn", "aux", "nul", "conin$", "conout$"}) {
    if (name == device) return true;
  }
  return name.size() == 4 &&
         (absl::StartsWith(name, "com") || absl::StartsWith(name, "lpt")) &&
         absl::ascii_isdigit(static_cast<unsigned char>(name[3]));
}

std::string FaultOfCharacters(absl::string_view part) {
  while (!part.empty()) {
    uint32_t point = 0;
    const size_t size = DecodeUtf8(part, &point);
    if (size == 0) return "must be valid UTF-8";
    part.remove_prefix(size);
    if (point < 0x20 || (point >= 0x7f && point < 0xa0) || point == 0x2028 ||
        point == 0x2029) {
      return "must not have control characters";
    }
    if (point == '\\') return "must have \"/\" between folders, not a back-slash";
    if (point < 0x80 && absl::StrContains(":<>\"|?*", static_cast<char>(point))) {
      return "must not have any of : < > \" | ? *";
    }
  }
  return "";
}

std::string FaultOfPart(absl::string_view part) {
  if (std::string fault = FaultOfCharacters(part); !fault.empty()) return fault;
  if (part == "." || part == "..") return "must not have \".\" or \"..\"";
  if (part[0] == '-') return "must not have a folder that starts with \"-\"";
  // "git~2" and so on may be the short name of .git on NTFS.
  if (IsDotGit(part) || absl::StartsWithIgnoreCase(part, "git~")) {
    return "must not have a folder named \".git\"";
  }
  if (part.back() == '.' || part.back() == ' ') {
    return "must not have a folder that ends with \".\" or a space, which Windows "
           "drops";
  }
  if (IsDeviceName(part)) {
    return absl::StrCat("must not have a folder named \"", part,
                        "\", which is a device on Windows");
  }
  return "";
}

}  // namespace

std::string FaultOfPathPrefix(absl::string_view prefix) {
  if (prefix.size() > kMaxPathPrefixBytes) {
    return absl::StrCat("must have at most ", kMaxPathPrefixBytes, " bytes");
  }
  if (prefix.empty()) return "";
  for (const absl::string_view part : absl::StrSplit(prefix, '/')) {
    if (std::string fault = FaultOfPart(part); !fault.empty()) return fault;
  }
  return "";
}

}  // namespace gitsync
