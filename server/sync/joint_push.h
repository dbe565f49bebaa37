#ifndef GITSYNC_SERVER_SYNC_JOINT_PUSH_H_
#define GITSYNC_SERVER_SYNC_JOINT_PUSH_H_

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "server/base/context.h"
#include "server/git/git_engine.h"
#include "server/operation/operation_runner.h"
#include "server/sync/folder_chooser.h"
#include "server/sync/git_names.h"
#include "server/sync/sync_environment.h"

namespace gitsync {

// What a push needs from the store.
struct PushState {
  GitConfigRow config;
  AppRow app;
  VersionRow version;
  std::string definition;
  // The app's folder as it was last pushed to this branch or, on the configured branch,
  // pulled from it: the definition was made from that. Empty: the app never was there.
  std::string base_tree_id;
  // Whether any app was synced with the configured branch.
  bool branch_was_synced = false;
};

// The result of a push, as it is recorded.
struct PushRecord {
  std::string mirror_id;
  std::string folder;
  std::string commit_id;
  std::string tree_id;
  std::string definition_hash;    // of what was pushed
  std::string merged_definition;  // empty: nothing was merged
  GitNames pushed_names;          // not known if another try pushed it
  GitNames names;                 // the same, or those of the merge
};

// A push that the remote has accepted.
struct TakenPush {
  OperationRunner::Run* run;
  PushRecord record;
};

// Called once for each push, with the status that it ended with.
using PushEnded = std::function<void(OperationRunner::Run&, const absl::Status&)>;

// Reads the current state that the row's push is made from. NOT_FOUND if it is gone.
absl::StatusOr<PushState> LoadPushState(const SyncEnvironment& env,
                                        const OperationRow& row);

// Writes what pushes did: the apps' sync states, the versions, the operations. All are
// written in one transaction; if that fails, each is written by itself, so that one
// push's error does not fail the others. A push that can't be recorded ends with
// OUTCOME_UNKNOWN.
void RecordPushes(const SyncEnvironment& env, const std::vector<TakenPush>& taken,
                  const PushEnded& ended);

// OUTCOME_UNKNOWN for a push that was sent: its outcome will be found out.
absl::Status OutcomeUnknown(const absl::Status& cause, const OperationRow& row);

// A batch of pushes to the same repository and branch. Used by one thread.
class JointPush {
 public:
  // All outlive this object. `ended` is called for each push that was added, except
  // those that were called off before they were sent.
  JointPush(const SyncEnvironment& env, const Repository& repository,
            const std::string& branch, const Context& context, PushEnded ended);

  // Adds a push; ends it if no folder can be found for it. Blocks on the remote if the
  // app is new in the repository.
  void Add(PushState state, OperationRunner::Run& run);

  // Pushes what was added. Waits for the branch lock, and blocks until all pushes have
  // ended and the mirror is up to date.
  void Send();

 private:
  struct Push {
    OperationRunner::Run* run;
    PushState state;  // without the definition once the item is made
    GitNames names = {};
  };

  absl::StatusOr<PushItem> MakeItem(Push& push);
  absl::Status RecordIntents(const std::vector<PushIntentInfo>& intents);
  void Conclude(std::vector<PushAnswer> answers);
  // Turns the remote's answer into what is to be recorded.
  absl::StatusOr<PushRecord> Take(PushResult result, const Push& push);

  const SyncEnvironment& env_;
  const Repository& repository_;
  const std::string branch_;
  const Context& context_;
  const PushEnded ended_;
  FolderChooser folders_;
  std::vector<Push> added_;
  std::vector<PushItem> items_;
  std::vector<Push> pushes_;  // by item
};

}  // namespace gitsync

#endif  // GITSYNC_SERVER_SYNC_JOINT_PUSH_H_
