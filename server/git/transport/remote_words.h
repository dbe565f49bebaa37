// What remotes say on standard error: kept, made harmless, and understood.

#ifndef GITSYNC_SERVER_GIT_TRANSPORT_REMOTE_WORDS_H_
#define GITSYNC_SERVER_GIT_TRANSPORT_REMOTE_WORDS_H_

#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "server/base/printable.h"
#include "server/base/secret.h"
#include "server/git/transport/transport.h"

namespace gitsync {

// `words` with "***" wherever `secret` is in them, also if they end within it.
std::string HideSecret(const Secret& secret, absl::string_view words);

// Collects standard error; keeps the end of it, in bounded memory.
class RemoteWords {
 public:
  void Append(absl::string_view bytes);
  std::string Printable() const { return PrintableLine(text_); }

 private:
  std::string text_;
};

// The error for a remote that does not keep to git's protocol: `what` it did, for the
// middle of a sentence. INTERNAL (REMOTE_PROTOCOL_ERROR).
absl::Status ProtocolError(absl::string_view what);

// The same for a remote that printed something else in place of git's protocol, which
// `words` quote, already printable.
absl::Status NoProtocolError(absl::string_view words);

// The error of a git command on the remote that ended with `exit_code`, not 0 (-1: no
// status was given), told from what it wrote to standard error, already printable:
//   NOT_FOUND (REMOTE_REPOSITORY_NOT_FOUND), PERMISSION_DENIED (REMOTE_READ_ONLY),
//   UNAUTHENTICATED (REMOTE_AUTH_FAILED), FAILED_PRECONDITION (REMOTE_COMMAND_FAILED)
//   if there is no such command, else UNAVAILABLE (REMOTE_COMMAND_FAILED).
// The words of GitHub, GitLab, Gitea, Bitbucket and git itself are recognised. Other
// words of a command that ended by itself before git had said anything refuse the
// repository: NOT_FOUND, unless they tell of trouble that may pass.
absl::Status RemoteCommandError(GitService service, int exit_code,
                                absl::string_view words, bool git_spoke);

}  // namespace gitsync

#endif  // GITSYNC_SERVER_GIT_TRANSPORT_REMOTE_WORDS_H_
