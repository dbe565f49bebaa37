#include "server/net/address.h"

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>

#include "absl/time/clock.h"
#include "server/base/reason.h"
#include "tests/support/status_matchers.h"
#include "tests/support/test_names.h"

namespace gitsync {
namespace {

SocketAddress Literal(const std::string& text) {
  auto found = ResolveHost(text, 22, /*allow_private=*/true, Context());
  EXPECT_TRUE(found.ok()) << text << ": " << found.status();
  return found.ok() ? found->at(0) : SocketAddress();
}

class InternalAddressTest : public testing::TestWithParam<const char*> {};

TEST_P(InternalAddressTest, IsRefused) {
  EXPECT_FALSE(IsPublicAddress(Literal(GetParam())));
  EXPECT_THAT(
      ResolveHost(GetParam(), 22, /*allow_private=*/false, Context()),
      StatusIs(absl::StatusCode::kPermissionDenied, reason::kRemoteAddressRefused));
}

INSTANTIATE_TEST_SUITE_P(
    All, InternalAddressTest,
    testing::Values("127.0.0.1", "127.255.255.255", "0.0.0.0", "0.1.2.3", "10.0.0.1",
                    "100.64.0.1", "100.127.255.255", "169.254.169.254", "172.16.0.1",
                    "172.31.255.255", "192.168.0.1", "192.0.0.192", "192.0.2.1",
                    "198.18.0.1", "198.19.255.255", "198.51.100.1", "203.0.113.1",
                    "224.0.0.1", "240.0.0.1", "255.255.255.255", "168.63.129.16",
                    // Other spellings of 127.0.0.1 and 169.254.169.254.
                    "127.1", "2130706433", "0x7f000001", "0177.0.0.1", "0xa9fea9fe",
                    "::", "::1", "fe80::1", "fec0::1", "fc00::1", "fd00:ec2::254",
                    "ff02::1", "2001:db8::1", "2001::1", "100::1", "3fff::1",
                    // IPv4 inside of IPv6: mapped, compatible, NAT64, 6to4.
                    "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::127.0.0.1",
                    "64:ff9b::10.0.0.1", "64:ff9b::a9fe:a9fe", "64:ff9b:1::1",
                    "2002:7f00:1::", "2002:a00:1::1", "2002:a9fe:a9fe::"),
    [](const auto& test) { return TestNameOf(test.param, test.index); });

class PublicAddressTest : public testing::TestWithParam<const char*> {};

TEST_P(PublicAddressTest, IsAllowed) {
  EXPECT_OK(ResolveHost(GetParam(), 22, /*allow_private=*/false, Context()));
}

INSTANTIATE_TEST_SUITE_P(
    All, PublicAddressTest,
    testing::Values("140.82.121.4", "8.8.8.8", "100.63.255.255", "100.128.0.1",
                    "172.15.0.1", "172.32.0.1", "192.167.0.1", "169.253.0.1",
                    "223.255.255.1", "2606:4700::1", "2a00:1450::1", "::ffff:8.8.8.8",
                    "64:ff9b::8.8.8.8", "2002:808:808::1"),
    [](const auto& test) { return TestNameOf(test.param, test.index); });

TEST(ResolveHostTest, NameOfALoopbackAddressIsRefused) {
  EXPECT_THAT(
      ResolveHost("localhost", 22, /*allow_private=*/false, Context()),
      StatusIs(absl::StatusCode::kPermissionDenied, reason::kRemoteAddressRefused));
}

TEST(ResolveHostTest, PortIsKept) {
  ASSERT_OK_AND_ASSIGN(
      const auto found,
      ResolveHost("localhost", 2222, /*allow_private=*/true, Context()));

  const auto& storage = found.at(0).storage;
  const int port = storage.ss_family == AF_INET
                       ? reinterpret_cast<const sockaddr_in&>(storage).sin_port
                       : reinterpret_cast<const sockaddr_in6&>(storage).sin6_port;
  EXPECT_EQ(port, htons(2222));
}

TEST(ResolveHostTest, CancelledContextResolvesNothing) {
  const Context context;
  context.cancellation->Cancel();

  EXPECT_THAT(ResolveHost("localhost", 22, true, context),
              StatusIs(absl::StatusCode::kCancelled, reason::kCancelled));
}

TEST(ConnectToAnyTest, NextAddressIsTriedAfterOneThatRefuses) {
  const int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const UniqueFd owner(listener);
  SocketAddress good = Literal("127.0.0.1");
  reinterpret_cast<sockaddr_in&>(good.storage).sin_port = 0;
  ASSERT_EQ(bind(listener, reinterpret_cast<sockaddr*>(&good.storage), good.size), 0);
  ASSERT_EQ(listen(listener, 1), 0);
  getsockname(listener, reinterpret_cast<sockaddr*>(&good.storage), &good.size);
  // The same port of another loopback address, where nobody listens.
  SocketAddress bad = good;
  inet_pton(AF_INET, "127.0.0.2",
            &reinterpret_cast<sockaddr_in&>(bad.storage).sin_addr);

  EXPECT_OK(ConnectToAny({bad, good}, absl::Seconds(5), Context()));
  EXPECT_THAT(ConnectToAny({bad}, absl::Seconds(5), Context()),
              StatusIs(absl::StatusCode::kUnavailable, reason::kRemoteUnreachable));
}

}  // namespace
}  // namespace gitsync
