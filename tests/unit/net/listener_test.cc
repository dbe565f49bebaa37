#include "server/net/listener.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include <array>
#include <deque>
#include <memory>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/clock.h"
#include "tests/support/slowness.h"
#include "tests/support/status_matchers.h"

namespace gitsync {
namespace {

using testing::HasSubstr;

UniqueFd NewSocket() {
  return UniqueFd(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
}

void ConnectTo(int port, const UniqueFd& fd) {
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  EXPECT_EQ(connect(fd.get(), reinterpret_cast<sockaddr*>(&address), sizeof(address)),
            0)
      << strerror(errno);
}

UniqueFd Connect(int port) {
  UniqueFd fd = NewSocket();
  ConnectTo(port, fd);
  return fd;
}

// Whether the other side closes the connection; waits for that.
bool IsClosed(const UniqueFd& fd) {
  std::array<pollfd, 1> fds = {{{fd.get(), POLLIN, 0}}};
  if (poll(fds.data(), fds.size(), 20'000) <= 0) return false;
  char byte = 0;
  return read(fd.get(), &byte, 1) <= 0;
}

class ListenerTest : public testing::Test {
 protected:
  void Listen(int max_connections) {
    ASSERT_OK_AND_ASSIGN(listener_, Listener::Listen("127.0.0.1:0", max_connections));
    listener_->Start([this](UniqueFd connection, int) {
      absl::MutexLock lock(&mutex_);
      taken_.push_back(std::move(connection));
    });
  }

  // Waits until this many were taken in all; whether they were.
  bool AwaitTaken(size_t count) {
    const auto enough = [this, count] { return taken_.size() >= count; };
    absl::MutexLock lock(&mutex_);
    return mutex_.AwaitWithTimeout(absl::Condition(&enough), absl::Seconds(20));
  }

  size_t Taken() {
    absl::MutexLock lock(&mutex_);
    return taken_.size();
  }

  void CloseFirst() {
    absl::MutexLock lock(&mutex_);
    taken_.front().Close();
  }

  absl::Mutex mutex_;
  std::deque<UniqueFd> taken_ ABSL_GUARDED_BY(mutex_);
  std::unique_ptr<Listener> listener_;
};

TEST_F(ListenerTest, HandsOverConnections) {
  Listen(10);
  const UniqueFd client = Connect(listener_->port());
  ASSERT_TRUE(AwaitTaken(1));

  absl::MutexLock lock(&mutex_);
  EXPECT_EQ(write(taken_[0].get(), "x", 1), 1);
  char byte = 0;
  EXPECT_EQ(read(client.get(), &byte, 1), 1);
  EXPECT_NE(fcntl(taken_[0].get(), F_GETFL) & O_NONBLOCK, 0);
}

TEST_F(ListenerTest, OneTooManyIsClosedAtOnce) {
  Listen(2);
  const UniqueFd first = Connect(listener_->port());
  const UniqueFd second = Connect(listener_->port());
  ASSERT_TRUE(AwaitTaken(2));

  EXPECT_TRUE(IsClosed(Connect(listener_->port())));
  EXPECT_EQ(Taken(), 2u);
  // There is room again as soon as one was closed, and its descriptor means another
  // file.
  CloseFirst();
  const UniqueFd other_file = NewSocket();
  std::vector<UniqueFd> clients;
  while (Taken() < 3 && clients.size() < 1000) {
    clients.push_back(Connect(listener_->port()));
    absl::SleepFor(absl::Milliseconds(5));
  }
  EXPECT_EQ(Taken(), 3u);
}

TEST_F(ListenerTest, LastDescriptorsAreNotForConnections) {
  Listen(1000);
  rlimit before;
  ASSERT_EQ(getrlimit(RLIMIT_NOFILE, &before), 0);
  const UniqueFd lowest_free = NewSocket();
  // A quarter of them is kept.
  rlimit tight = before;
  tight.rlim_cur = static_cast<rlim_t>(lowest_free.get() + 10) * 4 / 3;
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &tight), 0);

  const UniqueFd first = Connect(listener_->port());
  EXPECT_TRUE(AwaitTaken(1));
  std::vector<UniqueFd> clients;
  bool closed = false;
  while (!closed && clients.size() < 10) {
    clients.push_back(Connect(listener_->port()));
    std::array<pollfd, 1> fds = {{{clients.back().get(), POLLIN, 0}}};
    closed = poll(fds.data(), fds.size(), 500) > 0;
  }
  EXPECT_TRUE(closed);
  EXPECT_EQ(setrlimit(RLIMIT_NOFILE, &before), 0);
}

TEST_F(ListenerTest, ConnectionsWaitWhileThereAreNoDescriptors) {
  // Its companion for undefined behaviour looks at objects through a pipe.
  if (kAddressSanitized) GTEST_SKIP() << "the sanitizer needs descriptors itself";
  Listen(1000);
  const UniqueFd client = NewSocket();
  std::vector<UniqueFd> all;
  rlimit before;
  ASSERT_EQ(getrlimit(RLIMIT_NOFILE, &before), 0);
  rlimit tight = before;
  tight.rlim_cur = static_cast<rlim_t>(client.get() + 20);
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &tight), 0);
  for (UniqueFd fd = NewSocket(); fd.get() >= 0; fd = NewSocket()) {
    all.push_back(std::move(fd));
  }

  ConnectTo(listener_->port(), client);
  // Long enough for it to have tried.
  absl::SleepFor(absl::Milliseconds(200));
  EXPECT_EQ(Taken(), 0u);
  EXPECT_EQ(setrlimit(RLIMIT_NOFILE, &before), 0);
  all.clear();

  EXPECT_TRUE(AwaitTaken(1));
}

TEST_F(ListenerTest, PortInUseIsSaid) {
  Listen(1);
  const auto second =
      Listener::Listen(absl::StrCat("127.0.0.1:", listener_->port()), 1);
  EXPECT_THAT(second, HasCode(absl::StatusCode::kFailedPrecondition));
  EXPECT_THAT(std::string(second.status().message()), HasSubstr("in use"));
  EXPECT_THAT(Listener::Listen("nonsense", 1),
              HasCode(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(Listener::Listen("203.0.113.1:1", 1),
              HasCode(absl::StatusCode::kFailedPrecondition));
}

TEST_F(ListenerTest, StoppedListenerRefusesConnections) {
  Listen(1);
  listener_->Stop();
  listener_->Stop();
  const UniqueFd fd = NewSocket();
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<uint16_t>(listener_->port()));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  EXPECT_NE(connect(fd.get(), reinterpret_cast<sockaddr*>(&address), sizeof(address)),
            0);
}

TEST(ListenTest, NameWithSeveralAddressesIsListenedOnByAll) {
  ASSERT_OK_AND_ASSIGN(const auto both, Listener::Listen("localhost:0", 1));
  EXPECT_GT(both->port(), 0);
  EXPECT_GE(Connect(both->port()).get(), 0);
  ASSERT_OK_AND_ASSIGN(const auto any, Listener::Listen("[::]:0", 1));
  EXPECT_GE(Connect(any->port()).get(), 0);
}

}  // namespace
}  // namespace gitsync
