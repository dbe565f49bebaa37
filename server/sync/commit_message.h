#ifndef GITSYNC_SERVER_SYNC_COMMIT_MESSAGE_H_
#define GITSYNC_SERVER_SYNC_COMMIT_MESSAGE_H_

#include <string>

#include "absl/strings/string_view.h"

namespace gitsync {

// `text` with LF in place of CRLF and CR.
std::string WithUnixLineEnds(absl::string_view text);

// The commit message with the trailers that name app, version and operation.
//
// A message may already end with such trailers, if it was copied from one of our
// commits. Those that say the same are dropped; the others are quoted (">
// GitSync-Operation: ..."), so that nobody takes them for this commit's trailers.
std::string MessageWithTrailers(absl::string_view message, absl::string_view git_app_id,
                                absl::string_view version,
                                absl::string_view operation_id);

}  // namespace gitsync

#endif  // GITSYNC_SERVER_SYNC_COMMIT_MESSAGE_H_
