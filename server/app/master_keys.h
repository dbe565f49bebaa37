// The master keys, and whether they are those that sealed the store's secrets.

#ifndef GITSYNC_SERVER_APP_MASTER_KEYS_H_
#define GITSYNC_SERVER_APP_MASTER_KEYS_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "gitsync/config/v1/server_config.pb.h"
#include "server/base/secret.h"
#include "server/security/sealer.h"
#include "storage/store.h"

namespace gitsync {

struct MasterKeys {
  // If empty, the keys in the data folder are used.
  std::vector<Secret> keys;
  // Where the keys come from, for messages: the name of a variable or a file.
  std::string source;
};

// Returns the keys from the environment, `given`, or from `master_key_file`, if there
// are any. Otherwise returns no keys, with the data folder's key file as the source.
// Blocks on the disk.
//
// INVALID_ARGUMENT, bare, for the operator.
absl::StatusOr<MasterKeys> LoadGivenMasterKeys(const config::v1::ServerConfig& config,
                                               const std::optional<Secret>& given);

// Creates a sealer with `keys`, or with the keys in the data folder if `keys` has none.
// Creates a key there if `create` is set, there is none, and nothing was sealed yet.
// With `allow_lost_master_key`, secrets sealed with other keys are left as they are,
// with a line in the log. Blocks on the disk.
//
// Errors are bare, for the operator:
//   FAILED_PRECONDITION  `store` has secrets that none of the keys opens, or the key
//                        file can't be used.
//   NOT_FOUND            there is no key file, it is not to be created, and no sealed
//                        secret needs it.
absl::StatusOr<Sealer> MakeSealer(const config::v1::ServerConfig& config,
                                  const MasterKeys& keys, bool create,
                                  const Store& store);

}  // namespace gitsync

#endif  // GITSYNC_SERVER_APP_MASTER_KEYS_H_
