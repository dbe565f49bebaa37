#include "server/git/transport/circuit_breaker.h"

#include <algorithm>
#include <array>
#include <string>
#include <utility>

#include "server/base/error.h"
#include "server/base/reason.h"
#include "server/base/status_macros.h"
#include "server/git/transport/next_try.h"

namespace gitsync {
namespace {

// Whether a git command that failed on the remote was that of a reader: the words in
// which hosts refuse to be written to are legion.
bool IsFailedRead(const absl::Status& error, GitService service) {
  return ReasonOf(error) == reason::kRemoteCommandFailed &&
         service == GitService::kUploadPack;
}

// Whether the remote is the cause. An answer that came too late for the caller says
// nothing of it, and neither does one for which it was not asked: a host that shuts our
// address out is no organization's failure.
bool IsFailureOfRemote(const absl::Status& error, GitService service,
                       const Context& context) {
  static constexpr std::array<absl::string_view, 6> kFailures = {
      reason::kRemoteUnreachable,   reason::kRemoteTimeout,
      reason::kRemoteProtocolError, reason::kRemoteAuthFailed,
      reason::kHostKeyMismatch,     reason::kRemoteTlsFailed};
  if (!MetadataOf(error, kNextTryTime).empty()) return false;
  if (IsFailedRead(error, service)) return context.Check().ok();
  return std::find(kFailures.begin(), kFailures.end(), ReasonOf(error)) !=
             kFailures.end() &&
         context.Check().ok();
}

// Whether it is the answer of a remote that works.
bool IsRefusal(const absl::Status& error, GitService service) {
  const std::string reason = ReasonOf(error);
  if (reason == reason::kRemoteCommandFailed) return !IsFailedRead(error, service);
  return reason == reason::kRemoteRepositoryNotFound ||
         reason == reason::kRemoteReadOnly || reason == reason::kRemoteRejected;
}

// Judges a conversation: it worked if the remote answered and nothing failed.
class WatchedStream : public GitStream {
 public:
  WatchedStream(std::unique_ptr<GitStream> next, std::unique_ptr<Circuits::Try> one,
                GitService service, Context context)
      : one_(std::move(one)),
        service_(service),
        context_(std::move(context)),
        next_(std::move(next)) {}

  ~WatchedStream() override {
    if (answered_ && !failed_) one_->Worked();
  }

  absl::StatusOr<size_t> Read(char* buffer, size_t size) override {
    absl::StatusOr<size_t> read = next_->Read(buffer, size);
    if (!read.ok()) {
      Blame(read.status());
    } else if (*read > 0) {
      Answered();
    }
    return read;
  }

  absl::Status Write(absl::string_view bytes) override {
    // A remote that hangs up while it is written to may have said why: that is read,
    // and what is read tells.
    return next_->Write(bytes);
  }

  void CloseWriting() override { next_->CloseWriting(); }

  absl::Status Finish() override {
    absl::Status finished = next_->Finish();
    // One that has answered may end with an error of what it was asked to do.
    if (!finished.ok() && !answered_) Blame(finished);
    return finished;
  }

  void Blame(const absl::Status& error) override {
    if (IsRefusal(error, service_)) return Answered();
    if (failed_ || !IsFailureOfRemote(error, service_, context_)) return;
    failed_ = true;
    one_->Failed(error, context_);
  }

  std::string RemoteMessages() const override { return next_->RemoteMessages(); }
  std::string WithoutSecret(absl::string_view words) const override {
    return next_->WithoutSecret(words);
  }
  bool TookNothing() const override { return next_->TookNothing(); }
  bool Refused() const override { return next_->Refused(); }
  std::string HostKey() const override { return next_->HostKey(); }
  std::string Protection() const override { return next_->Protection(); }
  std::string LoginAlgorithm() const override { return next_->LoginAlgorithm(); }
  std::string MovedTo() const override { return next_->MovedTo(); }
  bool Advertises() const override { return next_->Advertises(); }

 private:
  void Answered() {
    if (!answered_) one_->Answered();
    answered_ = true;
  }

  const std::unique_ptr<Circuits::Try> one_;
  const GitService service_;
  const Context context_;
  const std::unique_ptr<GitStream> next_;
  bool answered_ = false;
  bool failed_ = false;
};

}  // namespace

absl::StatusOr<std::unique_ptr<GitStream>> CircuitBreaker::Open(
    const Remote& remote, GitService service, const Context& context) {
  return Watch(remote, service, context,
               [&] { return next_->Open(remote, service, context); });
}

absl::StatusOr<std::unique_ptr<GitStream>> CircuitBreaker::OpenUnasked(
    const Remote& remote, const Context& context) {
  return Watch(remote, GitService::kReceivePack, context,
               [&] { return next_->OpenUnasked(remote, context); });
}

absl::StatusOr<std::unique_ptr<GitStream>> CircuitBreaker::Watch(const Remote& remote,
                                                                 GitService service,
                                                                 const Context& context,
                                                                 OpenStream open) {
  if (remote.circuit.empty()) return open();
  ASSIGN_OR_RETURN(
      std::unique_ptr<Circuits::Try> one,
      circuits_->Begin(remote.circuit, remote.even_if_paused || remote.settles));
  absl::StatusOr<std::unique_ptr<GitStream>> stream = open();
  if (!stream.ok()) {
    if (IsFailureOfRemote(stream.status(), service, context)) {
      one->Failed(stream.status(), context);
    } else if (IsRefusal(stream.status(), service)) {
      one->Worked();
    }
    return stream.status();
  }
  if (*stream == nullptr) return nullptr;
  return std::make_unique<WatchedStream>(*std::move(stream), std::move(one), service,
                                         context);
}

}  // namespace gitsync
