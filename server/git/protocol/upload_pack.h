// The client's side of upload-pack: downloads commits into a mirror.
//
// libgit2's own fetch is not used: it would mean a second connection after the refs
// were read, and errors as text. One round of negotiation is enough here, because a
// mirror has seen the remote's recent commits: all of them are named at once, and
// "done" is said. What the remote says of each does not matter then ("multi_ack" and
// "multi_ack_detailed" are asked for because there are hosts that insist), and neither
// does who has the last word ("no-done").

#ifndef GITSYNC_SERVER_GIT_PROTOCOL_UPLOAD_PACK_H_
#define GITSYNC_SERVER_GIT_PROTOCOL_UPLOAD_PACK_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "server/base/context.h"
#include "server/git/object/libgit2.h"
#include "server/git/protocol/conversation.h"

namespace gitsync {

// Downloads `wants` (advertised ids) and everything that they need, except what can be
// reached from `haves`, in an upload-pack conversation that is at its start. Blocks.
// The conversation is over afterwards. On error the repository is as it was.
//
// Errors: those of GitStream; those of the context, also while the pack is indexed;
// INTERNAL (REMOTE_PROTOCOL_ERROR); RESOURCE_EXHAUSTED (STORAGE_FULL), also if the pack
// is larger than `max_bytes`; a mirror fault if the pack builds on one of `haves` that
// is not here.
absl::Status FetchPack(Conversation& conversation, git_repository* repository,
                       const std::vector<std::string>& wants,
                       const std::vector<std::string>& haves, absl::string_view agent,
                       uint64_t max_bytes, const Context& context);

// Asks for `want` (an advertised id) as FetchPack does, but for as little as the remote
// offers to send of it, and finds out whether it begins to send a pack. Keeps nothing.
// Blocks. The conversation is over afterwards; it is finished only if the pack is
// small.
//
// Errors: those of GitStream; INTERNAL (REMOTE_PROTOCOL_ERROR); and what the remote
// refuses it for: FAILED_PRECONDITION (REMOTE_REJECTED), NOT_FOUND.
absl::Status TryFetch(Conversation& conversation, const std::string& want,
                      absl::string_view agent);

}  // namespace gitsync

#endif  // GITSYNC_SERVER_GIT_PROTOCOL_UPLOAD_PACK_H_
