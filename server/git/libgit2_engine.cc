#include "server/git/libgit2_engine.h"

#include <algorithm>
#include <utility>

#include "server/base/logging.h"
#include "server/base/status_macros.h"
#include "server/git/mirror/mirror_pool.h"
#include "server/git/mirror/mirror_upkeep.h"
#include "server/git/mirror/resolve_ref.h"
#include "server/git/object/folder_reader.h"
#include "server/git/object/history.h"
#include "server/git/probe.h"
#include "server/git/push/branch_locks.h"
#include "server/git/push/push_run.h"

namespace gitsync {

namespace {

MirrorUpkeep::Options UpkeepOptions(const Libgit2Engine::Options& options) {
  MirrorUpkeep::Options upkeep;
  upkeep.max_bytes = options.max_mirror_bytes;
  return upkeep;
}

}  // namespace

class Libgit2Engine::Impl {
 public:
  explicit Impl(Options options)
      : transport(options.transport),
        mirrors({options.mirrors_dir, options.max_idle_mirrors,
                 std::min(options.max_fetch_bytes, options.max_mirror_bytes)}),
        upkeep(&mirrors, UpkeepOptions(options)) {
    push.transport = options.transport;
    push.mirrors = &mirrors;
    push.capabilities = &capabilities;
    push.committer = std::move(options.committer);
    push.agent = std::move(options.agent);
    push.max_tries = options.max_push_tries;
    push.confirm_budget = options.confirm_budget;
    upkeep.Start();
  }

  // Runs a question about the mirror. A damaged mirror is dropped, so that the next
  // call that reaches the remote makes a good one.
  template <typename Question>
  auto Ask(const Repository& repository, Question question)
      -> decltype(question(static_cast<git_repository*>(nullptr))) {
    ASSIGN_OR_RETURN(const Mirror mirror, mirrors.Open(repository.mirror_id));
    auto answer = question(mirror.repository());
    if (!answer.ok() && IsMirrorFault(answer.status())) {
      Renew(repository, answer.status());
    }
    return answer;
  }

  void Renew(const Repository& repository, const absl::Status& why) {
    ::gitsync::Log(LogLevel::kWarning, "mirror is damaged and is dropped",
                   {{"mirror_id", repository.mirror_id}, {"error", why}});
    mirrors.Drop(repository.mirror_id);
    listings.Forget(repository.mirror_id);
  }

  GitTransport* transport;
  MirrorPool mirrors;
  MirrorUpkeep upkeep;
  CapabilityCache capabilities;
  PushSettings push;
  FolderListings listings;
  BranchLocks locks;
};

Libgit2Engine::Libgit2Engine(Options options)
    : impl_(std::make_unique<Impl>(std::move(options))) {}

Libgit2Engine::~Libgit2Engine() = default;

class Libgit2Engine::StartedPush : public BranchPush {
 public:
  StartedPush(Impl* impl, const Repository& repository, const std::string& branch,
              const Context& context)
      : impl_(impl),
        repository_(repository),
        context_(context),
        lock_(impl->locks.Take(repository.remote.url, branch, context)),
        start_(lock_.ok() ? PushRun::Start(impl->push, repository, context)
                          : lock_.status()) {}

  void Push(const std::vector<PushItem>& items, const PushHooks& hooks) override {
    if (items.empty()) return;
    PushRun(impl_->push, repository_, items, hooks, context_).Run(std::move(start_));
  }

 private:
  Impl* const impl_;
  const Repository& repository_;
  const Context context_;
  const absl::StatusOr<BranchLocks::Lock> lock_;
  PushRun::StartedConversation start_;
};

std::unique_ptr<BranchPush> Libgit2Engine::StartPush(const Repository& repository,
                                                     const std::string& branch,
                                                     const Context& context) {
  return std::make_unique<StartedPush>(impl_.get(), repository, branch, context);
}

absl::StatusOr<ResolvedRef> Libgit2Engine::Resolve(
    const Repository& repository, absl::string_view ref,
    const std::function<void(GitPhase)>& on_phase, const Context& context) {
  for (bool renewed = false;; renewed = true) {
    absl::StatusOr<ResolvedRef> resolved;
    {
      ASSIGN_OR_RETURN(const Mirror mirror, impl_->mirrors.Open(repository.mirror_id));
      resolved = ResolveRef(impl_->transport, mirror, repository.remote, ref,
                            impl_->push.agent, on_phase, context);
    }
    if (resolved.ok() || !IsMirrorFault(resolved.status()) || renewed) return resolved;
    impl_->Renew(repository, resolved.status());
  }
}

absl::StatusOr<FolderSnapshot> Libgit2Engine::ReadFolder(const Repository& repository,
                                                         absl::string_view commit_id,
                                                         absl::string_view folder) {
  return impl_->Ask(repository, [&](git_repository* mirror) {
    return impl_->listings.ReadFolder(mirror, repository.mirror_id, commit_id, folder);
  });
}

absl::StatusOr<std::shared_ptr<const FolderListing>> Libgit2Engine::ListFolders(
    const Repository& repository, absl::string_view commit_id, absl::string_view parent,
    absl::string_view file, IdOf id_of) {
  return impl_->Ask(repository, [&](git_repository* mirror) {
    return impl_->listings.List(mirror, repository.mirror_id, commit_id, parent, file,
                                id_of);
  });
}

absl::StatusOr<CommitLog> Libgit2Engine::Log(
    const Repository& repository, absl::string_view from, absl::string_view until,
    absl::string_view folder, const LogPage& page, const Context& context) {
  return impl_->Ask(repository, [&](git_repository* mirror) {
    return LogOfFolder(mirror, from, until, folder, page, context);
  });
}

absl::StatusOr<std::vector<CommitInfo>> Libgit2Engine::LastCommits(
    const Repository& repository, absl::string_view from,
    const std::vector<std::string>& folders, const Context& context) {
  return impl_->Ask(repository, [&](git_repository* mirror) {
    return LastCommitsOfFolders(mirror, from, folders, context);
  });
}

absl::StatusOr<bool> Libgit2Engine::IsAncestor(const Repository& repository,
                                               absl::string_view ancestor,
                                               absl::string_view commit) {
  return impl_->Ask(repository, [&](git_repository* mirror) {
    return IsAncestorIn(mirror, ancestor, commit);
  });
}

absl::StatusOr<ProbeResult> Libgit2Engine::Probe(
    const Remote& remote, absl::string_view branch,
    absl::FunctionRef<void(ProbeStep, absl::string_view detail)> on_step,
    const Context& context) {
  return ProbeRemote(impl_->transport, remote, branch, impl_->push.agent, on_step,
                     context);
}

void Libgit2Engine::DropMirror(absl::string_view mirror_id) {
  impl_->mirrors.Drop(mirror_id);
  impl_->listings.Forget(mirror_id);
}

}  // namespace gitsync
