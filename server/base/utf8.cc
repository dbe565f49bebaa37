#include "server/base/utf8.h"

#include <cstring>

namespace gitsync {
namespace {

// A lower bound for how many bytes at the beginning are ASCII. Most text is ASCII, and
// a definition is checked in full.
size_t AsciiBytes(absl::string_view text) {
  constexpr uint64_t kHighBits = 0x8080808080808080;
  size_t size = 0;
  uint64_t word;
  for (; text.size() - size >= sizeof(word); size += sizeof(word)) {
    std::memcpy(&word, text.data() + size, sizeof(word));
    if ((word & kHighBits) != 0) break;
  }
  return size;
}

// How many bytes at the beginning are valid UTF-8.
size_t ValidBytes(absl::string_view text) {
  uint32_t code_point = 0;
  size_t size = AsciiBytes(text);
  while (size < text.size()) {
    const size_t character = DecodeUtf8(text.substr(size), &code_point);
    if (character == 0) break;
    size += character;
    if (character > 1) size += AsciiBytes(text.substr(size));
  }
  return size;
}

}  // namespace

size_t DecodeUtf8(absl::string_view text, uint32_t* code_point) {
  if (text.empty()) return 0;
  const auto byte = [text](size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char first = byte(0);
  if (first < 0x80) {
    *code_point = first;
    return 1;
  }
  const size_t size = first < 0xc2   ? 0
                      : first < 0xe0 ? 2
                      : first < 0xf0 ? 3
                      : first < 0xf5 ? 4
                                     : 0;
  if (size == 0 || text.size() < size) return 0;
  uint32_t code = first & (0xffu >> (size + 1));
  for (size_t i = 1; i < size; ++i) {
    if ((byte(i) & 0xc0) != 0x80) return 0;
    code = code << 6 | (byte(i) & 0x3fu);
  }
  constexpr uint32_t kSmallest[] = {0, 0, 0x80, 0x800, 0x10000};
  if (code < kSmallest[size] || code > 0x10ffff) return 0;
  if (code >= 0xd800 && code <= 0xdfff) return 0;
  *code_point = code;
  return size;
}

bool IsUtf8(absl::string_view text) { return ValidBytes(text) == text.size(); }

std::string ReplaceInvalidUtf8(absl::string_view text) {
  constexpr absl::string_view kReplacement = "\xef\xbf\xbd";
  std::string out;
  while (true) {
    const size_t valid = ValidBytes(text);
    out.append(text.data(), valid);
    if (valid == text.size()) return out;
    out.append(kReplacement.data(), kReplacement.size());
    text.remove_prefix(valid + 1);
  }
}

absl::string_view CutUtf8(absl::string_view text, size_t size) {
  if (text.size() <= size) return text;
  // A character has at most three bytes after the first.
  for (int i = 0; i < 3 && size > 0; ++i) {
    if ((static_cast<unsigned char>(text[size]) & 0xc0) != 0x80) break;
    --size;
  }
  return text.substr(0, size);
}

}  // namespace gitsync
