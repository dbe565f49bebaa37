#include "server/gateway/json/utf8.h"

namespace gitsync::gateway {

size_t DecodeUtf8(absl::string_view text, size_t pos, char32_t* character) {
  if (pos >= text.size()) return 0;
  const auto byte = [&](size_t i) { return static_cast<unsigned char>(text[pos + i]); };
  const unsigned char lead = byte(0);
  if (lead < 0x80) {
    *character = lead;
    return 1;
  }
  const size_t size = lead < 0xc2   ? 0
                      : lead < 0xe0 ? 2
                      : lead < 0xf0 ? 3
                      : lead < 0xf5 ? 4
                                    : 0;
  if (size == 0 || text.size() - pos < size) return 0;
  char32_t decoded = lead & (0xff >> (size + 1));
  for (size_t i = 1; i < size; ++i) {
    if ((byte(i) & 0xc0) != 0x80) return 0;
    decoded = decoded << 6 | (byte(i) & 0x3f);
  }
  if (size == 3 && decoded < 0x800) return 0;
  if (size == 4 && (decoded < 0x10000 || decoded > 0x10ffff)) return 0;
  if (decoded >= 0xd800 && decoded <= 0xdfff) return 0;
  *character = decoded;
  return size;
}

void AppendUtf8(char32_t character, std::string* out) {
  const auto tail = [&](int shift) {
    out->push_back(static_cast<char>(0x80 | ((character >> shift) & 0x3f)));
  };
  if (character < 0x80) {
    out->push_back(static_cast<char>(character));
  } else if (character < 0x800) {
    out->push_back(static_cast<char>(0xc0 | (character >> 6)));
    tail(0);
  } else if (character < 0x10000) {
    out->push_back(static_cast<char>(0xe0 | (character >> 12)));
    tail(6);
    tail(0);
  } else {
    out->push_back(static_cast<char>(0xf0 | (character >> 18)));
    tail(12);
    tail(6);
    tail(0);
  }
}

}  // namespace gitsync::gateway
