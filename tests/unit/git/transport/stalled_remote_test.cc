// Remotes that stop answering: deadline, stall limit and cancellation hold.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <functional>
#include <thread>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "server/base/reason.h"
#include "server/git/transport/ssh_transport.h"
#include "tests/support/status_matchers.h"
#include "tests/support/test_remote.h"
#include "tests/support/test_sshd.h"
#include "tests/unit/git/transport/conversation.h"

namespace gitsync {
namespace {

// Accepts connections, sends `banner`, and says nothing more. With `closes`, hangs up
// then.
class MuteServer {
 public:
  explicit MuteServer(const std::string& banner, bool closes = false) {
    fd_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address = {};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof(address);
    bind(fd_, reinterpret_cast<sockaddr*>(&address), size);
    listen(fd_, 8);
    getsockname(fd_, reinterpret_cast<sockaddr*>(&address), &size);
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this, banner, closes] {
      while (true) {
        const int connection = accept(fd_, nullptr, nullptr);
        if (connection < 0) return;
        if (!banner.empty()) {
          send(connection, banner.data(), banner.size(), MSG_NOSIGNAL);
        }
        if (!closes) {
          // Until the client gives up.
          char ignored[4096];
          while (read(connection, ignored, sizeof(ignored)) > 0) {
          }
        }
        close(connection);
      }
    });
  }
  ~MuteServer() {
    shutdown(fd_, SHUT_RDWR);
    thread_.join();
    close(fd_);
  }

  int port() const { return port_; }

 private:
  int fd_ = -1;
  int port_ = 0;
  std::thread thread_;
};

TransportOptions Options() {
  TransportOptions options;
  options.allow_private = true;
  return options;
}

const TestSshKey& Key() {
  static const auto* key = new TestSshKey(TestSshKey::Generate("ed25519"));
  return *key;
}

Remote RemoteAt(const std::string& url) {
  Remote remote;
  remote.url = *ParseGitUrl(url, false);
  SshCredentials credentials;
  credentials.key_id = "1";
  credentials.private_key = Secret(Key().private_key);
  remote.credentials = credentials;
  return remote;
}

Remote RemoteAt(const MuteServer& server) {
  return RemoteAt(absl::StrCat("ssh://git@127.0.0.1:", server.port(), "/a.git"));
}

Context Within(absl::Duration time) {
  Context context;
  context.deadline = absl::Now() + time;
  return context;
}

// Runs `work`, which nothing else ends, and cancels it after a while.
absl::Status Cancelled(const Context& context,
                       const std::function<absl::Status()>& work) {
  std::thread canceller([&] {
    absl::SleepFor(absl::Milliseconds(100));
    context.cancellation->Cancel();
  });
  const absl::Status status = work();
  canceller.join();
  return status;
}

TEST(StalledRemoteTest, SilentServerEndsAtTheDeadline) {
  MuteServer server("");
  SshTransport transport(Options());

  const auto stream = transport.Open(RemoteAt(server), GitService::kUploadPack,
                                     Within(absl::Milliseconds(200)));

  EXPECT_THAT(stream, EndedByDeadline());
}

TEST(StalledRemoteTest, SilentServerEndsAtTheStallLimit) {
  MuteServer server("");
  TransportOptions options = Options();
  options.stall_limit = absl::Milliseconds(200);
  SshTransport transport(options);

  const auto stream =
      transport.Open(RemoteAt(server), GitService::kUploadPack, Context());

  EXPECT_THAT(stream,
              StatusIs(absl::StatusCode::kDeadlineExceeded, reason::kRemoteTimeout));
}

TEST(StalledRemoteTest, ServerThatStopsAfterItsBannerEndsAtTheDeadline) {
  MuteServer server("SSH-2.0-OpenSSH_9.2\r\n");
  SshTransport transport(Options());

  const auto stream = transport.Open(RemoteAt(server), GitService::kUploadPack,
                                     Within(absl::Milliseconds(200)));

  EXPECT_THAT(stream, EndedByDeadline());
}

TEST(StalledRemoteTest, WaitForASilentServerIsCancelled) {
  MuteServer server("SSH-2.0-OpenSSH_9.2\r\n");
  SshTransport transport(Options());
  const Context context;

  const absl::Status status = Cancelled(context, [&] {
    return transport.Open(RemoteAt(server), GitService::kUploadPack, context).status();
  });

  EXPECT_THAT(status, StatusIs(absl::StatusCode::kCancelled, reason::kCancelled));
}

// It may have shut us out, and then one who does not ask afresh would wait for it.
TEST(StalledRemoteTest, ServerThatHangsUpIsUnreachable) {
  MuteServer server("", /*closes=*/true);
  SshTransport transport(Options());

  Remote remote = RemoteAt(server);
  remote.afresh = true;

  EXPECT_THAT(transport.Open(remote, GitService::kUploadPack, Context()),
              StatusIs(absl::StatusCode::kUnavailable, reason::kRemoteUnreachable));
}

TEST(StalledRemoteTest, ServerOfAnotherProtocolIsUnreachableAndCannotFakeLines) {
  MuteServer server("HTTP/1.1 400 Bad\x1b[31m Request\r\n\r\n", /*closes=*/true);
  SshTransport transport(Options());

  Remote remote = RemoteAt(server);
  remote.afresh = true;

  const auto stream = transport.Open(remote, GitService::kUploadPack, Context());

  EXPECT_THAT(stream,
              StatusIs(absl::StatusCode::kUnavailable, reason::kRemoteUnreachable));
  EXPECT_EQ(stream.status().message().find('\x1b'), absl::string_view::npos);
  EXPECT_EQ(stream.status().message().find('\n'), absl::string_view::npos);
}

TEST(StalledRemoteTest, ClosedPortIsUnreachable) {
  int port = 0;
  {
    MuteServer server("");
    port = server.port();
  }
  SshTransport transport(Options());

  EXPECT_THAT(
      transport.Open(RemoteAt(absl::StrCat("ssh://git@127.0.0.1:", port, "/a.git")),
                     GitService::kUploadPack, Context()),
      StatusIs(absl::StatusCode::kUnavailable, reason::kRemoteUnreachable));
}

// A host whose connections are halted after the advertisement was read.
class HaltedHostTest : public testing::Test {
 protected:
  HaltedHostTest() : transport_(Options()) {
    sshd_.Authorize(Key().public_key);
    commit_ = repository_.CommitFromElsewhere("a.txt", "1", "first");
  }
  ~HaltedHostTest() override { sshd_.ContinueConnections(); }

  void OpenThenHalt(GitService service, const Context& context) {
    ASSERT_OK(Open(service, context));
    sshd_.HaltConnections();
  }
  // The same with a deadline, which passes while nothing is said any more.
  void OpenThenHaltWithDeadline(GitService service) {
    // On a busy machine it takes longer to come so far.
    absl::Duration limit = absl::Milliseconds(1500);
    absl::Status opened = Open(service, Within(limit));
    while (absl::IsDeadlineExceeded(opened)) {
      limit *= 4;
      opened = Open(service, Within(limit));
    }
    ASSERT_OK(opened);
    sshd_.HaltConnections();
  }

  absl::Status Open(GitService service, const Context& context) {
    ASSIGN_OR_RETURN(stream_, transport_.Open(RemoteAt(sshd_.Url(repository_.path())),
                                              service, context));
    return ReadAdvertisement(*stream_).status();
  }

  TestSshd sshd_;
  TestRemote repository_;
  std::string commit_;
  SshTransport transport_;
  std::unique_ptr<GitStream> stream_;
};

TEST_F(HaltedHostTest, ReadEndsAtTheDeadline) {
  OpenThenHaltWithDeadline(GitService::kUploadPack);

  char buffer[16];
  const auto count = stream_->Read(buffer, sizeof(buffer));

  EXPECT_THAT(count, EndedByDeadline());
}

TEST_F(HaltedHostTest, ReadIsCancelled) {
  const Context context;
  OpenThenHalt(GitService::kUploadPack, context);
  char buffer[16];

  const absl::Status status = Cancelled(
      context, [&] { return stream_->Read(buffer, sizeof(buffer)).status(); });

  EXPECT_THAT(status, StatusIs(absl::StatusCode::kCancelled, reason::kCancelled));
}

TEST_F(HaltedHostTest, WriteOfAPackIsCancelled) {
  const Context context;
  OpenThenHalt(GitService::kReceivePack, context);
  // More than every buffer on the way holds.
  const std::string pack(32 << 20, 'x');

  const absl::Status status = Cancelled(context, [&] { return stream_->Write(pack); });

  EXPECT_THAT(status, StatusIs(absl::StatusCode::kCancelled, reason::kCancelled));
}

TEST_F(HaltedHostTest, FinishAndTheEndDoNotHang) {
  OpenThenHaltWithDeadline(GitService::kUploadPack);

  const absl::Status status = stream_->Finish();
  stream_.reset();

  EXPECT_THAT(status, EndedByDeadline());
}

TEST_F(HaltedHostTest, KilledConnectionIsUnreachable) {
  OpenThenHalt(GitService::kUploadPack, Context());
  sshd_.KillConnections();

  char buffer[16];
  const auto count = stream_->Read(buffer, sizeof(buffer));

  EXPECT_THAT(count,
              StatusIs(absl::StatusCode::kUnavailable, reason::kRemoteUnreachable));
}

}  // namespace
}  // namespace gitsync
