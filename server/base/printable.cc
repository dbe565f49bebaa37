#include "server/base/printable.h"

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "server/base/utf8.h"

namespace gitsync {
namespace {

constexpr size_t kMaxLineBytes = 2048;

}  // namespace

bool IsHarmless(uint32_t code) {
  if (code < 0x20 || (code >= 0x7F && code <= 0x9F)) return false;
  // Line separators, and characters that hide or reorder text.
  if (code >= 0x200B && code <= 0x200F) return false;
  if (code >= 0x2028 && code <= 0x202E) return false;
  return !(code >= 0x2060 && code <= 0x206F) && code != 0xFEFF;
}

std::string PrintableLine(absl::string_view foreign_text) {
  const std::string valid = ReplaceInvalidUtf8(foreign_text);
  const absl::string_view text = absl::StripAsciiWhitespace(valid);
  std::string out;
  for (size_t at = 0; at < text.size();) {
    if (text[at] == '\n' || text[at] == '\r') {
      while (at < text.size() && absl::ascii_isspace(text[at])) ++at;
      absl::StrAppend(&out, " | ");
      continue;
    }
    uint32_t code = 0;
    const size_t length = DecodeUtf8(text.substr(at), &code);
    if (IsHarmless(code)) {
      out.append(text.data() + at, length);
    } else {
      out += code == '\t' ? ' ' : '?';
    }
    at += length;
  }
  if (out.size() <= kMaxLineBytes) return out;
  constexpr absl::string_view kCut = "...";
  size_t start = out.size() - (kMaxLineBytes - kCut.size());
  // Do not start in the middle of a character.
  while (start < out.size() && (out[start] & 0xC0) == 0x80) ++start;
  return absl::StrCat(kCut, absl::string_view(out).substr(start));
}

std::string PrintableText(absl::string_view foreign_text, size_t limit) {
  const std::string text = ReplaceInvalidUtf8(foreign_text);
  std::string out;
  size_t i = 0;
  while (i < text.size() && out.size() < limit) {
    const unsigned char c = static_cast<unsigned char>(text[i]);
    if (c == 0x1b) {
      // Skip up to the letter that ends a control sequence, "\x1b[31m".
      ++i;
      if (i < text.size() && text[i] == '[') ++i;
      while (i < text.size() && !absl::ascii_isalpha(text[i]) && text[i] != '\n') ++i;
      if (i < text.size() && text[i] != '\n') ++i;
      continue;
    }
    if (c < 0x80) {
      if (c == '\r' || c == '\n') {
        if (!out.empty() && out.back() != '\n') out.push_back('\n');
      } else if (c == '\t' || (c >= 0x20 && c != 0x7f)) {
        out.push_back(static_cast<char>(c));
      }
      ++i;
      continue;
    }
    uint32_t code_point = 0;
    const size_t size = DecodeUtf8(absl::string_view(text).substr(i), &code_point);
    if (out.size() + size > limit) break;
    if (IsHarmless(code_point)) out.append(text, i, size);
    i += size;
  }
  absl::StripTrailingAsciiWhitespace(&out);
  return out;
}

}  // namespace gitsync
