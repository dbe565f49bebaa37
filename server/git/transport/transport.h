// Connections to remote repositories: a byte stream to git's upload-pack or
// receive-pack on the other side.

#ifndef GITSYNC_SERVER_GIT_TRANSPORT_TRANSPORT_H_
#define GITSYNC_SERVER_GIT_TRANSPORT_TRANSPORT_H_

#include <cstddef>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "server/base/context.h"
#include "server/git/transport/remote.h"

namespace gitsync {

enum class GitService { kUploadPack, kReceivePack };

// Metadata of REMOTE_AUTH_FAILED where the login failed before the key was shown to the
// remote: adding the key there does not help.
inline constexpr absl::string_view kKeyNotShown = "key_not_shown";

// A conversation with one git process on the remote, in the pack protocol, version 0:
// first its advertisement is read, then requests are written and answers read.
// Used by one thread at a time. Destroying it early ends the conversation.
//
// Errors of every method:
//   DEADLINE_EXCEEDED  (REMOTE_TIMEOUT) the context's deadline passed, or the remote
//                      was silent for longer than the stall limit.
//   CANCELLED          (CANCELLED)
//   UNAVAILABLE        (REMOTE_UNREACHABLE) the connection broke.
class GitStream {
 public:
  virtual ~GitStream() = default;

  // Blocks for at least one byte; 0 at the end of the stream.
  virtual absl::StatusOr<size_t> Read(char* buffer, size_t size) = 0;

  // Blocks until everything is handed to the connection.
  virtual absl::Status Write(absl::string_view bytes) = 0;

  // Says that nothing more will be written, where the remote can be told so before the
  // conversation ends: one that waits for more then comes to its end. Does not block.
  virtual void CloseWriting() {}

  // Ends the conversation: says that nothing more will be written, reads what is left,
  // and returns the remote command's own error if it failed, with what it wrote to
  // standard error: UNAUTHENTICATED, PERMISSION_DENIED (REMOTE_READ_ONLY), NOT_FOUND
  // (REMOTE_REPOSITORY_NOT_FOUND), or UNAVAILABLE (REMOTE_COMMAND_FAILED), which is
  // FAILED_PRECONDITION where there is no such command.
  virtual absl::Status Finish() = 0;

  // What the remote wrote to standard error so far, made printable.
  virtual std::string RemoteMessages() const = 0;

  // What the remote said, without the secret that it was told, should it say that
  // again: a hook may print all that it got.
  virtual std::string WithoutSecret(absl::string_view words) const {
    return std::string(words);
  }

  // Whether it is certain that the remote took nothing of what was written, though no
  // answer of git's came: it never got it. Where that can't be known it is false.
  virtual bool TookNothing() const { return false; }

  // Whether something that answered in git's place refused what was written, for a
  // reason of its own. It hardly let git have it before, but may have: only the
  // repository tells.
  virtual bool Refused() const { return false; }

  // The host key of the connection as "type base64"; empty where there is none.
  virtual std::string HostKey() const = 0;

  // What protects the connection, in the words of its protocol, for people: the
  // server's software, the key exchange and whether that resists quantum computers, the
  // cipher. And by which algorithm it logged in. Both empty where there is nothing to
  // say.
  virtual std::string Protection() const { return ""; }
  virtual std::string LoginAlgorithm() const { return ""; }

  // The URL that the remote redirects to, and which was used; empty if there is none.
  virtual std::string MovedTo() const { return ""; }

  // Whether an advertisement comes first: not from every stream of OpenUnasked.
  virtual bool Advertises() const { return true; }

  // Tells the stream of a failure that it can't see by itself: what it carried was not
  // what git says. For those who count failures.
  virtual void Blame(const absl::Status& /*error*/) {}
};

// Opens conversations. Thread-safe.
class GitTransport {
 public:
  virtual ~GitTransport() = default;

  // Connects (or takes a pooled connection), logs in, and starts `service` for the
  // remote's path. Blocks until then, the context's deadline, or cancellation. The
  // stream obeys the same context and must not outlive this object.
  //
  // Errors, some of which may also come from the stream's first Read:
  //   those of GitStream, and
  //   UNAUTHENTICATED      (REMOTE_AUTH_FAILED)
  //   FAILED_PRECONDITION  (HOST_KEY_MISMATCH) with both fingerprints;
  //                        (REMOTE_TLS_FAILED)
  //   PERMISSION_DENIED    (REMOTE_ADDRESS_REFUSED, REMOTE_READ_ONLY)
  //   NOT_FOUND            (REMOTE_REPOSITORY_NOT_FOUND)
  //   RESOURCE_EXHAUSTED   (REMOTE_RATE_LIMITED)
  //   INTERNAL             (REMOTE_PROTOCOL_ERROR)
  //   UNAVAILABLE          (REMOTE_PAUSED) it kept failing, and is left alone for now
  virtual absl::StatusOr<std::unique_ptr<GitStream>> Open(const Remote& remote,
                                                          GitService service,
                                                          const Context& context) = 0;

  // The same for GitService::kReceivePack and a caller who knows what the advertisement
  // would say, and leaves it to the compare-and-swap whether that is still so: at once,
  // because it does not come, or is one of a few seconds ago (see GetReady). Null where
  // there is neither.
  virtual absl::StatusOr<std::unique_ptr<GitStream>> OpenUnasked(
      const Remote& /*remote*/, const Context& /*context*/) {
    return nullptr;
  }

  // Has the remote start receive-pack for a push that is likely to follow: OpenUnasked
  // hands it out for some seconds; then the remote is told that nothing is wanted.
  // Blocks for about a round trip. Does nothing where this is of no use or does not
  // work.
  virtual void GetReady(const Remote& /*remote*/, const Context& /*context*/) {}

  // Closes pooled connections. For shutdown, after the last stream is gone.
  virtual void Shutdown() = 0;
};

}  // namespace gitsync

#endif  // GITSYNC_SERVER_GIT_TRANSPORT_TRANSPORT_H_
