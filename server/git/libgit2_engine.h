#ifndef GITSYNC_SERVER_GIT_LIBGIT2_ENGINE_H_
#define GITSYNC_SERVER_GIT_LIBGIT2_ENGINE_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "server/git/git_engine.h"
#include "server/git/transport/transport.h"

namespace gitsync {

// GitEngine over libgit2, with mirrors in a folder of the local disk. Thread-safe. Made
// before other threads use libgit2.
class Libgit2Engine : public GitEngine {
 public:
  struct Options {
    std::string mirrors_dir;  // made if there is none
    GitSignature committer;
    GitTransport* transport = nullptr;  // not owned
    std::string agent = "gitsync/0.1";  // how we name ourselves to remotes
    int max_push_tries = 10;            // how often a branch may move under a push
    size_t max_idle_mirrors = 64;       // kept open
    // Disk space of all mirrors together; those used least recently are deleted.
    uint64_t max_mirror_bytes = uint64_t{10} << 30;
    // What one fetch may bring.
    uint64_t max_fetch_bytes = uint64_t{4} << 30;
    // For finding out what became of a push whose connection broke, also when the
    // caller's time is up.
    absl::Duration confirm_budget = absl::Seconds(5);
  };

  explicit Libgit2Engine(Options options);
  ~Libgit2Engine() override;

  std::unique_ptr<BranchPush> StartPush(const Repository& repository,
                                        const std::string& branch,
                                        const Context& context) override;
  absl::StatusOr<ResolvedRef> Resolve(const Repository& repository,
                                      absl::string_view ref,
                                      const std::function<void(GitPhase)>& on_phase,
                                      const Context& context) override;
  absl::StatusOr<FolderSnapshot> ReadFolder(const Repository& repository,
                                            absl::string_view commit_id,
                                            absl::string_view folder) override;
  absl::StatusOr<std::shared_ptr<const FolderListing>> ListFolders(
      const Repository& repository, absl::string_view commit_id,
      absl::string_view parent, absl::string_view file, IdOf id_of) override;
  absl::StatusOr<CommitLog> Log(const Repository& repository, absl::string_view from,
                                absl::string_view until, absl::string_view folder,
                                const LogPage& page, const Context& context) override;
  absl::StatusOr<std::vector<CommitInfo>> LastCommits(
      const Repository& repository, absl::string_view from,
      const std::vector<std::string>& folders, const Context& context) override;
  absl::StatusOr<bool> IsAncestor(const Repository& repository,
                                  absl::string_view ancestor,
                                  absl::string_view commit) override;
  absl::StatusOr<ProbeResult> Probe(
      const Remote& remote, absl::string_view branch,
      absl::FunctionRef<void(ProbeStep, absl::string_view detail)> on_step,
      const Context& context) override;
  void DropMirror(absl::string_view mirror_id) override;

 private:
  class Impl;
  class StartedPush;
  std::unique_ptr<Impl> impl_;
};

}  // namespace gitsync

#endif  // GITSYNC_SERVER_GIT_LIBGIT2_ENGINE_H_
