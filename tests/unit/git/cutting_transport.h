// A GitTransport to folders of this machine that cuts a conversation after a number of
// bytes.

#ifndef GITSYNC_TESTS_UNIT_GIT_CUTTING_TRANSPORT_H_
#define GITSYNC_TESTS_UNIT_GIT_CUTTING_TRANSPORT_H_

#include <algorithm>
#include <cstddef>
#include <map>
#include <memory>
#include <string>
#include <utility>

#include "absl/synchronization/mutex.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "server/git/transport/local_transport.h"
#include "server/git/transport/transport.h"
#include "server/net/wait.h"
#include "tests/unit/git/faulty_transport.h"

namespace gitsync {

// Where and how a conversation is cut.
struct Cut {
  enum class Direction { kFromRemote, kToRemote };
  // The stream ends as if all had been said; an error; or silence until the deadline.
  enum class Kind { kEnd, kReset, kStall };
  Direction direction = Direction::kFromRemote;
  Kind kind = Kind::kEnd;
  size_t after_bytes = 0;
};

// How much went through a conversation.
struct Traffic {
  size_t from_remote = 0;
  size_t to_remote = 0;
};

class CuttingStream : public GitStream {
 public:
  // Adds what goes through to `traffic` (which must outlive it). Null `cut`: all.
  CuttingStream(std::unique_ptr<GitStream> inner, const Cut* cut,
                const Context& context, Traffic* traffic)
      : inner_(std::move(inner)), context_(context), traffic_(traffic) {
    if (cut == nullptr) return;
    kind_ = cut->kind;
    (cut->direction == Cut::Direction::kFromRemote ? may_read_ : may_write_) =
        cut->after_bytes;
  }

  absl::StatusOr<size_t> Read(char* buffer, size_t size) override {
    if (lost_) {
      // The remote has seen the end of what it got, and has ended.
      inner_->Finish().IgnoreError();
      return 0;
    }
    if (broken_) return BrokenConnection();
    if (may_read_ == 0) {
      if (kind_ != Cut::Kind::kEnd) return Fail();
      inner_->Finish().IgnoreError();
      return 0;
    }
    const absl::StatusOr<size_t> read = inner_->Read(buffer, std::min(size, may_read_));
    if (read.ok()) {
      traffic_->from_remote += *read;
      may_read_ -= *read;
    }
    return read;
  }

  absl::Status Write(absl::string_view bytes) override {
    if (broken_) return BrokenConnection();
    const size_t count = std::min(bytes.size(), may_write_);
    if (count > 0) {
      if (const auto written = inner_->Write(bytes.substr(0, count)); !written.ok()) {
        return written;
      }
      traffic_->to_remote += count;
      may_write_ -= count;
    }
    if (count == bytes.size()) return absl::OkStatus();
    if (kind_ == Cut::Kind::kEnd) {
      lost_ = true;  // as what is handed to a connection that is gone
      return absl::OkStatus();
    }
    return Fail();
  }

  absl::Status Finish() override {
    if (broken_) return BrokenConnection();
    return inner_->Finish();
  }

  std::string RemoteMessages() const override { return inner_->RemoteMessages(); }
  std::string HostKey() const override { return inner_->HostKey(); }

 private:
  absl::Status Fail() {
    broken_ = true;
    // The remote is not killed: it sees the end of what it got.
    inner_->Finish().IgnoreError();
    if (kind_ == Cut::Kind::kReset) return BrokenConnection();
    absl::SleepFor(context_.deadline - absl::Now());
    return CheckRemoteTime(context_);
  }

  const std::unique_ptr<GitStream> inner_;
  const Context context_;
  Traffic* const traffic_;
  Cut::Kind kind_ = Cut::Kind::kEnd;
  size_t may_read_ = static_cast<size_t>(-1);
  size_t may_write_ = static_cast<size_t>(-1);
  bool lost_ = false;
  bool broken_ = false;
};

// Thread-safe; for one conversation at a time with each repository.
class CuttingTransport : public GitTransport {
 public:
  // Cuts the next conversation of this kind with the repository in this folder.
  void CutNext(const std::string& path, GitService service, const Cut& cut) {
    absl::MutexLock lock(&mutex_);
    cuts_.insert_or_assign({path, service}, cut);
  }
  // Takes back a cut of a conversation that did not take place.
  void CutNoMore(const std::string& path, GitService service) {
    absl::MutexLock lock(&mutex_);
    cuts_.erase({path, service});
  }
  // What went through the last conversation of this kind, now ended.
  Traffic LastTraffic(const std::string& path, GitService service) {
    absl::MutexLock lock(&mutex_);
    return traffic_[{path, service}];
  }

  absl::StatusOr<std::unique_ptr<GitStream>> Open(const Remote& remote,
                                                  GitService service,
                                                  const Context& context) override {
    // Without a deadline, at which the remote would be killed: it could leave a lock.
    auto stream = git_.Open(remote, service, Context());
    if (!stream.ok()) return stream.status();
    const Key key = {remote.url.path, service};
    absl::MutexLock lock(&mutex_);
    const auto cut = cuts_.extract(key);
    Traffic& traffic = traffic_[key];
    traffic = {};
    return std::make_unique<CuttingStream>(
        *std::move(stream), cut.empty() ? nullptr : &cut.mapped(), context, &traffic);
  }

  void Shutdown() override {}

 private:
  using Key = std::pair<std::string, GitService>;

  LocalTransport git_{absl::Seconds(30)};
  absl::Mutex mutex_;
  std::map<Key, Cut> cuts_ ABSL_GUARDED_BY(mutex_);
  std::map<Key, Traffic> traffic_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace gitsync

#endif  // GITSYNC_TESTS_UNIT_GIT_CUTTING_TRANSPORT_H_
