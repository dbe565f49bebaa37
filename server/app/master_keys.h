// The master keys, and whether they are those that the store was sealed with.

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
  // Empty: those of the data folder.
  std::vector<Secret> keys;
  // Where they are from, for messages: a variable's name, or a file's.
  std::string source;
};

// The keys of the environment, `given`, or of `master_key_file`, if there are any; else
// none, with the data folder's file as the source. Blocks on the disk.
//
// INVALID_ARGUMENT, bare, for the operator.
absl::StatusOr<MasterKeys> LoadGivenMasterKeys(const config::v1::ServerConfig& config,
                                               const std::optional<Secret>& given);

// A sealer with `keys`, or with those of the data folder, where one is made if `create`
// is set, there is none, and nothing was sealed yet. With `allow_lost_master_key` what
// was sealed with other keys is left as it is, with a line in the log. Blocks on the
// disk.
//
// Bare, for the operator:
//   FAILED_PRECONDITION  `store` has secrets that none of the keys opens, or the key
//   file
//                        can't be used.
//   NOT_FOUND            there is no key file, it is not to be made, and nothing was
//                        sealed that it is missed for.
absl::StatusOr<Sealer> MakeSealer(const config::v1::ServerConfig& config,
                                  const MasterKeys& keys, bool create,
                                  const Store& store);

}  // namespace gitsync

#endif  // GITSYNC_SERVER_APP_MASTER_KEYS_H_
