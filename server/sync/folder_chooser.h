#ifndef GITSYNC_SERVER_SYNC_FOLDER_CHOOSER_H_
#define GITSYNC_SERVER_SYNC_FOLDER_CHOOSER_H_

#include <memory>
#include <set>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "server/operation/operation_runner.h"
#include "server/sync/sync_environment.h"

namespace gitsync {

// Chooses folders for apps that have none in the repository yet. Looks at the remote
// once, whatever the number of apps.
class FolderChooser {
 public:
  // All outlive this object.
  FolderChooser(const SyncEnvironment& env, const Repository& repository,
                const Context& context)
      : env_(env), repository_(repository), context_(context) {}

  // The app's folder, if another installation pushed it before. Otherwise a new folder,
  // named by the app's slug unless another app of the repository has that folder.
  // Blocks on the remote.
  absl::StatusOr<std::string> Choose(const GitConfigRow& config, const AppRow& app,
                                     absl::string_view branch,
                                     OperationRunner::Run& run);

  // Marks a folder of the repository as another app's, so that it is not chosen.
  void MarkTaken(absl::string_view folder);

 private:
  absl::Status List(const GitConfigRow& config, absl::string_view branch,
                    OperationRunner::Run& run);

  const SyncEnvironment& env_;
  const Repository& repository_;
  const Context& context_;
  bool listed_ = false;
  std::shared_ptr<const FolderListing> listing_;  // null: there is nothing to list
  std::set<std::string> taken_;                   // other taken folders, in lower case
};

}  // namespace gitsync

#endif  // GITSYNC_SERVER_SYNC_FOLDER_CHOOSER_H_
