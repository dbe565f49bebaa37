// Bringing refs of a remote into a mirror.

#ifndef GITSYNC_SERVER_GIT_MIRROR_FETCH_H_
#define GITSYNC_SERVER_GIT_MIRROR_FETCH_H_

#include <functional>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "server/base/context.h"
#include "server/git/mirror/mirror.h"
#include "server/git/protocol/conversation.h"

namespace gitsync {

// Whether a ref is a branch or a tag.
bool IsBranchOrTag(const RemoteRef& ref);

// Brings `refs`, all advertised in the upload-pack conversation, into the mirror, and
// ends the conversation. Costs no round trip if they are there already; `on_fetch` is
// called if not. Blocks. Errors: as FetchPack.
absl::Status FetchRefs(Conversation& conversation, const Mirror& mirror,
                       const std::vector<const RemoteRef*>& refs,
                       absl::string_view agent, absl::FunctionRef<void()> on_fetch,
                       const Context& context);

}  // namespace gitsync

#endif  // GITSYNC_SERVER_GIT_MIRROR_FETCH_H_
