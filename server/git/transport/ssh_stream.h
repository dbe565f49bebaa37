#ifndef GITSYNC_SERVER_GIT_TRANSPORT_SSH_STREAM_H_
#define GITSYNC_SERVER_GIT_TRANSPORT_SSH_STREAM_H_

#include <libssh/libssh.h>

#include <functional>
#include <memory>
#include <string>

#include "server/git/transport/remote_words.h"
#include "server/git/transport/ssh_session.h"
#include "server/git/transport/transport.h"

namespace gitsync {

// A git command that runs over a session of its own for as long as this object lives.
class SshStream : public GitStream {
 public:
  // Takes a session that is still good for another command.
  using GiveBack = std::function<void(std::unique_ptr<SshSession>)>;

  // Starts the command on `session`. Blocks until the remote has started it. Waits for
  // the remote at most `open_limit` here, and `stall_limit` later. On error nothing has
  // been said to git, so that another session may be tried.
  static absl::StatusOr<std::unique_ptr<SshStream>> Open(
      std::unique_ptr<SshSession> session, GitService service, const std::string& path,
      const Context& context, absl::Duration open_limit, absl::Duration stall_limit,
      GiveBack give_back);

  // Takes over the receive-pack that `session` has ready; null, and gives the session
  // back, if it is known to have ended. Does not block.
  static std::unique_ptr<SshStream> TakeReady(std::unique_ptr<SshSession> session,
                                              const Context& context,
                                              absl::Duration stall_limit,
                                              GiveBack give_back);

  ~SshStream() override;

  absl::StatusOr<size_t> Read(char* buffer, size_t size) override;
  absl::Status Write(absl::string_view bytes) override;
  void CloseWriting() override;
  absl::Status Finish() override;
  std::string RemoteMessages() const override { return words_.Printable(); }
  std::string HostKey() const override { return host_key_; }
  std::string Protection() const override { return protection_; }
  std::string LoginAlgorithm() const override { return login_algorithm_; }

 private:
  SshStream(std::unique_ptr<SshSession> session, GitService service, Context context,
            absl::Duration stall_limit, GiveBack give_back)
      : session_(std::move(session)),
        host_key_(session_->host_key()),
        protection_(session_->protection()),
        login_algorithm_(session_->login_algorithm()),
        service_(service),
        context_(std::move(context)),
        stall_limit_(stall_limit),
        give_back_(std::move(give_back)) {}

  // Takes in what there is of standard error, without waiting.
  void ReadWords();
  absl::Status Flush();
  // The exit status, -1 if the command ended without; after the end of its output.
  absl::StatusOr<int> ExitCode();
  absl::Status Result() const;
  // The error of a connection that broke. Where git has not begun to speak, what the
  // remote said instead tells more.
  absl::Status Broken() const;

  std::unique_ptr<SshSession> session_;
  const std::string host_key_;
  const std::string protection_;
  const std::string login_algorithm_;
  const GitService service_;
  const Context context_;
  const absl::Duration stall_limit_;
  const GiveBack give_back_;
  ssh_channel channel_ = nullptr;
  RemoteWords words_;
  bool git_spoke_ = false;
  int exit_code_ = -1;
};

// The command line for the remote's shell: what git itself sends, so that who takes it
// apart without a shell (git-shell, and many hosts) finds the path, too.
std::string GitCommand(GitService service, absl::string_view path);

}  // namespace gitsync

#endif  // GITSYNC_SERVER_GIT_TRANSPORT_SSH_STREAM_H_
