#ifndef GITSYNC_SERVER_NET_UNIQUE_FD_H_
#define GITSYNC_SERVER_NET_UNIQUE_FD_H_

#include <unistd.h>

#include <utility>

namespace gitsync {

// Owns a file descriptor; -1 means none.
class UniqueFd {
 public:
  UniqueFd() = default;
  explicit UniqueFd(int fd) : fd_(fd) {}
  UniqueFd(UniqueFd&& other) noexcept : fd_(other.Release()) {}
  UniqueFd& operator=(UniqueFd&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~UniqueFd() { Close(); }

  int get() const { return fd_; }
  int Release() { return std::exchange(fd_, -1); }
  void Close() {
    if (fd_ >= 0) close(Release());
  }

 private:
  int fd_ = -1;
};

}  // namespace gitsync

#endif  // GITSYNC_SERVER_NET_UNIQUE_FD_H_
