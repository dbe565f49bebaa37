// A remote that says what a fuzz target's input is.

#ifndef GITSYNC_TESTS_FUZZ_FUZZ_STREAM_H_
#define GITSYNC_TESTS_FUZZ_FUZZ_STREAM_H_

#include <algorithm>
#include <cstring>
#include <memory>
#include <string>
#include <utility>

#include "server/git/transport/transport.h"

namespace gitsync {

// Says `text` in pieces of growing size and ends; takes whatever is written to it.
class FuzzStream : public GitStream {
 public:
  explicit FuzzStream(std::string text) : text_(std::move(text)) {}

  absl::StatusOr<size_t> Read(char* buffer, size_t size) override {
    size = std::min({size, piece_, text_.size() - at_});
    std::memcpy(buffer, text_.data() + at_, size);
    at_ += size;
    piece_ = piece_ * 2 + 1;
    return size;
  }
  absl::Status Write(absl::string_view) override { return absl::OkStatus(); }
  absl::Status Finish() override { return absl::OkStatus(); }
  std::string RemoteMessages() const override { return ""; }
  std::string HostKey() const override { return ""; }

 private:
  const std::string text_;
  size_t at_ = 0;
  size_t piece_ = 1;
};

// Opens one such stream after the other.
class FuzzTransport : public GitTransport {
 public:
  explicit FuzzTransport(std::string text) : text_(std::move(text)) {}

  absl::StatusOr<std::unique_ptr<GitStream>> Open(const Remote&, GitService,
                                                  const Context&) override {
    return std::make_unique<FuzzStream>(text_);
  }
  void Shutdown() override {}

 private:
  const std::string text_;
};

}  // namespace gitsync

#endif  // GITSYNC_TESTS_FUZZ_FUZZ_STREAM_H_
