// Whether two git configurations mean the same.

#ifndef GITSYNC_SERVER_RESOURCE_GIT_CONFIG_COMPARISON_H_
#define GITSYNC_SERVER_RESOURCE_GIT_CONFIG_COMPARISON_H_

#include "absl/strings/string_view.h"
#include "server/security/sealer.h"
#include "storage/git_config_store.h"

namespace gitsync {

// Whether both URLs, which were already checked, name the same server.
bool SameHost(absl::string_view a, absl::string_view b);

// Whether both name the same repository, branch and prefix.
bool SameRepository(const GitConfigRow& a, const GitConfigRow& b);

// Whether both log in to the same repository as the same kind of user or App, so that
// what finalizing found out about one holds for the other.
bool SameAccess(const GitConfigRow& a, const GitConfigRow& b);

// Whether both, which have the same access, log in with the same key or token and trust
// the same authorities. Secrets are compared in constant time. A secret that can't be
// unsealed equals none.
bool SameLogin(const GitConfigRow& a, const GitConfigRow& b, const Sealer& sealer);

}  // namespace gitsync

#endif  // GITSYNC_SERVER_RESOURCE_GIT_CONFIG_COMPARISON_H_
