// The folder that stores everything.

#ifndef GITSYNC_SERVER_APP_DATA_FOLDER_H_
#define GITSYNC_SERVER_APP_DATA_FOLDER_H_

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "gitsync/config/v1/server_config.pb.h"
#include "server/app/master_keys.h"
#include "server/base/secret.h"

namespace gitsync {

// Creates the folder with mode 0700, and its parents, if it does not exist. Errors are
// bare, with the path, for the operator.
absl::Status MakeDataFolder(const std::string& path);

// Whether there is a database in the folder. FAILED_PRECONDITION, bare, if there is
// none but the folder shows that there was one: a new database would hide the loss.
absl::StatusOr<bool> FindDatabase(const std::string& folder);

// The database's path in the folder.
std::string DatabasePath(const std::string& folder);

// Opens an existing database to check whether this server could start with it and with
// the master keys; changes nothing. If a running server has the database open, it
// counts as good.
//
// Errors are FAILED_PRECONDITION, DATA_LOSS and others, bare, for the operator.
absl::Status CheckDataFolder(const config::v1::ServerConfig& config,
                             const MasterKeys& keys);

// Writes a secret and a line end durably to a file of mode 0600, replacing any existing
// content. Errors are bare, as above.
absl::Status WriteSecretFile(const std::string& path, const Secret& secret);

}  // namespace gitsync

#endif  // GITSYNC_SERVER_APP_DATA_FOLDER_H_
