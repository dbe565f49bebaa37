// A GitTransport to folders of this machine whose upload-pack offers what a test says,
// and keeps what it was asked for.

#ifndef GITSYNC_TESTS_UNIT_GIT_LIMITING_TRANSPORT_H_
#define GITSYNC_TESTS_UNIT_GIT_LIMITING_TRANSPORT_H_

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "server/base/status_macros.h"
#include "server/git/protocol/pkt_line.h"
#include "server/git/transport/local_transport.h"
#include "server/git/transport/transport.h"

namespace gitsync {

struct Limits {
  std::string capabilities;           // that are offered
  std::optional<std::string> answer;  // to the request, in place of git's
};

class LimitingStream : public GitStream {
 public:
  // Keeps requests in `asked`, which outlives it.
  LimitingStream(std::unique_ptr<GitStream> inner, Limits limits, std::string* asked)
      : inner_(std::move(inner)), limits_(std::move(limits)), asked_(asked) {}

  absl::StatusOr<size_t> Read(char* buffer, size_t size) override {
    if (!advertised_) {
      RETURN_IF_ERROR(Advertise());
      advertised_ = true;
    }
    if (wrote_ && limits_.answer.has_value()) {
      absl::StrAppend(&ready_, *std::exchange(limits_.answer, ""));
    }
    if (ready_.empty()) {
      return limits_.answer.has_value() ? 0 : inner_->Read(buffer, size);
    }
    const size_t count = ready_.copy(buffer, size);
    ready_.erase(0, count);
    return count;
  }

  absl::Status Write(absl::string_view bytes) override {
    absl::StrAppend(asked_, bytes);
    wrote_ = true;
    return limits_.answer.has_value() ? absl::OkStatus() : inner_->Write(bytes);
  }

  absl::Status Finish() override {
    return limits_.answer.has_value() ? absl::OkStatus() : inner_->Finish();
  }
  std::string RemoteMessages() const override { return inner_->RemoteMessages(); }
  std::string HostKey() const override { return inner_->HostKey(); }

 private:
  // git's own advertisement, with the capabilities exchanged.
  absl::Status Advertise() {
    PktReader reader(inner_.get());
    bool first = true;
    while (true) {
      ASSIGN_OR_RETURN(const PktLine line, reader.Next());
      if (line.kind != PktLine::Kind::kData) break;
      std::string text(line.payload);
      if (std::exchange(first, false)) {
        text.resize(text.find('\0') + 1);
        if (limits_.capabilities.empty()) text.pop_back();
        absl::StrAppend(&text, limits_.capabilities, "\n");
      }
      AppendPktLine(text, &ready_);
    }
    absl::StrAppend(&ready_, kFlushPkt);
    return absl::OkStatus();
  }

  const std::unique_ptr<GitStream> inner_;
  Limits limits_;
  std::string* const asked_;
  bool advertised_ = false;
  bool wrote_ = false;
  std::string ready_;
};

class LimitingTransport : public GitTransport {
 public:
  absl::StatusOr<std::unique_ptr<GitStream>> Open(const Remote& remote,
                                                  GitService service,
                                                  const Context& context) override {
    ASSIGN_OR_RETURN(auto stream, git_.Open(remote, service, context));
    if (service == GitService::kReceivePack) return stream;
    asked.clear();
    return std::make_unique<LimitingStream>(std::move(stream), limits, &asked);
  }
  void Shutdown() override {}

  Limits limits;
  std::string asked;  // of upload-pack, last

 private:
  LocalTransport git_{absl::Seconds(30)};
};

}  // namespace gitsync

#endif  // GITSYNC_TESTS_UNIT_GIT_LIMITING_TRANSPORT_H_
