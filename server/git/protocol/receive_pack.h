// The client's side of receive-pack: one command, one pack, one report.

#ifndef GITSYNC_SERVER_GIT_PROTOCOL_RECEIVE_PACK_H_
#define GITSYNC_SERVER_GIT_PROTOCOL_RECEIVE_PACK_H_

#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "server/git/pack/pack_sink.h"
#include "server/git/protocol/conversation.h"

namespace gitsync {

// Sets `ref` from `old_id` to `new_id`; the remote does it only if the ref is at
// `old_id` (all zeros: does not exist) at that moment.
struct RefUpdate {
  std::string old_id;
  std::string new_id;
  std::string ref;
};

enum class SendOutcome {
  kAccepted,  // the remote reported that it did it
  kMoved,     // the ref was not at `old_id`, or was locked; nothing was changed
  kRejected,  // the remote refused; nothing was changed
  kNotSent,   // the remote can't have taken the whole pack; nothing was changed
  kRefused,   // the whole pack was sent, and something answered "no" in git's place:
              // nothing was changed, if the ref shows nothing
  kUnknown,   // the whole pack may be there, and no report came
};

struct SendResult {
  SendOutcome outcome = SendOutcome::kNotSent;
  // The remote's own words: the reason that it gave and what its hooks wrote,
  // printable, at most 2 KiB.
  std::string remote_words;
  // Why, for kNotSent, kRefused and kUnknown.
  absl::Status error;
};

// Sends the update and the pack in a receive-pack conversation that is at its start,
// and reads the report. Blocks. The conversation is over afterwards, except with
// kAccepted: then the remote's post-receive hooks may still run, and the stream is to
// be finished.
//
// Believes in a success only if the report has both "unpack ok" and "ok <ref>".
SendResult SendPack(Conversation& conversation, const RefUpdate& update,
                    absl::string_view agent, PackWriter write_pack);

// Whether a reason that the remote gave for a refusal ("ng <ref> <reason>") means that
// the ref was not where it was advertised, or was locked: worth another try.
bool MeansRefMoved(absl::string_view reason);

}  // namespace gitsync

#endif  // GITSYNC_SERVER_GIT_PROTOCOL_RECEIVE_PACK_H_
