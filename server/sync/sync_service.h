// The use cases that touch a remote repository. The others are functions over a
// transaction: organizations.h, access_tokens.h, apps.h, versions.h, git_configs.h.

#ifndef GITSYNC_SERVER_SYNC_SYNC_SERVICE_H_
#define GITSYNC_SERVER_SYNC_SYNC_SERVICE_H_

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "server/base/clock.h"
#include "server/base/context.h"
#include "server/git/git_engine.h"
#include "server/git/transport/circuits.h"
#include "server/operation/operation_runner.h"
#include "server/operation/worker_pool.h"
#include "server/resource/caller.h"
#include "server/security/sealer.h"
#include "storage/store.h"

namespace gitsync {

struct PushInput {
  std::string app_id;
  std::string version_id;
  std::string commit_message;
  std::optional<GitSignature> author;  // the token's name if not given
  bool force = false;
  std::string branch;  // empty: the configured one
};

struct CreateFromGitInput {
  std::string organization_id;
  std::string git_app_id;
  std::string ref;
  std::string app_name;  // empty: its name in git
};

struct PullInput {
  std::string app_id;
  bool overwrite_local_changes = false;
};

struct PromoteInput {
  std::string app_id;
  std::string environment;  // empty: the last one
};

struct ListGitAppsInput {
  std::string organization_id;
  std::string ref;  // empty: the configured branch
  int page_size = 100;
  std::string page_token;
};

struct GitAppEntry {
  std::string git_app_id;
  std::string name;
  std::string folder;
  std::string version_name;
  CommitInfo last_commit;
  std::string error;
  std::string warning;
};

struct ListGitAppsResult {
  std::vector<GitAppEntry> apps;
  std::string next_page_token;
  std::string commit_id;
};

struct UpdatesInput {
  std::string app_id;
  int page_size = 100;
  std::string page_token;
};

struct UpdatesResult {
  bool update_available = false;
  std::vector<CommitInfo> commits;
  int total_count = 0;  // on all pages
  std::string next_page_token;
  std::string synced_commit_id;
  std::string latest_commit_id;
  bool diverged = false;
  bool deleted = false;  // the app's folder, by others
};

struct FinalizeInput {
  std::string organization_id;
  std::string expected_host_key_fingerprint;
  // Whether somebody asked to try the login now, whatever the host answered before.
  bool asked = true;
};

struct FinalizeResult {
  GitConfigRow config;
  std::string host_key_fingerprint;
  bool branch_exists = false;
  bool repository_empty = false;
  RemoteBranches branches;
  bool can_write = false;
};

// One step of a connection test.
struct ConnectionStepResult {
  enum class Outcome { kPassed = 1, kWarning = 2, kFailed = 3, kSkipped = 4 };
  std::string name;
  Outcome outcome = Outcome::kSkipped;
  std::string detail;
  std::string fix;
};

// Thread-safe. Every method returns soon, having blocked on the store at most, and
// calls `done` once, from any thread; `done` must not block.
class SyncService {
 public:
  template <typename T>
  using Done = std::function<void(absl::StatusOr<T>)>;

  struct Options {
    absl::Duration time_limit = absl::Seconds(120);
    bool allow_file_remotes = false;
    // The circuits of the engine's transport; null: no remote is ever paused.
    Circuits* circuits = nullptr;
  };

  // All must outlive this object.
  SyncService(Store* store, GitEngine* engine, WorkerPool* pool, const Sealer* sealer,
              const Clock* clock, const Options& options);
  // The pool must have been shut down.
  ~SyncService();

  // Takes up what a stopped or killed server left unfinished. Pushes that may have
  // reached their remote are looked for there, and retried if they are not found. Other
  // operations that were running end as FAILED (INTERRUPTED). Call before serving;
  // returns without waiting for any remote.
  absl::Status Recover();

  // The operations. See the RPCs of the same names for effects and errors. The result
  // is the ended operation; its row names app, version and commit.
  void Push(const Caller& caller, const PushInput& input, const RequestKey& request,
            const Context& context, Done<OperationRow> done);
  void CreateFromGit(const Caller& caller, const CreateFromGitInput& input,
                     const RequestKey& request, const Context& context,
                     Done<OperationRow> done);
  void Pull(const Caller& caller, const PullInput& input, const RequestKey& request,
            const Context& context, Done<OperationRow> done);
  void Promote(const Caller& caller, const PromoteInput& input,
               const RequestKey& request, const Context& context,
               Done<OperationRow> done);

  // Reads of the repository.
  void ListGitApps(const Caller& caller, const ListGitAppsInput& input,
                   const Context& context, Done<ListGitAppsResult> done);
  void CheckForUpdates(const Caller& caller, const UpdatesInput& input,
                       const Context& context, Done<UpdatesResult> done);

  // `on_commit` is called in the transaction that makes the result durable; what it
  // writes becomes durable with it. May be null.
  void FinalizeGitConfig(
      const Caller& caller, const FinalizeInput& input, const Context& context,
      std::function<absl::Status(Transaction&, const FinalizeResult&)> on_commit,
      Done<FinalizeResult> done);
  void TestGitConnection(const Caller& caller, const std::string& organization_id,
                         const Context& context,
                         Done<std::vector<ConnectionStepResult>> done);

  // Why and until when the configuration's remote is paused, if it is. Does not block.
  std::optional<Circuits::Pause> PauseOf(const GitConfigRow& config) const;

  // Deletes the mirror of a configuration that no longer exists.
  void DropMirror(const std::string& mirror_id);

  OperationRunner& operations();

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace gitsync

#endif  // GITSYNC_SERVER_SYNC_SYNC_SERVICE_H_
