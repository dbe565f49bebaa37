// Counts what organizations and apps contain, for users who are about to delete them.

#ifndef GITSYNC_CLIENT_CLI_CONTENTS_H_
#define GITSYNC_CLIENT_CLI_CONTENTS_H_

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "client/cli/session.h"

namespace gitsync::cli {

// "1 app", "2 apps".
std::string Count(int64_t number, absl::string_view noun);

// Each asks the server for a listing and describes it as part of a sentence: "3
// versions and 1 release".
absl::StatusOr<std::string> ContentsOfApp(Session& session, const std::string& app_id);
absl::StatusOr<std::string> ContentsOfOrganization(Session& session,
                                                   const std::string& organization_id);

// Counts the organization's apps that have been synced with its repository.
absl::StatusOr<int64_t> CountSyncedApps(Session& session,
                                        const std::string& organization_id);

}  // namespace gitsync::cli

#endif  // GITSYNC_CLIENT_CLI_CONTENTS_H_
