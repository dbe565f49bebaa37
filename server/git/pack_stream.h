// Packs as a push sends them (gitformat-pack, version 2).
//
// libgit2's pack builder neither makes thin packs nor knows which object an object
// replaces, so a push would send, and compress, a whole tree of all apps for each
// change of one.

#ifndef GITSYNC_SERVER_GIT_PACK_STREAM_H_
#define GITSYNC_SERVER_GIT_PACK_STREAM_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "server/git/libgit2.h"
#include "server/git/receive_pack.h"

namespace gitsync {

// An object that a push adds.
struct NewObject {
  git_oid id = {};
  // What was in its place before, which the remote has.
  std::optional<git_oid> base;
};

// Writes a pack of `objects`, which are distinct. If `thin`, an object is sent as what
// differs from its base, where that is smaller. Blocks on the disk and on `sink`, whose
// error ends it; the other errors are mirror faults.
absl::Status WritePack(git_repository* repository,
                       const std::vector<NewObject>& objects, bool thin, PackSink sink);

// `target` as a delta to `base`: the bytes that both begin with, those that differ, and
// those that both end with. Right for texts and trees in which one place was changed.
std::string MakeDelta(absl::string_view base, absl::string_view target);

}  // namespace gitsync

#endif  // GITSYNC_SERVER_GIT_PACK_STREAM_H_
