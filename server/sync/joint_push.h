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

// What a push needs of the store.
struct PushState {
  GitConfigRow config;
  AppRow app;
  VersionRow version;
  std::string definition;
  // The app's folder as it was last pushed to this branch or, on the configured one,
  // pulled from it: what the definition was made from. Empty: it never was there.
  std::string base_tree_id;
  // Whether any app was synced with the configured branch.
  bool branch_was_synced = false;
};

// A push's result as it is recorded.
struct PushRecord {
  std::string mirror_id;
  std::string folder;
  std::string commit_id;
  std::string tree_id;
  std::string definition_hash;    // of what was pushed
  std::string merged_definition;  // empty: nothing was merged
  GitNames pushed_names;          // not known if it was not this try that pushed it
  GitNames names;                 // the same, but for what was merged
};

// A push that the remote has.
struct TakenPush {
  OperationRunner::Run* run;
  PushRecord record;
};

// Told how a push ended; called once for each.
using PushEnded = std::function<void(OperationRunner::Run&, const absl::Status&)>;

// Reads what the row's push is made from now. NOT_FOUND if that is gone.
absl::StatusOr<PushState> LoadPushState(const SyncEnvironment& env,
                                        const OperationRow& row);

// Writes what pushes did: the apps' sync states, the versions, the operations. All
// together; if that fails each by itself, so that one's fault is not the others'. One
// that can't be written ends with OUTCOME_UNKNOWN.
void RecordPushes(const SyncEnvironment& env, const std::vector<TakenPush>& taken,
                  const PushEnded& ended);

// OUTCOME_UNKNOWN for a push that was sent: what became of it will be found out.
absl::Status OutcomeUnknown(const absl::Status& cause, const OperationRow& row);

// Pushes of the same repository and branch that go out together. Used by one thread.
class JointPush {
 public:
  // All outlive this object. `ended` is called for each push that was added, but for
  // those that were called off before they were sent.
  JointPush(const SyncEnvironment& env, const Repository& repository,
            const std::string& branch, const Context& context, PushEnded ended);

  // Adds a push; ends it if no folder can be found for it. Blocks on the remote if the
  // app is new in the repository.
  void Add(PushState state, OperationRunner::Run& run);

  // Pushes what was added; waits for the branch's turn, and blocks until all of it has
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
  // Makes of the remote's answer what is to be recorded.
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
