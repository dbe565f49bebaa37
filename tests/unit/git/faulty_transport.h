// A GitTransport to folders of this machine that breaks connections at chosen points.

#ifndef GITSYNC_TESTS_UNIT_GIT_FAULTY_TRANSPORT_H_
#define GITSYNC_TESTS_UNIT_GIT_FAULTY_TRANSPORT_H_

#include <algorithm>
#include <atomic>
#include <memory>
#include <utility>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "server/base/error.h"
#include "server/base/reason.h"
#include "server/git/transport/local_transport.h"
#include "server/git/transport/transport.h"

namespace gitsync {

inline absl::Status BrokenConnection() {
  return Error(absl::StatusCode::kUnavailable, reason::kRemoteUnreachable,
               "The connection to the remote broke.");
}

// Where a connection breaks; each break happens once, and the remote is left alone
// until it has ended, as it would be on the other side of a network.
enum class BreakAt {
  kNowhere,
  kOpen,
  kAdvertisement,      // while it is read
  kPackStart,          // before any byte of the command or pack goes out
  kPackMiddle,         // the remote gets the beginning of the pack
  kReport,             // the remote gets all, and its report is lost
  kReportWithoutPush,  // all seems written, but the remote never gets it
  kRefusal,            // all was written, and the remote's front refuses it
  kLateRefusal,        // the same, but the remote has got it before
};

class FaultyStream : public GitStream {
 public:
  FaultyStream(std::unique_ptr<GitStream> inner, BreakAt at, bool without_thin_packs)
      : inner_(std::move(inner)), at_(at), without_thin_packs_(without_thin_packs) {}

  absl::StatusOr<size_t> Read(char* buffer, size_t size) override {
    if (broken_ || at_ == BreakAt::kAdvertisement) return Break();
    if (wrote_ && at_ == BreakAt::kReport) {
      // The remote does all of its work; only its answer gets lost.
      inner_->Finish().IgnoreError();
      return Break();
    }
    if (wrote_ && at_ == BreakAt::kReportWithoutPush) return Break();
    if (wrote_ && at_ == BreakAt::kLateRefusal) inner_->Finish().IgnoreError();
    if (wrote_ && Refused()) return Refusal();
    const absl::StatusOr<size_t> read = inner_->Read(buffer, size);
    if (!without_thin_packs_ || !read.ok()) return read;
    // In the place of a capability of no consequence, so that no length changes.
    constexpr absl::string_view kReplaced = " ofs-delta";
    constexpr absl::string_view kNoThin = " no-thin  ";
    const auto found =
        std::search(buffer, buffer + *read, kReplaced.begin(), kReplaced.end());
    if (found != buffer + *read) std::copy(kNoThin.begin(), kNoThin.end(), found);
    return read;
  }

  absl::Status Write(absl::string_view bytes) override {
    if (broken_ || at_ == BreakAt::kPackStart) return Break();
    wrote_ = true;
    if (at_ == BreakAt::kReportWithoutPush || at_ == BreakAt::kRefusal) {
      return absl::OkStatus();
    }
    if (at_ == BreakAt::kPackMiddle) {
      inner_->Write(bytes.substr(0, bytes.size() / 2)).IgnoreError();
      return Break();
    }
    return inner_->Write(bytes);
  }

  absl::Status Finish() override {
    if (broken_) return BrokenConnection();
    if (wrote_ && Refused()) return Refusal();
    return inner_->Finish();
  }

  std::string RemoteMessages() const override { return inner_->RemoteMessages(); }
  std::string HostKey() const override { return inner_->HostKey(); }
  bool Refused() const override {
    return at_ == BreakAt::kRefusal || at_ == BreakAt::kLateRefusal;
  }

 private:
  static absl::Status Refusal() {
    return Error(absl::StatusCode::kFailedPrecondition, reason::kRemoteRejected,
                 "The push is too large.");
  }

  absl::Status Break() {
    broken_ = true;
    return BrokenConnection();
  }

  std::unique_ptr<GitStream> inner_;
  const BreakAt at_;
  const bool without_thin_packs_;
  bool wrote_ = false;
  bool broken_ = false;
};

class FaultyTransport : public GitTransport {
 public:
  absl::StatusOr<std::unique_ptr<GitStream>> Open(const Remote& remote,
                                                  GitService service,
                                                  const Context& context) override {
    if (absl::Status status = context.Check(); !status.ok()) return status;
    const bool pushes = service == GitService::kReceivePack;
    (pushes ? receive_packs : upload_packs) += 1;
    if (pushes && read_only) {
      return Error(absl::StatusCode::kPermissionDenied, reason::kRemoteReadOnly,
                   "The key may only read.")
          .ToStatus();
    }
    if (!pushes && upload_packs_fail) return upload_pack_failure;
    auto stream = git_.Open(remote, service, context);
    if (!stream.ok()) return stream.status();
    BreakAt at = BreakAt::kNowhere;
    if (pushes && breaks > 0) {
      --breaks;
      at = break_at;
    }
    if (at == BreakAt::kOpen) return BrokenConnection();
    return std::make_unique<FaultyStream>(*std::move(stream), at, without_thin_packs);
  }

  void Shutdown() override {}

  BreakAt break_at = BreakAt::kNowhere;
  int breaks = 0;  // how many receive-pack connections break
  bool read_only = false;
  bool upload_packs_fail = false;
  absl::Status upload_pack_failure = BrokenConnection();
  bool without_thin_packs = false;  // the remote says that it takes none
  std::atomic<int> receive_packs = 0;
  std::atomic<int> upload_packs = 0;

 private:
  LocalTransport git_{absl::Seconds(30)};
};

}  // namespace gitsync

#endif  // GITSYNC_TESTS_UNIT_GIT_FAULTY_TRANSPORT_H_
