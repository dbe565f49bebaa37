// The folder that everything is kept in.

#ifndef GITSYNC_SERVER_APP_DATA_FOLDER_H_
#define GITSYNC_SERVER_APP_DATA_FOLDER_H_

#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "server/base/secret.h"

namespace gitsync {

// Makes the folder, and those above it, with mode 0700 if there is none. Bare errors,
// with the path, for the operator.
absl::Status MakeDataFolder(const std::string& path);

// Writes a secret and a line end to a file of mode 0600, durably, over the one that was
// there. Bare errors, as above.
absl::Status WriteSecretFile(const std::string& path, const Secret& secret);

}  // namespace gitsync

#endif  // GITSYNC_SERVER_APP_DATA_FOLDER_H_
