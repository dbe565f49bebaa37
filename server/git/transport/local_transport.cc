#include "server/git/transport/local_transport.h"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "server/base/error.h"
#include "server/base/reason.h"
#include "server/base/status_macros.h"
#include "server/git/transport/remote_words.h"
#include "server/net/unique_fd.h"
#include "server/net/wait.h"

namespace gitsync {
namespace {

// How long git may take to put its temporary files away when it is told to stop.
constexpr int kStopMs = 500;

absl::Status SystemError(absl::string_view what) {
  return InternalError(absl::StrCat(what, ": ", strerror(errno)));
}

absl::Status Broken() {
  return Error(absl::StatusCode::kUnavailable, reason::kRemoteUnreachable,
               "git ended the conversation; repeat the request.");
}

// A running git process with its three streams.
struct Process {
  pid_t pid = -1;
  UniqueFd pid_fd;
  UniqueFd in;
  UniqueFd out;
  UniqueFd err;
};

class LocalStream : public GitStream {
 public:
  LocalStream(Process process, GitService service, Context context,
              absl::Duration stall_limit)
      : process_(std::move(process)),
        service_(service),
        context_(std::move(context)),
        stall_limit_(stall_limit) {}

  ~LocalStream() override { Stop(); }

  absl::StatusOr<size_t> Read(char* buffer, size_t size) override {
    while (read_ahead_.empty() && process_.out.get() >= 0) {
      RETURN_IF_ERROR(Pump(/*may_write=*/false));
    }
    const size_t count = std::min(size, read_ahead_.size());
    memcpy(buffer, read_ahead_.data(), count);
    read_ahead_.erase(0, count);
    return count;
  }

  absl::Status Write(absl::string_view bytes) override {
    while (!bytes.empty()) {
      RETURN_IF_ERROR(CheckRemoteTime(context_));
      if (process_.in.get() < 0) return Broken();
      const ssize_t sent = send(process_.in.get(), bytes.data(), bytes.size(),
                                MSG_NOSIGNAL | MSG_DONTWAIT);
      if (sent >= 0) {
        bytes.remove_prefix(static_cast<size_t>(sent));
      } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
        RETURN_IF_ERROR(Pump(/*may_write=*/true));
      } else if (errno != EINTR) {
        return Broken();
      }
    }
    return absl::OkStatus();
  }

  absl::Status Finish() override {
    process_.in.Close();
    while (process_.out.get() >= 0 || process_.err.get() >= 0) {
      RETURN_IF_ERROR(Pump(/*may_write=*/false));
      read_ahead_.clear();
    }
    if (process_.pid >= 0) {
      std::array<pollfd, 1> end = {{{process_.pid_fd.get(), POLLIN, 0}}};
      RETURN_IF_ERROR(WaitFor(end, context_, stall_limit_));
      int status = 0;
      waitpid(std::exchange(process_.pid, -1), &status, 0);
      exit_code_ = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    }
    if (exit_code_ == 0) return absl::OkStatus();
    return RemoteCommandError(service_, exit_code_, words_.Printable(),
                              /*git_spoke=*/true);
  }

  std::string RemoteMessages() const override { return words_.Printable(); }
  std::string HostKey() const override { return ""; }

 private:
  // Waits for, and takes in, what git has written; with `may_write`, returns also when
  // it can take more. What it writes is always read, or both sides could wait for each
  // other with full pipes.
  absl::Status Pump(bool may_write) {
    std::array<pollfd, 3> fds = {{{process_.out.get(), POLLIN, 0},
                                  {process_.err.get(), POLLIN, 0},
                                  {may_write ? process_.in.get() : -1, POLLOUT, 0}}};
    RETURN_IF_ERROR(WaitFor(fds, context_, stall_limit_));
    char chunk[65536];
    if (fds[0].revents != 0) {
      const ssize_t count = read(process_.out.get(), chunk, sizeof(chunk));
      if (count > 0) {
        read_ahead_.append(chunk, static_cast<size_t>(count));
      } else {
        process_.out.Close();
      }
    }
    if (fds[1].revents != 0) {
      const ssize_t count = read(process_.err.get(), chunk, sizeof(chunk));
      if (count > 0) {
        words_.Append({chunk, static_cast<size_t>(count)});
      } else {
        process_.err.Close();
      }
    }
    return absl::OkStatus();
  }

  void Stop() {
    if (process_.pid < 0) return;
    process_.in.Close();
    process_.out.Close();
    process_.err.Close();
    // The group: git's hooks end with it.
    kill(-process_.pid, SIGTERM);
    pollfd end = {process_.pid_fd.get(), POLLIN, 0};
    if (poll(&end, 1, kStopMs) <= 0) kill(-process_.pid, SIGKILL);
    waitpid(process_.pid, nullptr, 0);
  }

  Process process_;
  const GitService service_;
  const Context context_;
  const absl::Duration stall_limit_;
  std::string read_ahead_;
  RemoteWords words_;
  int exit_code_ = -1;
};

// Starts git with the child's ends of the three streams.
absl::StatusOr<pid_t> Spawn(const char* command, const std::string& path, int in,
                            int out, int err) {
  const char* search = getenv("PATH");
  const std::string path_variable = absl::StrCat(
      "PATH=", search == nullptr ? "/usr/local/bin:/usr/bin:/bin" : search);
  const char* argv[] = {"git", command, path.c_str(), nullptr};
  const char* envp[] = {path_variable.c_str(),   "LC_ALL=C",
                        "GIT_CONFIG_NOSYSTEM=1", "GIT_CONFIG_GLOBAL=/dev/null",
                        "GIT_TERMINAL_PROMPT=0", nullptr};
  posix_spawn_file_actions_t files;
  posix_spawn_file_actions_init(&files);
  posix_spawn_file_actions_adddup2(&files, in, STDIN_FILENO);
  posix_spawn_file_actions_adddup2(&files, out, STDOUT_FILENO);
  posix_spawn_file_actions_adddup2(&files, err, STDERR_FILENO);
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  sigset_t none;
  sigset_t every;
  sigemptyset(&none);
  sigfillset(&every);
  posix_spawnattr_setsigmask(&attributes, &none);
  posix_spawnattr_setsigdefault(&attributes, &every);
  posix_spawnattr_setpgroup(&attributes, 0);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF |
                                            POSIX_SPAWN_SETPGROUP);
  pid_t pid = -1;
  const int error = posix_spawnp(&pid, "git", &files, &attributes,
                                 const_cast<char**>(argv), const_cast<char**>(envp));
  posix_spawn_file_actions_destroy(&files);
  posix_spawnattr_destroy(&attributes);
  if (error != 0) {
    return Error(absl::StatusCode::kUnavailable, reason::kRemoteUnreachable,
                 "git could not be started, which file:// remotes need; install it on "
                 "the server, then repeat the request.")
        .ToStatus();
  }
  return pid;
}

}  // namespace

absl::StatusOr<std::unique_ptr<GitStream>> LocalTransport::Open(
    const Remote& remote, GitService service, const Context& context) {
  RETURN_IF_ERROR(CheckRemoteTime(context));
  // A socket, not a pipe, for what we write: send() can leave SIGPIPE out.
  int in[2];
  int out[2];
  int err[2];
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, in) != 0) {
    return SystemError("socketpair");
  }
  UniqueFd in_ours(in[0]);
  UniqueFd in_theirs(in[1]);
  if (pipe2(out, O_CLOEXEC) != 0) return SystemError("pipe2");
  UniqueFd out_ours(out[0]);
  UniqueFd out_theirs(out[1]);
  if (pipe2(err, O_CLOEXEC) != 0) return SystemError("pipe2");
  UniqueFd err_ours(err[0]);
  UniqueFd err_theirs(err[1]);

  ASSIGN_OR_RETURN(
      const pid_t pid,
      Spawn(service == GitService::kUploadPack ? "upload-pack" : "receive-pack",
            remote.url.path, in_theirs.get(), out_theirs.get(), err_theirs.get()));
  // By number: glibc 2.36 declares pidfd_open without C linkage.
  UniqueFd pid_fd(static_cast<int>(syscall(SYS_pidfd_open, pid, 0)));
  if (pid_fd.get() < 0) {
    const absl::Status error = SystemError("pidfd_open");
    kill(-pid, SIGKILL);
    waitpid(pid, nullptr, 0);
    return error;
  }
  return std::make_unique<LocalStream>(
      Process{pid, std::move(pid_fd), std::move(in_ours), std::move(out_ours),
              std::move(err_ours)},
      service, context, stall_limit_);
}

}  // namespace gitsync
