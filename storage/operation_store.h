#ifndef GITSYNC_STORAGE_OPERATION_STORE_H_
#define GITSYNC_STORAGE_OPERATION_STORE_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "storage/page.h"

namespace gitsync {

enum class OperationType { kPush = 1, kPull = 2, kCreateFromGit = 3, kPromote = 4 };
enum class OperationState { kRunning = 1, kSucceeded = 2, kFailed = 3, kCancelled = 4 };
// In the order in which they occur; not every operation goes through all of them.
enum class OperationPhase {
  kQueued = 1,
  kConnecting = 2,
  kFetching = 3,
  kCommitting = 4,
  kPushing = 5,
  kRecording = 6,
  kDone = 7,
};

// A push as it was requested, and what is about to be sent. This is enough to find out
// after a crash whether the remote accepted it, and to retry it if not.
struct PushIntent {
  std::string commit_message;
  std::string author_name;
  std::string author_email;
  bool force = false;
  std::string definition_hash;  // of the version, when the push was requested
  std::string mirror_id;        // the repository: GitConfigRow::mirror_id
  // Written before the pack is sent; empty until then.
  std::string folder;
  std::string base_commit_id;
  std::string commit_id;
  std::string tree_id;  // of the app's folder in that commit
  // Other commits that earlier tries sent: any of them may be on the branch instead.
  std::vector<std::string> earlier_commit_ids;
};

struct OperationRow {
  std::string id;  // UUID
  std::string organization_id;
  std::string app_id;      // empty until known
  std::string version_id;  // empty until known
  OperationType type = OperationType::kPush;
  OperationState state = OperationState::kRunning;
  OperationPhase phase = OperationPhase::kQueued;
  std::string actor;  // name of the access token
  std::string ref;
  std::string commit_id;
  bool changed = false;
  std::string environment;         // kPromote
  std::vector<std::string> files;  // kPush: overwritten or merged
  bool files_were_merged = false;  // kPush: which of the two
  std::optional<PushIntent> push;  // kPush
  int error_code = 0;              // absl::StatusCode
  std::string error_reason;
  std::string error_message;
  absl::Time create_time;
  std::optional<absl::Time> end_time;
};

// Operations: audit log, progress and recovery record in one. See store.h for the
// errors.
class OperationStore {
 public:
  virtual ~OperationStore() = default;

  virtual absl::StatusOr<OperationRow> Get(absl::string_view id) const = 0;
  // Newest first. A nonempty `app_id` narrows the listing. `page.after` is the sequence
  // of the previous page's last row; the page holds rows with lower sequences.
  virtual absl::StatusOr<Page<OperationRow>> List(absl::string_view organization_id,
                                                  absl::string_view app_id,
                                                  PageRequest page) const = 0;
  // Lists the operations in state kRunning, oldest first: all of them, or one app's
  // when `app_id` is not empty. The cost depends on their number, not on the number of
  // finished operations.
  virtual absl::StatusOr<std::vector<OperationRow>> ListRunning(
      absl::string_view app_id) const = 0;

  // Returns the app's newest push to the branch `ref` that succeeded.
  virtual absl::StatusOr<OperationRow> GetLastPush(absl::string_view app_id,
                                                   absl::string_view ref) const = 0;

  // ALREADY_EXISTS; NOT_FOUND if there is no such organization.
  virtual absl::Status Insert(const OperationRow& row) = 0;
  // Writes every field of the row except `id`, `organization_id` and `create_time`.
  // NOT_FOUND.
  virtual absl::Status Update(const OperationRow& row) = 0;
};

}  // namespace gitsync

#endif  // GITSYNC_STORAGE_OPERATION_STORE_H_
