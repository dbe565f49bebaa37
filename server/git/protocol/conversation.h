// A conversation with a remote's git process (gitprotocol-pack, version 0).

#ifndef GITSYNC_SERVER_GIT_PROTOCOL_CONVERSATION_H_
#define GITSYNC_SERVER_GIT_PROTOCOL_CONVERSATION_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "server/base/context.h"
#include "server/git/protocol/advertisement.h"
#include "server/git/protocol/pkt_line.h"
#include "server/git/transport/transport.h"

namespace gitsync {

// The error of a line "ERR `words`", by which git refuses what it was asked for:
//   NOT_FOUND            (REMOTE_REPOSITORY_NOT_FOUND)
//   FAILED_PRECONDITION  (REMOTE_REJECTED)
absl::Status ErrLineRefusal(const std::string& words);

// What is said in one. Used by one thread at a time.
class Conversation {
 public:
  // Starts `service`, and returns while the remote gets ready: its advertisement has to
  // be read before anything else. Blocks; see GitTransport::Open, also for errors.
  static absl::StatusOr<std::unique_ptr<Conversation>> Start(GitTransport* transport,
                                                             const Remote& remote,
                                                             GitService service,
                                                             const Context& context);

  // Starts `service` and reads the advertisement. Blocks.
  //
  // Errors: those of GitTransport and GitStream, and
  //   FAILED_PRECONDITION  (UNSUPPORTED) the repository does not use SHA-1.
  //   FAILED_PRECONDITION  (REMOTE_REJECTED) with the remote's words.
  //   INTERNAL             (REMOTE_PROTOCOL_ERROR), also for more than 500,000 refs.
  static absl::StatusOr<std::unique_ptr<Conversation>> Open(GitTransport* transport,
                                                            const Remote& remote,
                                                            GitService service,
                                                            const Context& context);

  // Starts receive-pack for one who believes that the branch is where it was, and that
  // the remote has these capabilities. Its advertisement is an old one, or there is
  // none to be read. Null where that is not possible. See GitTransport::OpenUnasked.
  static absl::StatusOr<std::unique_ptr<Conversation>> StartUnasked(
      GitTransport* transport, const Remote& remote,
      std::vector<std::string> capabilities, const Context& context);

  // After Start, and once after StartUnasked if it `advertises()`. Blocks. Errors as of
  // Open.
  absl::Status ReadAdvertisement();

  // Whether it is one of StartUnasked.
  bool unasked() const { return unasked_; }
  // Whether there is an advertisement to be read first.
  bool advertises() const { return advertises_; }
  const Advertisement& advertisement() const { return advertisement_; }
  GitStream& stream() { return *stream_; }
  PktReader& reader() { return reader_; }

  // Says that nothing is wanted, and ends the conversation; not if the advertisement
  // could not be read.
  absl::Status Decline();

 private:
  Conversation(std::unique_ptr<GitStream> stream, const Remote& remote)
      : host_(remote.url.host), stream_(std::move(stream)), reader_(stream_.get()) {}

  absl::Status ReadRefs();
  // The error of a remote whose answer does not begin with a line of git's, which
  // reading one failed with.
  absl::Status NotGit(const absl::Status& error);

  const std::string host_;
  std::unique_ptr<GitStream> stream_;
  PktReader reader_;
  Advertisement advertisement_;
  bool unasked_ = false;
  bool advertises_ = true;
  absl::Status read_;  // of the advertisement
};

}  // namespace gitsync

#endif  // GITSYNC_SERVER_GIT_PROTOCOL_CONVERSATION_H_
