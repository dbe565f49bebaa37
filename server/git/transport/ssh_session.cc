#include "server/git/transport/ssh_session.h"

#include <poll.h>

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "server/base/error.h"
#include "server/base/printable.h"
#include "server/base/reason.h"
#include "server/base/status_macros.h"
#include "server/base/steady_clock.h"
#include "server/git/transport/host_keys.h"
#include "server/git/transport/remote_words.h"
#include "server/git/transport/ssh_login.h"
#include "server/net/address.h"
#include "server/net/wait.h"

namespace gitsync {
namespace {

// No SHA-1 signatures; RSA keys sign with SHA-2.
constexpr char kHostKeyAlgorithms[] =
    "ssh-ed25519,ecdsa-sha2-nistp256,ecdsa-sha2-nistp384,ecdsa-sha2-nistp521,"
    "rsa-sha2-512,rsa-sha2-256";
constexpr char kUserKeyAlgorithms[] = "ssh-ed25519,rsa-sha2-512,rsa-sha2-256";

// The algorithms to ask for, those of the demanded keys first: a host with several keys
// then shows the one that is known, and one without it is told apart by what it shows.
std::string HostKeyAlgorithms(const std::vector<HostKey>& keys) {
  const std::vector<std::string> all = absl::StrSplit(kHostKeyAlgorithms, ',');
  const auto belongs = [](const std::string& algorithm, const HostKey& key) {
    return algorithm == key.type ||
           (key.type == "ssh-rsa" && absl::StartsWith(algorithm, "rsa-sha2-"));
  };
  std::vector<std::string> wanted;
  const auto add = [&](const std::string& algorithm) {
    if (std::find(wanted.begin(), wanted.end(), algorithm) == wanted.end()) {
      wanted.push_back(algorithm);
    }
  };
  for (const HostKey& key : keys) {
    for (const std::string& algorithm : all) {
      if (belongs(algorithm, key)) add(algorithm);
    }
  }
  for (const std::string& algorithm : all) add(algorithm);
  return absl::StrJoin(wanted, ",");
}

// Whether a key exchange also resists who records it now and has a quantum computer
// later: both that SSH has are named by the part that does.
bool IsPostQuantum(absl::string_view key_exchange) {
  return absl::StartsWith(key_exchange, "sntrup") ||
         absl::StartsWith(key_exchange, "mlkem");
}

std::string ProtectionOf(ssh_session handle) {
  const auto text = [](const char* value) {
    return PrintableLine(value == nullptr ? "" : value);
  };
  std::string server = text(ssh_get_serverbanner(handle));
  const std::string key_exchange = text(ssh_get_kex_algo(handle));
  return absl::StrCat(
      absl::StripPrefix(server, "SSH-2.0-"), ", key exchange ", key_exchange,
      IsPostQuantum(key_exchange) ? " (post-quantum)" : " (not post-quantum)",
      ", cipher ", text(ssh_get_cipher_out(handle)));
}

// The error of a handshake that found no algorithm which both sides have; libssh's
// `words` name what the server offers, and what was asked for.
absl::Status NothingInCommon(absl::string_view words) {
  absl::string_view newer;
  if (absl::StrContains(words, "mlkem")) {
    newer = " libssh has mlkem768x25519-sha256 from 0.12 on.";
  }
  return Error(absl::StatusCode::kFailedPrecondition, reason::kUnsupported,
               absl::StrCat("The git host's SSH server and this one, which has libssh ",
                            ssh_version(0),
                            ", know no algorithm in common; have the host offer one "
                            "more, or update libssh.",
                            newer, " libssh said: ", words));
}

// For how long a connection may be without login. sshd ends those that reach its
// LoginGraceTime, 120 seconds unless it is set, and then refuses the address.
constexpr absl::Duration kLoginLimit = absl::Seconds(20);

}  // namespace

int ExitStatusOf(ssh_channel channel) {
#if LIBSSH_VERSION_INT < SSH_VERSION_INT(0, 11, 0)
  return ssh_channel_get_exit_status(channel);
#else
  uint32_t status = 0;
  const int got = ssh_channel_get_exit_state(channel, &status, nullptr, nullptr);
  return got == SSH_OK ? static_cast<int>(status) : -1;
#endif
}

absl::StatusOr<std::unique_ptr<SshSession>> SshSession::Connect(
    const GitUrl& url, const SshCredentials& credentials,
    const TransportOptions& options, LoginGate::Turn& turn, const Context& context) {
  ASSIGN_OR_RETURN(const std::vector<SocketAddress> addresses,
                   ResolveHost(url.host, url.port, options.allow_private, context));
  ASSIGN_OR_RETURN(UniqueFd fd,
                   ConnectToAny(addresses, options.connect_timeout, context));
  turn.Connected();
  const Context limited = context.WithDeadline(SteadyNow() + kLoginLimit);
  auto session = LogInOver(std::move(fd), url, credentials, options, turn, limited);
  if (absl::IsDeadlineExceeded(session.status()) && !limited.Check().ok() &&
      context.Check().ok()) {
    return Error(absl::StatusCode::kDeadlineExceeded, reason::kRemoteTimeout,
                 absl::StrCat("The git host did not complete the SSH login within ",
                              absl::FormatDuration(kLoginLimit),
                              "; check that it works, then repeat the request."))
        .ToStatus();
  }
  return session;
}

absl::StatusOr<std::unique_ptr<SshSession>> SshSession::LogInOver(
    UniqueFd fd, const GitUrl& url, const SshCredentials& credentials,
    const TransportOptions& options, LoginGate::Turn& turn, const Context& context) {
  const HostKeyDemand demand = {url.host, url.port, credentials.pinned_host_key,
                                credentials.expected_fingerprint};
  ssh_session handle = ssh_new();
  if (handle == nullptr) return InternalError("ssh_new");
  std::unique_ptr<SshSession> session(new SshSession(handle));
  RETURN_IF_ERROR(session->Configure(url, demand, options));
  const int number = fd.get();
  if (ssh_options_set(handle, SSH_OPTIONS_FD, &number) != SSH_OK) {
    return InternalError("ssh_options_set of the socket");
  }
  // From the first call of ssh_connect on, libssh closes the socket.
  fd.Release();
  RETURN_IF_ERROR(session->ShakeHands(demand, options, turn, context));
  turn.LoginBegins();
  const absl::Status login =
      LogIn(*session, credentials, options, context, &session->login_algorithm_);
  if (ReasonOf(login) == reason::kRemoteAuthFailed) turn.Refused(login);
  RETURN_IF_ERROR(login);
  turn.Worked();
  return session;
}

SshSession::~SshSession() {
  // Not ssh_disconnect: that one forgets a socket which it did not open itself.
  // ssh_free closes it.
  ssh_free(handle_);
}

absl::Status SshSession::Configure(const GitUrl& url, const HostKeyDemand& demand,
                                   const TransportOptions& options) {
  ASSIGN_OR_RETURN(const std::vector<HostKey> keys,
                   DemandedKeys(*options.host_keys.Get(), demand));
  const std::string algorithms = HostKeyAlgorithms(keys);
  const bool no = false;
  const int on = 1;
  const int rsa_bits = 2048;
  const std::pair<ssh_options_e, const void*> settings[] = {
      {SSH_OPTIONS_PROCESS_CONFIG, &no},
      {SSH_OPTIONS_KNOWNHOSTS, "/dev/null"},
      {SSH_OPTIONS_GLOBAL_KNOWNHOSTS, "/dev/null"},
      {SSH_OPTIONS_SSH_DIR, "/dev/null"},
      {SSH_OPTIONS_HOST, url.host.c_str()},
      {SSH_OPTIONS_PORT_STR, nullptr},
      {SSH_OPTIONS_USER, url.user.c_str()},
      {SSH_OPTIONS_NODELAY, &on},
      {SSH_OPTIONS_COMPRESSION, "no"},
      {SSH_OPTIONS_HOSTKEYS, algorithms.c_str()},
      {SSH_OPTIONS_PUBLICKEY_ACCEPTED_TYPES, kUserKeyAlgorithms},
      {SSH_OPTIONS_RSA_MIN_SIZE, &rsa_bits},
  };
  const std::string port = absl::StrCat(url.port);
  for (const auto& [option, value] : settings) {
    const void* given = option == SSH_OPTIONS_PORT_STR ? port.c_str() : value;
    if (ssh_options_set(handle_, option, given) != SSH_OK) {
      return InternalError(absl::StrCat("ssh_options_set ", option, ": ",
                                        PrintableLine(ssh_get_error(handle_))));
    }
  }
  ssh_set_blocking(handle_, 0);
  return absl::OkStatus();
}

absl::Status SshSession::ShakeHands(const HostKeyDemand& demand,
                                    const TransportOptions& options,
                                    LoginGate::Turn& turn, const Context& context) {
  const absl::StatusOr<int> result = Drive([&] { return ssh_connect(handle_); },
                                           SSH_AGAIN, context, options.stall_limit);
  // libssh leaves out lines before it, such as a refusal in words.
  if (const char* const banner = ssh_get_serverbanner(handle_)) turn.Greeted(banner);
  RETURN_IF_ERROR(result.status());
  if (*result != SSH_OK) {
    const std::string words = PrintableLine(ssh_get_error(handle_));
    if (absl::StrContains(words, "no match for method")) return NothingInCommon(words);
    return Broken();
  }
  protection_ = ProtectionOf(handle_);
  ssh_key raw = nullptr;
  if (ssh_get_server_publickey(handle_, &raw) != SSH_OK) return Broken();
  const UniqueSshKey key(raw);
  char* base64 = nullptr;
  if (ssh_pki_export_pubkey_base64(key.get(), &base64) != SSH_OK) {
    return InternalError("ssh_pki_export_pubkey_base64");
  }
  host_key_ = absl::StrCat(ssh_key_type_to_char(ssh_key_type(key.get())), " ", base64);
  ssh_string_free_char(base64);
  ASSIGN_OR_RETURN(const HostKey shown, ParseHostKey(host_key_));
  return CheckHostKey(*options.host_keys.Get(), demand, shown);
}

absl::StatusOr<int> SshSession::Drive(absl::FunctionRef<int()> step, int again,
                                      const Context& context,
                                      absl::Duration stall_limit) {
  while (true) {
    RETURN_IF_ERROR(CheckRemoteTime(context));
    const int result = step();
    if (result != again) return result;
    RETURN_IF_ERROR(Wait(context, stall_limit));
  }
}

absl::Status SshSession::Wait(const Context& context, absl::Duration stall_limit) {
  const int fd = ssh_get_fd(handle_);
  if (fd < 0) return Broken();
  const bool writing = (ssh_get_poll_flags(handle_) & SSH_WRITE_PENDING) != 0;
  std::array<pollfd, 1> fds = {
      {{fd, static_cast<short>(POLLIN | (writing ? POLLOUT : 0)), 0}}};
  return WaitFor(fds, context, stall_limit);
}

bool SshSession::IsDead() const {
  if (!ssh_is_connected(handle_)) return true;
  pollfd fd = {ssh_get_fd(handle_), POLLIN | POLLRDHUP, 0};
  return poll(&fd, 1, 0) > 0 &&
         (fd.revents & (POLLRDHUP | POLLHUP | POLLERR | POLLNVAL)) != 0;
}

void SshSession::PrepareChannel() {
  if (next_channel_ != nullptr) return;
  next_channel_ = ssh_channel_new(handle_);
  if (next_channel_ == nullptr) return;
  if (ssh_channel_open_session(next_channel_) == SSH_ERROR) {
    ssh_channel_free(std::exchange(next_channel_, nullptr));
  }
}

absl::StatusOr<ssh_channel> SshSession::Start(const std::string& command,
                                              const Context& context,
                                              absl::Duration limit) {
  bool refused = false;
  // One that was prepared may have been denied, or closed meanwhile.
  for (int tries = next_channel_ == nullptr ? 1 : 2; tries > 0; --tries) {
    PrepareChannel();
    if (next_channel_ == nullptr) break;
    ASSIGN_OR_RETURN(int started,
                     Drive([this] { return ssh_channel_open_session(next_channel_); },
                           SSH_AGAIN, context, limit));
    if (started == SSH_OK) {
      ASSIGN_OR_RETURN(
          started,
          Drive(
              [&] { return ssh_channel_request_exec(next_channel_, command.c_str()); },
              SSH_AGAIN, context, limit));
    }
    const ssh_channel channel = std::exchange(next_channel_, nullptr);
    if (started == SSH_OK) return channel;
    refused = ssh_is_connected(handle_) && ssh_channel_is_open(channel);
    ssh_channel_free(channel);
  }
  if (!refused) return Broken();
  return Error(absl::StatusCode::kUnauthenticated, reason::kRemoteAuthFailed,
               "The remote accepted the SSH key but refused to run git for it; check "
               "that the key is a deploy key of the repository.")
      .ToStatus();
}

bool SshSession::GetReady(const std::string& command, absl::Time end,
                          const Context& context, absl::Duration limit) {
  const absl::StatusOr<ssh_channel> channel = Start(command, context, limit);
  // A channel that is still opening can be used by nobody else.
  if (!channel.ok()) return ssh_is_connected(handle_) && next_channel_ == nullptr;
  ready_channel_ = *channel;
  ready_command_ = command;
  ready_end_ = end;
  PrepareChannel();
  return true;
}

ssh_channel SshSession::TakeReady() {
  const ssh_channel channel = std::exchange(ready_channel_, nullptr);
  // Takes in what has come, which may be the command's end.
  ssh_channel_poll(channel, 1);
  if (ssh_channel_is_open(channel) && ExitStatusOf(channel) < 0) {
    return channel;
  }
  ssh_channel_free(channel);
  return nullptr;
}

bool SshSession::EndReady(absl::Time now) {
  if (!HasReady()) return false;
  if (now < ready_end_) return true;
  if (const ssh_channel channel = TakeReady()) {
    // A flush packet, in place of requests.
    ssh_channel_write(channel, "0000", 4);
    ssh_channel_send_eof(channel);
    ssh_channel_free(channel);
  }
  return false;
}

absl::Status SshSession::Broken() const {
  return Error(absl::StatusCode::kUnavailable, reason::kRemoteUnreachable,
               absl::StrCat("The SSH connection to the git remote broke: ",
                            PrintableLine(ssh_get_error(handle_)),
                            ". Check that the host and port are an SSH server's, then "
                            "repeat the request."));
}

}  // namespace gitsync
