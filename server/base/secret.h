#ifndef GITSYNC_SERVER_BASE_SECRET_H_
#define GITSYNC_SERVER_BASE_SECRET_H_

#include <cstring>
#include <ostream>
#include <string>
#include <utility>

#include "absl/strings/string_view.h"

namespace gitsync {

// A key, token or password in memory. It can't be printed, logged or compared by
// accident, and its bytes are overwritten on destruction.
class Secret {
 public:
  Secret() = default;
  // Takes the bytes. The caller must wipe whatever they were copied from.
  explicit Secret(std::string value) : value_(std::move(value)) {}
  ~Secret() { Wipe(value_); }

  Secret(const Secret&) = default;
  Secret& operator=(const Secret& other) {
    if (this != &other) {
      Wipe(value_);
      value_ = other.value_;
    }
    return *this;
  }
  Secret(Secret&& other) noexcept : value_(other.value_) { Wipe(other.value_); }
  Secret& operator=(Secret&& other) noexcept {
    std::swap(value_, other.value_);
    Wipe(other.value_);
    return *this;
  }

  // The bytes themselves, valid as long as this object. Only for code that passes them
  // to a cryptographic library.
  absl::string_view Reveal() const { return value_; }

  bool empty() const { return value_.empty(); }

 private:
  static void Wipe(std::string& value) {
    explicit_bzero(value.data(), value.size());
    value.clear();
  }

  std::string value_;
};

std::ostream& operator<<(std::ostream&, const Secret&) = delete;

}  // namespace gitsync

#endif  // GITSYNC_SERVER_BASE_SECRET_H_
