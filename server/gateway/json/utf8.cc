#include "server/gateway/json/utf8.h"

namespace gitsync::gateway {

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
