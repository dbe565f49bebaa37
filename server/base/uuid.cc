#include "server/base/uuid.h"

#include <openssl/rand.h>

#include <array>
#include <cstdlib>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"

namespace gitsync {
namespace {

using UuidBytes = std::array<unsigned char, 16>;

// Getting 16 bytes from OpenSSL costs about as much as getting many.
UuidBytes RandomBytes() {
  thread_local std::array<UuidBytes, 32> stock;
  thread_local size_t left = 0;
  if (left == 0) {
    // Without randomness no id is safe to hand out, and there is no fallback.
    if (RAND_bytes(reinterpret_cast<unsigned char*>(&stock), sizeof(stock)) != 1) {
      std::abort();
    }
    left = stock.size();
  }
  return stock[--left];
}

}  // namespace

std::string NewUuid() {
  UuidBytes bytes = RandomBytes();
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const std::string hex = absl::BytesToHexString(
      absl::string_view(reinterpret_cast<const char*>(bytes.data()), bytes.size()));
  const absl::string_view h = hex;
  return absl::StrCat(h.substr(0, 8), "-", h.substr(8, 4), "-", h.substr(12, 4), "-",
                      h.substr(16, 4), "-", h.substr(20));
}

bool IsUuid(absl::string_view text) {
  if (text.size() != 36) return false;
  for (size_t i = 0; i < text.size(); ++i) {
    const bool dash = i == 8 || i == 13 || i == 18 || i == 23;
    if (dash ? text[i] != '-' : !absl::ascii_isxdigit(text[i])) return false;
  }
  return true;
}

}  // namespace gitsync
