#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>

#include "server/base/reason.h"
#include "tests/support/status_matchers.h"
#include "tests/unit/http_client/http_fixture.h"

namespace gitsync {
namespace {

using testing::HasSubstr;
using testing::Not;

void AnswerFine(TestConnection& connection) {
  while (!connection.ReadHead().empty()) connection.Answer("200 OK", "", "fine");
}

HttpOptions Through(const TestTlsServer& proxy, const std::string& bypass = "") {
  HttpOptions options = LoopbackHttp();
  options.proxy = {absl::StrCat("http://127.0.0.1:", proxy.port()), bypass};
  return options;
}

TEST(ProxyTest, TunnelIsAskedForAndSeesNoSecret) {
  TestTlsServer server({SharedCa().Issue({"DNS:git.example"}), 0}, AnswerFine);
  TestTlsServer proxy({}, [&server](TestConnection& connection) {
    connection.ReadHead();
    connection.Send("HTTP/1.1 200 Connected\r\nX-Of-Proxy: yes\r\n\r\n");
    connection.Tunnel(server.port());
  });
  HttpOptions options = Through(proxy);
  // Only the proxy can find the host, and whether its address is private is not ours to
  // judge.
  options.allow_private = false;
  HttpClient client(options);
  HttpRequest request = RequestOf(server);
  request.url = "https://git.example/a";
  request.authorization = Secret("Basic canary");

  for (int i = 0; i < 2; ++i) {
    const auto answer = client.Send(request, Context());
    ASSERT_OK(answer);
    EXPECT_EQ(answer->body, "fine");
    EXPECT_EQ(answer->Header("x-of-proxy"), "");
  }

  EXPECT_EQ(proxy.Connections(), 1);
  EXPECT_THAT(proxy.Received(), HasSubstr("CONNECT git.example:443 HTTP/1.1\r\n"));
  EXPECT_THAT(proxy.Received(), Not(HasSubstr("canary")));
  EXPECT_THAT(server.Received(), HasSubstr("canary"));
}

TEST(ProxyTest, RefusalIsToldApart) {
  TestTlsServer proxy({}, [](TestConnection& connection) {
    connection.ReadHead();
    connection.Answer("403 Forbidden", "", "not that host");
  });
  HttpClient client(Through(proxy));
  HttpRequest request;
  request.url = "https://git.example/a";
  request.authorization = Secret("Basic canary");

  const auto answer = client.Send(request, Context());

  EXPECT_THAT(answer,
              StatusIs(absl::StatusCode::kUnavailable, reason::kRemoteUnreachable));
  EXPECT_THAT(std::string(answer.status().message()), HasSubstr("HTTP 403"));
  EXPECT_THAT(proxy.Received(), Not(HasSubstr("canary")));
  EXPECT_THAT(proxy.Received(), Not(HasSubstr("Authorization")));
}

TEST(ProxyTest, UnreachableProxyIsUnavailable) {
  HttpOptions options = LoopbackHttp();
  options.proxy.url = "http://127.0.0.1:1";
  HttpClient client(options);
  HttpRequest request;
  request.url = "https://git.example/a";

  EXPECT_THAT(client.Send(request, Context()),
              StatusIs(absl::StatusCode::kUnavailable, reason::kRemoteUnreachable));
}

TEST(ProxyTest, BypassedHostIsAskedDirectlyAndItsAddressChecked) {
  TestTlsServer server(RightCertificate(), AnswerFine);
  TestTlsServer proxy({}, [](TestConnection&) {});
  HttpOptions options = Through(proxy, "127.0.0.1");
  HttpClient client(options);
  options.allow_private = false;
  HttpClient strict(options);

  EXPECT_OK(client.Send(RequestOf(server), Context()));
  EXPECT_THAT(
      strict.Send(RequestOf(server), Context()),
      StatusIs(absl::StatusCode::kPermissionDenied, reason::kRemoteAddressRefused));
  EXPECT_EQ(proxy.Connections(), 0);
}

TEST(ProxyTest, BypassListsNamesSubdomainsAndAddresses) {
  const HttpProxy proxy = {"http://proxy:3128",
                           "one.example, .Two.example 10.0.0.1,[::1]"};
  for (const char* host : {"one.example", "a.one.example", "two.example",
                           "b.a.two.example", "10.0.0.1", "::1", "ONE.example"}) {
    EXPECT_FALSE(proxy.Serves(host)) << host;
  }
  for (const char* host : {"example", "someone.example", "one.example.com", "10.0.0.10",
                           "three.example"}) {
    EXPECT_TRUE(proxy.Serves(host)) << host;
  }
  EXPECT_FALSE((HttpProxy{"http://proxy", "*"}.Serves("any.example")));
  EXPECT_FALSE((HttpProxy{"", ""}.Serves("any.example")));
}

TEST(ProxyTest, EnvironmentNamesItInEitherCase) {
  for (const char* name : {"https_proxy", "HTTPS_PROXY", "no_proxy", "NO_PROXY"}) {
    unsetenv(name);
  }
  EXPECT_EQ(HttpProxy::FromEnvironment().url, "");
  setenv("HTTPS_PROXY", "http://upper", 1);
  setenv("NO_PROXY", "a", 1);
  EXPECT_EQ(HttpProxy::FromEnvironment().url, "http://upper");
  EXPECT_EQ(HttpProxy::FromEnvironment().bypass, "a");
  setenv("https_proxy", "http://lower", 1);
  EXPECT_EQ(HttpProxy::FromEnvironment().url, "http://lower");
}

}  // namespace
}  // namespace gitsync
