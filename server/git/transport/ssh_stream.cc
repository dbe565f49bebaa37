#include "server/git/transport/ssh_stream.h"

#include <algorithm>
#include <cstdint>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "server/base/error.h"
#include "server/base/reason.h"
#include "server/base/status_macros.h"
#include "server/git/transport/remote_words.h"
#include "server/net/wait.h"

namespace gitsync {
namespace {

constexpr size_t kMostAtOnce = 1 << 16;

}  // namespace

std::string GitCommand(GitService service, absl::string_view path) {
  return absl::StrCat(
      service == GitService::kUploadPack ? "git-upload-pack" : "git-receive-pack", " '",
      absl::StrReplaceAll(path, {{"'", "'\\''"}, {"!", "'\\!'"}}), "'");
}

absl::StatusOr<std::unique_ptr<SshStream>> SshStream::Open(
    std::unique_ptr<SshSession> session, GitService service, const std::string& path,
    const Context& context, absl::Duration open_limit, absl::Duration stall_limit,
    GiveBack give_back) {
  std::unique_ptr<SshStream> stream(new SshStream(std::move(session), service, context,
                                                  stall_limit, std::move(give_back)));
  ASSIGN_OR_RETURN(stream->channel_, stream->session_->Start(GitCommand(service, path),
                                                             context, open_limit));
  return stream;
}

std::unique_ptr<SshStream> SshStream::TakeReady(std::unique_ptr<SshSession> session,
                                                const Context& context,
                                                absl::Duration stall_limit,
                                                GiveBack give_back) {
  const ssh_channel channel = session->TakeReady();
  std::unique_ptr<SshStream> stream(new SshStream(std::move(session),
                                                  GitService::kReceivePack, context,
                                                  stall_limit, std::move(give_back)));
  stream->channel_ = channel;
  if (channel != nullptr) return stream;
  stream->give_back_(std::move(stream->session_));
  return nullptr;
}

SshStream::~SshStream() {
  // What is left of a conversation that was broken off ends with its connection.
  if (channel_ != nullptr) ssh_channel_free(channel_);
}

absl::StatusOr<size_t> SshStream::Read(char* buffer, size_t size) {
  const auto most = static_cast<uint32_t>(std::min<size_t>(size, 1 << 30));
  while (channel_ != nullptr) {
    RETURN_IF_ERROR(CheckRemoteTime(context_));
    // Output is read last: reading takes in packets of both streams, and output that
    // arrives while the words are read would be slept on.
    ReadWords();
    const int count = ssh_channel_read_nonblocking(channel_, buffer, most, 0);
    if (count > 0) {
      git_spoke_ = true;
      return static_cast<size_t>(count);
    }
    if (count == SSH_EOF || (count == 0 && ssh_channel_is_eof(channel_))) return 0;
    if (count < 0 && count != SSH_AGAIN) return Broken();
    RETURN_IF_ERROR(session_->Wait(context_, stall_limit_));
  }
  return 0;
}

absl::Status SshStream::Write(absl::string_view bytes) {
  if (channel_ == nullptr) return absl::FailedPreconditionError("finished");
  while (!bytes.empty()) {
    RETURN_IF_ERROR(CheckRemoteTime(context_));
    const auto count = static_cast<uint32_t>(std::min(bytes.size(), kMostAtOnce));
    const int written = ssh_channel_write(channel_, bytes.data(), count);
    if (written < 0) return session_->Broken();
    bytes.remove_prefix(static_cast<size_t>(written));
    // Each piece is handed to the system before the next, so that a slow remote does
    // not make libssh hold the whole pack.
    RETURN_IF_ERROR(Flush());
    if (written == 0 && ssh_channel_window_size(channel_) == 0) {
      if (ssh_channel_is_closed(channel_)) return session_->Broken();
      RETURN_IF_ERROR(session_->Wait(context_, stall_limit_));
    }
  }
  return absl::OkStatus();
}

void SshStream::CloseWriting() {
  if (channel_ != nullptr) ssh_channel_send_eof(channel_);
}

absl::Status SshStream::Finish() {
  if (channel_ == nullptr) return Result();
  if (ssh_channel_send_eof(channel_) == SSH_ERROR && !ssh_channel_is_eof(channel_)) {
    return session_->Broken();
  }
  RETURN_IF_ERROR(Flush());
  char rest[4096];
  while (true) {
    ASSIGN_OR_RETURN(const size_t count, Read(rest, sizeof(rest)));
    if (count == 0) break;
  }
  ASSIGN_OR_RETURN(exit_code_, ExitCode());
  ReadWords();
  ssh_channel_close(channel_);
  RETURN_IF_ERROR(Flush());
  ssh_channel_free(channel_);
  channel_ = nullptr;
  session_->PrepareChannel();
  give_back_(std::move(session_));
  return Result();
}

void SshStream::ReadWords() {
  char chunk[4096];
  int count;
  while ((count = ssh_channel_read_nonblocking(channel_, chunk, sizeof(chunk), 1)) >
         0) {
    words_.Append({chunk, static_cast<size_t>(count)});
  }
}

absl::Status SshStream::Flush() {
  ASSIGN_OR_RETURN(
      const int result,
      session_->Drive([&] { return ssh_blocking_flush(session_->handle(), 0); },
                      SSH_AGAIN, context_, stall_limit_));
  return result == SSH_OK ? absl::OkStatus() : session_->Broken();
}

absl::StatusOr<int> SshStream::ExitCode() {
  while (true) {
    RETURN_IF_ERROR(CheckRemoteTime(context_));
    const int status = ExitStatusOf(channel_);
    if (status >= 0) return status;
    // Ended by a signal, or by a server that gives no status.
    if (ssh_channel_is_closed(channel_)) return -1;
    if (!ssh_is_connected(session_->handle())) return Broken();
    RETURN_IF_ERROR(session_->Wait(context_, stall_limit_));
  }
}

absl::Status SshStream::Broken() const {
  const std::string words = words_.Printable();
  if (git_spoke_ || words.empty()) return session_->Broken();
  return RemoteCommandError(service_, -1, words, git_spoke_);
}

absl::Status SshStream::Result() const {
  if (exit_code_ == 0) return absl::OkStatus();
  return RemoteCommandError(service_, exit_code_, words_.Printable(), git_spoke_);
}

}  // namespace gitsync
