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

// Runs `work`, cancels it after a while, and returns how long it went on after that.
absl::Duration TimeToCancel(const Context& context, const std::function<void()>& work) {
  absl::Time cancelled_at;
  std::thread canceller([&] {
    absl::SleepFor(absl::Milliseconds(100));
    cancelled_at = absl::Now();
    context.cancellation->Cancel();
  });
  work();
  const absl::Time ended_at = absl::Now();
  canceller.join();
  return ended_at - cancelled_at;
}

TEST(StalledRemoteTest, SilentServerEndsAtTheDeadline) {
  MuteServer server("");
  SshTransport transport(Options());
  const absl::Time start = absl::Now();

  const auto stream = transport.Open(RemoteAt(server), GitService::kUploadPack,
                                     Within(absl::Milliseconds(200)));

  EXPECT_THAT(stream,
              StatusIs(absl::StatusCode::kDeadlineExceeded, reason::kRemoteTimeout));
  EXPECT_LT(absl::Now() - start, absl::Seconds(1));
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

  EXPECT_THAT(stream,
              StatusIs(absl::StatusCode::kDeadlineExceeded, reason::kRemoteTimeout));
}

TEST(StalledRemoteTest, SilentServerIsCancelledAtOnce) {
  MuteServer server("SSH-2.0-OpenSSH_9.2\r\n");
  SshTransport transport(Options());
  const Context context;
  absl::Status status;

  const absl::Duration took = TimeToCancel(context, [&] {
    status =
        transport.Open(RemoteAt(server), GitService::kUploadPack, context).status();
  });

  EXPECT_THAT(status, StatusIs(absl::StatusCode::kCancelled, reason::kCancelled));
  EXPECT_LT(took, absl::Milliseconds(100));
}

TEST(StalledRemoteTest, ServerThatHangsUpIsUnreachable) {
  MuteServer server("", /*closes=*/true);
  SshTransport transport(Options());

  EXPECT_THAT(transport.Open(RemoteAt(server), GitService::kUploadPack, Context()),
              StatusIs(absl::StatusCode::kUnavailable, reason::kRemoteUnreachable));
}

TEST(StalledRemoteTest, ServerOfAnotherProtocolIsUnreachableAndCannotFakeLines) {
  MuteServer server("HTTP/1.1 400 Bad\x1b[31m Request\r\n\r\n", /*closes=*/true);
  SshTransport transport(Options());

  const auto stream =
      transport.Open(RemoteAt(server), GitService::kUploadPack, Context());

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
    auto stream =
        transport_.Open(RemoteAt(sshd_.Url(repository_.path())), service, context);
    ASSERT_OK(stream);
    stream_ = *std::move(stream);
    ASSERT_OK(ReadAdvertisement(*stream_));
    sshd_.HaltConnections();
  }

  TestSshd sshd_;
  TestRemote repository_;
  std::string commit_;
  SshTransport transport_;
  std::unique_ptr<GitStream> stream_;
};

TEST_F(HaltedHostTest, ReadEndsAtTheDeadline) {
  OpenThenHalt(GitService::kUploadPack, Within(absl::Milliseconds(1500)));
  const absl::Time start = absl::Now();

  char buffer[16];
  const auto count = stream_->Read(buffer, sizeof(buffer));

  EXPECT_THAT(count,
              StatusIs(absl::StatusCode::kDeadlineExceeded, reason::kRemoteTimeout));
  EXPECT_LT(absl::Now() - start, absl::Milliseconds(2500));
}

TEST_F(HaltedHostTest, ReadIsCancelledAtOnce) {
  const Context context;
  OpenThenHalt(GitService::kUploadPack, context);
  absl::Status status;
  char buffer[16];

  const absl::Duration took = TimeToCancel(
      context, [&] { status = stream_->Read(buffer, sizeof(buffer)).status(); });

  EXPECT_THAT(status, StatusIs(absl::StatusCode::kCancelled, reason::kCancelled));
  EXPECT_LT(took, absl::Milliseconds(100));
}

TEST_F(HaltedHostTest, WriteOfAPackIsCancelledAtOnce) {
  const Context context;
  OpenThenHalt(GitService::kReceivePack, context);
  // More than every buffer on the way holds.
  const std::string pack(32 << 20, 'x');
  absl::Status status;

  const absl::Duration took =
      TimeToCancel(context, [&] { status = stream_->Write(pack); });

  EXPECT_THAT(status, StatusIs(absl::StatusCode::kCancelled, reason::kCancelled));
  EXPECT_LT(took, absl::Milliseconds(100));
}

TEST_F(HaltedHostTest, FinishAndTheEndDoNotHang) {
  OpenThenHalt(GitService::kUploadPack, Within(absl::Milliseconds(1500)));
  const absl::Time start = absl::Now();

  const absl::Status status = stream_->Finish();
  stream_.reset();

  EXPECT_THAT(status,
              StatusIs(absl::StatusCode::kDeadlineExceeded, reason::kRemoteTimeout));
  EXPECT_LT(absl::Now() - start, absl::Milliseconds(2500));
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
