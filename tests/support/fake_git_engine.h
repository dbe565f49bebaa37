// A git engine without git: each call does what the test specifies, or succeeds.

#ifndef GITSYNC_TESTS_SUPPORT_FAKE_GIT_ENGINE_H_
#define GITSYNC_TESTS_SUPPORT_FAKE_GIT_ENGINE_H_

#include <poll.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/synchronization/mutex.h"
#include "server/base/error.h"
#include "server/base/reason.h"
#include "server/git/git_engine.h"

namespace gitsync {

// Thread-safe. Can hold back every call, so that work stays in flight for as long as a
// test needs it.
class FakeGitEngine : public GitEngine {
 public:
  // From now on, calls that work on the remote wait for Release, their deadline or
  // their cancellation.
  void Hold() {
    absl::MutexLock lock(&mutex_);
    held_ = true;
  }
  void Release() {
    absl::MutexLock lock(&mutex_);
    held_ = false;
  }

  // Blocks until `count` calls are held, for at most ten seconds. Returns whether they
  // are.
  bool AwaitHeld(int count) {
    const auto reached = [&]() ABSL_SHARED_LOCKS_REQUIRED(mutex_) {
      return waiting_ >= count;
    };
    absl::MutexLock lock(&mutex_);
    return mutex_.AwaitWithTimeout(absl::Condition(&reached), absl::Seconds(10));
  }

  // Sets what the remote answers from now on. OK means that it works.
  void SetStatus(absl::Status status) {
    absl::MutexLock lock(&mutex_);
    status_ = std::move(status);
  }

  // Sets the message with which the remote refuses a push from now on.
  void SetWriteRefusal(std::string words) {
    absl::MutexLock lock(&mutex_);
    write_refusal_ = std::move(words);
  }

  // Returns the number of pushes.
  int pushes() const {
    absl::MutexLock lock(&mutex_);
    return pushes_;
  }
  // Returns the number of pushes in each batch.
  std::vector<size_t> batches() const {
    absl::MutexLock lock(&mutex_);
    return batches_;
  }
  // Returns how often a connection was tested.
  int probes() const {
    absl::MutexLock lock(&mutex_);
    return probes_;
  }
  // Returns the remote that was tested last.
  Remote probed() const {
    absl::MutexLock lock(&mutex_);
    return probed_;
  }
  // Returns how the last held call ended.
  absl::Status last_interruption() const {
    absl::MutexLock lock(&mutex_);
    return last_interruption_;
  }

  std::unique_ptr<BranchPush> StartPush(const Repository&, const std::string&,
                                        const Context& context) override {
    return std::make_unique<StartedPush>(this, context);
  }

  absl::StatusOr<ResolvedRef> Resolve(const Repository&, absl::string_view,
                                      const std::function<void(GitPhase)>& on_phase,
                                      const Context& context) override {
    if (on_phase) on_phase(GitPhase::kConnecting);
    if (absl::Status status = Pass(context); !status.ok()) return status;
    return ResolvedRef{std::string(40, 'c'), true};
  }

  absl::StatusOr<FolderSnapshot> ReadFolder(const Repository&, absl::string_view,
                                            absl::string_view) override {
    return absl::NotFoundError("no such folder");
  }

  absl::StatusOr<std::shared_ptr<const FolderListing>> ListFolders(const Repository&,
                                                                   absl::string_view,
                                                                   absl::string_view,
                                                                   absl::string_view,
                                                                   IdOf) override {
    return std::make_shared<const FolderListing>(std::vector<FolderEntry>());
  }

  absl::StatusOr<CommitLog> Log(const Repository&, absl::string_view, absl::string_view,
                                absl::string_view, const LogPage&,
                                const Context&) override {
    return CommitLog();
  }

  absl::StatusOr<std::vector<CommitInfo>> LastCommits(
      const Repository&, absl::string_view, const std::vector<std::string>& folders,
      const Context&) override {
    return std::vector<CommitInfo>(folders.size());
  }

  absl::StatusOr<bool> IsAncestor(const Repository&, absl::string_view,
                                  absl::string_view) override {
    return true;
  }

  absl::StatusOr<ProbeResult> Probe(
      const Remote& remote, absl::string_view,
      absl::FunctionRef<void(ProbeStep, absl::string_view)> on_step,
      const Context& context) override {
    {
      absl::MutexLock lock(&mutex_);
      ++probes_;
      probed_ = remote;
    }
    if (absl::Status status = Pass(context); !status.ok()) return status;
    for (const ProbeStep step :
         {ProbeStep::kConnect, ProbeStep::kHostKey, ProbeStep::kAuthenticate,
          ProbeStep::kRepository, ProbeStep::kBranch, ProbeStep::kFetch,
          ProbeStep::kWrite}) {
      on_step(step, "fine");
    }
    ProbeResult result;
    result.host_key =
        "ssh-ed25519 "
        "AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl";
    result.branch_exists = true;
    result.branch_commit_id = std::string(40, 'c');
    absl::MutexLock lock(&mutex_);
    result.write_refusal = write_refusal_;
    result.can_write = write_refusal_.empty();
    return result;
  }

  void DropMirror(absl::string_view) override {}

 private:
  class StartedPush : public BranchPush {
   public:
    StartedPush(FakeGitEngine* engine, const Context& context)
        : engine_(engine), context_(context) {}
    void Push(const std::vector<PushItem>& items, const PushHooks& hooks) override {
      engine_->PushAll(items, hooks, context_);
    }

   private:
    FakeGitEngine* const engine_;
    const Context context_;
  };

  void PushAll(const std::vector<PushItem>& items, const PushHooks& hooks,
               const Context& context) {
    {
      absl::MutexLock lock(&mutex_);
      pushes_ += static_cast<int>(items.size());
      batches_.push_back(items.size());
    }
    for (const PushItem& item : items) {
      if (item.on_phase) item.on_phase(GitPhase::kConnecting);
    }
    absl::Status status = Pass(context);
    std::vector<PushIntentInfo> intents;
    std::vector<PushAnswer> answers;
    for (size_t i = 0; i < items.size(); ++i) {
      if (!items[i].claim()) continue;
      PushResult result;
      result.commit_id = std::string(40, 'c');
      result.tree_id = std::string(40, 't');
      result.changed = true;
      intents.push_back({.base_commit_id = "",
                         .commit_id = result.commit_id,
                         .folder = items[i].request.folder,
                         .tree_id = result.tree_id,
                         .merged = false,
                         .item = i});
      answers.push_back({i, std::move(result)});
    }
    if (status.ok()) status = hooks.record_intents(intents);
    if (!status.ok()) {
      for (PushAnswer& answer : answers) answer.result = status;
    }
    hooks.answer(std::move(answers));
  }

  // Waits while calls are held. Like work on a remote, it waits on a file descriptor.
  absl::Status Pass(const Context& context) {
    {
      absl::MutexLock lock(&mutex_);
      ++waiting_;
    }
    absl::Status interrupted;
    while (interrupted.ok() && IsHeld()) {
      pollfd cancelled = {context.cancellation->PollFd(), POLLIN, 0};
      poll(&cancelled, 1, /*timeout=*/5);
      interrupted = context.Check();
    }
    absl::MutexLock lock(&mutex_);
    --waiting_;
    if (!interrupted.ok()) {
      last_interruption_ = interrupted;
      return interrupted;
    }
    return status_;
  }

  bool IsHeld() const {
    absl::MutexLock lock(&mutex_);
    return held_;
  }

  mutable absl::Mutex mutex_;
  bool held_ ABSL_GUARDED_BY(mutex_) = false;
  int waiting_ ABSL_GUARDED_BY(mutex_) = 0;
  int pushes_ ABSL_GUARDED_BY(mutex_) = 0;
  int probes_ ABSL_GUARDED_BY(mutex_) = 0;
  Remote probed_ ABSL_GUARDED_BY(mutex_);
  std::vector<size_t> batches_ ABSL_GUARDED_BY(mutex_);
  absl::Status status_ ABSL_GUARDED_BY(mutex_);
  std::string write_refusal_ ABSL_GUARDED_BY(mutex_);
  absl::Status last_interruption_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace gitsync

#endif  // GITSYNC_TESTS_SUPPORT_FAKE_GIT_ENGINE_H_
