// The folder that everything is kept in.

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

// Makes the folder, and those above it, with mode 0700 if there is none. Bare errors,
// with the path, for the operator.
absl::Status MakeDataFolder(const std::string& path);

// Whether there is a database in the folder. FAILED_PRECONDITION, bare, if there is
// none and the folder shows that there was one: a new database would hide that it is
// lost.
absl::StatusOr<bool> FindDatabase(const std::string& folder);

// The database's path in the folder.
std::string DatabasePath(const std::string& folder);

// Opens an existing database to see whether this server could start with it, and the
// master keys; changes nothing. One that a running server has is taken for good.
//
// FAILED_PRECONDITION, DATA_LOSS and others, bare, for the operator.
absl::Status CheckDataFolder(const config::v1::ServerConfig& config,
                             const MasterKeys& keys);

// Writes a secret and a line end to a file of mode 0600, durably, over the one that was
// there. Bare errors, as above.
absl::Status WriteSecretFile(const std::string& path, const Secret& secret);

}  // namespace gitsync

#endif  // GITSYNC_SERVER_APP_DATA_FOLDER_H_
