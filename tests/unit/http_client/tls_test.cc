#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "server/base/reason.h"
#include "tests/support/status_matchers.h"
#include "tests/unit/http_client/http_fixture.h"

namespace gitsync {
namespace {

using testing::HasSubstr;
using testing::Not;

// Asks a server with a canary in the request; nothing of it may get there.
absl::Status AskWithCanary(const TestTlsServer& server, HttpRequest request) {
  request.authorization = Secret("Basic canary");
  HttpClient client(LoopbackHttp());
  const absl::Status status = client.Send(request, Context()).status();
  EXPECT_THAT(server.Received(), Not(HasSubstr("canary")));
  EXPECT_THAT(status.ToString(), Not(HasSubstr("canary")));
  return status;
}

void AnswerAnything(TestConnection& connection) {
  connection.ReadHead();
  connection.Answer("200 OK", "", "");
}

struct TlsCase {
  const char* name;
  TestTlsOptions options;
  bool own_ca = true;
  const char* words;
};

class TlsTest : public testing::TestWithParam<TlsCase> {};

TEST_P(TlsTest, IsRefusedBeforeAnythingIsSent) {
  TestTlsServer server(GetParam().options, AnswerAnything);
  HttpRequest request = RequestOf(server);
  if (!GetParam().own_ca) request.ca_certificate.clear();

  const absl::Status status = AskWithCanary(server, request);

  EXPECT_THAT(status, StatusIs(absl::StatusCode::kFailedPrecondition,
                               reason::kRemoteTlsFailed));
  EXPECT_THAT(std::string(status.message()), HasSubstr(GetParam().words));
}

INSTANTIATE_TEST_SUITE_P(
    All, TlsTest,
    testing::Values(
        TlsCase{"SystemAuthorities", RightCertificate(), false, "caCertificate"},
        TlsCase{"OtherAuthority", {TestCa().Issue(), 0}, true, "caCertificate"},
        TlsCase{"OtherName",
                {SharedCa().Issue({"DNS:other.example", "IP:127.0.0.2"}), 0},
                true,
                "another host name"},
        TlsCase{"Expired",
                {SharedCa().Issue({"IP:127.0.0.1"}, absl::Now() - absl::Hours(48)), 0},
                true,
                "has expired"},
        TlsCase{"NotYetValid",
                {SharedCa().Issue({"IP:127.0.0.1"}, absl::Now() + absl::Hours(48)), 0},
                true,
                "not valid yet"},
        TlsCase{"Tls10", {SharedCa().Issue(), TLS1_VERSION}, true, "TLS 1.2"},
        TlsCase{"Tls11", {SharedCa().Issue(), TLS1_1_VERSION}, true, "TLS 1.2"}),
    [](const auto& test) { return test.param.name; });

TEST(TlsTest, Tls12IsEnough) {
  TestTlsServer server({SharedCa().Issue(), TLS1_2_VERSION}, AnswerAnything);
  HttpClient client(LoopbackHttp());

  EXPECT_OK(client.Send(RequestOf(server), Context()));
}

TEST(TlsTest, GivenAuthorityReplacesTheSystems) {
  TestTlsServer server(RightCertificate(), AnswerAnything);
  HttpRequest request = RequestOf(server);
  request.ca_certificate = TestCa().certificate();

  EXPECT_THAT(
      AskWithCanary(server, request),
      StatusIs(absl::StatusCode::kFailedPrecondition, reason::kRemoteTlsFailed));
}

TEST(TlsTest, ServerWithoutTlsIsToldApart) {
  TestTlsServer server({}, [](TestConnection& connection) {
    connection.ReadBytes(10);
    connection.Send("HTTP/1.1 400 Bad Request\r\n\r\n");
  });

  const absl::Status status = AskWithCanary(server, RequestOf(server));

  EXPECT_THAT(status, StatusIs(absl::StatusCode::kFailedPrecondition,
                               reason::kRemoteTlsFailed));
  EXPECT_THAT(std::string(status.message()), HasSubstr("does not speak TLS"));
}

TEST(TlsTest, ServerThatHangsUpIsUnreachable) {
  TestTlsServer server({}, [](TestConnection& connection) { connection.ReadBytes(1); });

  EXPECT_THAT(AskWithCanary(server, RequestOf(server)),
              StatusIs(absl::StatusCode::kUnavailable, reason::kRemoteUnreachable));
}

TEST(TlsTest, UnreadableAuthorityIsToldApart) {
  TestTlsServer server(RightCertificate(), AnswerAnything);
  HttpRequest request = RequestOf(server);
  request.ca_certificate = "no PEM";

  const absl::Status status = AskWithCanary(server, request);

  EXPECT_THAT(status, StatusIs(absl::StatusCode::kFailedPrecondition,
                               reason::kRemoteTlsFailed));
  EXPECT_THAT(std::string(status.message()), HasSubstr("caCertificate"));
}

}  // namespace
}  // namespace gitsync
