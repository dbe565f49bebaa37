// Packs as a push sends them (gitformat-pack, version 2).
//
// libgit2's pack builder neither makes thin packs nor knows which object an object
// replaces, so a push would send, and compress, a whole tree of all apps for each
// change of one.

#ifndef GITSYNC_SERVER_GIT_PACK_PACK_STREAM_H_
#define GITSYNC_SERVER_GIT_PACK_PACK_STREAM_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "server/git/object/libgit2.h"
#include "server/git/object/new_object.h"
#include "server/git/pack/pack_sink.h"

namespace gitsync {

// Writes a pack of `objects`, which are distinct. If `thin`, an object is sent as what
// differs from its base, where that is smaller. Blocks on the disk and on `sink`, whose
// error ends it; the other errors are mirror faults.
absl::Status WritePack(git_repository* repository,
                       const std::vector<NewObject>& objects, bool thin, PackSink sink);

// `target` as a delta to `base`: the bytes that both begin with, those that differ, and
// those that both end with. Right for texts and trees in which one place was changed.
std::string MakeDelta(absl::string_view base, absl::string_view target);

}  // namespace gitsync

#endif  // GITSYNC_SERVER_GIT_PACK_PACK_STREAM_H_
