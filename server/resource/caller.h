#ifndef GITSYNC_SERVER_RESOURCE_CALLER_H_
#define GITSYNC_SERVER_RESOURCE_CALLER_H_

#include <string>

#include "absl/time/time.h"
#include "storage/access_token_store.h"

namespace gitsync {

// The caller: a checked access token.
struct Caller {
  std::string token_id;
  std::string token_name;
  Role role = Role::kViewer;
  std::string organization_id;                      // empty for Role::kAdmin
  absl::Time expire_time = absl::InfiniteFuture();  // of the token
};

}  // namespace gitsync

#endif  // GITSYNC_SERVER_RESOURCE_CALLER_H_
