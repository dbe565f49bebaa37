// What remotes answer that do not do what was asked of them.

#include "server/git/transport/https_refusal.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <optional>
#include <string>
#include <tuple>

#include "absl/strings/str_cat.h"
#include "server/base/error.h"
#include "server/base/reason.h"
#include "server/git/transport/next_try.h"
#include "tests/support/status_matchers.h"
#include "tests/support/test_names.h"
#include "tests/support/test_tls_server.h"
#include "tests/unit/git/transport/https_fixture.h"

namespace gitsync {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

std::string UrlOf(const TestTlsServer& server) {
  return absl::StrCat("https://127.0.0.1:", server.port(), "/team/a.git");
}

// Answers every request so.
TestTlsServer::Handler Always(const std::string& status, const std::string& headers,
                              const std::string& body = "") {
  return [=](TestConnection& connection) {
    while (!connection.ReadHead().empty()) connection.Answer(status, headers, body);
  };
}

// How long the error says to wait, in seconds; -1 if it does not.
int64_t WaitOf(const absl::Status& status) {
  const std::optional<absl::Duration> delay = RetryDelayOf(status);
  return delay.has_value() ? absl::ToInt64Seconds(*delay) : -1;
}

struct RefusalCase {
  std::string status;
  std::string headers;
  absl::StatusCode code;
  absl::string_view reason;
  GitService service = GitService::kUploadPack;
  int64_t wait = -1;
};

class HttpsStatusTest : public testing::TestWithParam<RefusalCase> {};

TEST_P(HttpsStatusTest, IsAnErrorOfItsOwn) {
  const RefusalCase& answer = GetParam();
  TestTlsServer server(
      {OurCa().Issue(), 0},
      Always(answer.status, answer.headers + "Content-Type: text/plain\r\n",
             "remote: because\n"));
  TestHttps transport;

  const auto text =
      Advertised(transport, HttpsRemote(UrlOf(server), "canary"), answer.service);

  EXPECT_THAT(text, StatusIs(answer.code, answer.reason));
  EXPECT_THAT(text.status().ToString(),
              AllOf(HasSubstr(absl::StrCat("HTTP ", answer.status.substr(0, 3))),
                    Not(HasSubstr("canary"))));
  EXPECT_EQ(WaitOf(text.status()), answer.wait);
}

using Code = absl::StatusCode;
INSTANTIATE_TEST_SUITE_P(
    All, HttpsStatusTest,
    testing::Values(
        RefusalCase{"401 Unauthorized", "", Code::kUnauthenticated,
                    reason::kRemoteAuthFailed},
        RefusalCase{"403 Forbidden", "", Code::kUnauthenticated,
                    reason::kRemoteAuthFailed},
        RefusalCase{"403 Forbidden", "", Code::kPermissionDenied,
                    reason::kRemoteReadOnly, GitService::kReceivePack},
        RefusalCase{"403 Forbidden", "Retry-After: 7\r\n", Code::kResourceExhausted,
                    reason::kRemoteRateLimited, GitService::kReceivePack, 7},
        RefusalCase{"403 Forbidden", "X-RateLimit-Remaining: 0\r\n",
                    Code::kResourceExhausted, reason::kRemoteRateLimited,
                    GitService::kUploadPack, 60},
        RefusalCase{"404 Not Found", "", Code::kNotFound,
                    reason::kRemoteRepositoryNotFound},
        RefusalCase{"410 Gone", "", Code::kNotFound, reason::kRemoteRepositoryNotFound},
        RefusalCase{"411 Length Required", "", Code::kFailedPrecondition,
                    reason::kRemoteRejected},
        RefusalCase{"413 Too Large", "", Code::kFailedPrecondition,
                    reason::kRemoteRejected},
        RefusalCase{"400 Bad Request", "", Code::kFailedPrecondition,
                    reason::kRemoteRejected},
        RefusalCase{"429 Too Many Requests", "Retry-After: 30\r\n",
                    Code::kResourceExhausted, reason::kRemoteRateLimited,
                    GitService::kUploadPack, 30},
        RefusalCase{"429 Too Many Requests", "", Code::kResourceExhausted,
                    reason::kRemoteRateLimited, GitService::kUploadPack, 60},
        RefusalCase{"503 Unavailable", "Retry-After: 5\r\n", Code::kUnavailable,
                    reason::kRemoteUnreachable, GitService::kUploadPack, 5},
        RefusalCase{"503 Unavailable", "", Code::kUnavailable,
                    reason::kRemoteUnreachable},
        RefusalCase{"500 Oops", "", Code::kUnavailable, reason::kRemoteUnreachable},
        RefusalCase{"301 Moved", "Location: https://other.example/x?token=y\r\n",
                    Code::kNotFound, reason::kRemoteRepositoryNotFound},
        RefusalCase{"204 No Content", "", Code::kInternal,
                    reason::kRemoteProtocolError}),
    [](const auto& test) {
      const char* const service =
          test.param.service == GitService::kUploadPack ? "Read" : "Write";
      return absl::StrCat(
          service,
          TestNameOf(absl::StrCat(test.param.status, test.param.headers), test.index));
    });

absl::Status RefusalOf(const std::string& status, const std::string& headers,
                       const std::string& body = "") {
  TestTlsServer server({OurCa().Issue(), 0}, Always(status, headers, body));
  TestHttps transport;
  return Advertised(transport, HttpsRemote(UrlOf(server), "canary")).status();
}

TEST(HttpsRefusalTest, RemotesWordsArePartOfTheError) {
  EXPECT_THAT(RefusalOf("403 Forbidden", "Content-Type: text/plain; charset=utf-8\r\n",
                        "remote: the team is over its quota\n\x1b[31m")
                  .ToString(),
              AllOf(HasSubstr("over its quota"), Not(HasSubstr("\x1b"))));
}

TEST(HttpsRefusalTest, WordsWithTheTokenAreNotQuoted) {
  for (const char* echo :
       {"you sent canary", "Authorization: Basic dXNlcjpjYW5hcnk="}) {
    const absl::Status status =
        RefusalOf("403 Forbidden", "Content-Type: text/plain\r\n", echo);

    EXPECT_THAT(status.ToString(),
                AllOf(Not(HasSubstr("canary")), Not(HasSubstr("dXNlcjpjYW5hcnk"))));
  }
}

TEST(HttpsRefusalTest, PageWhereGitWasExpectedIsAProtocolErrorThatQuotesIt) {
  const absl::Status status =
      RefusalOf("200 OK", "Content-Type: text/html\r\n",
                "<html><style>p{}</style><p class='x'>Sign &amp; go</html>");

  EXPECT_THAT(status, StatusIs(Code::kInternal, reason::kRemoteProtocolError));
  EXPECT_THAT(std::string(status.message()),
              AllOf(HasSubstr("text/html"), HasSubstr("said: Sign & go"),
                    Not(HasSubstr("p{}")), Not(HasSubstr("class"))));
}

TEST(HttpsRefusalTest, RedirectsTargetIsNotAskedAndNamedWithoutItsQuery) {
  TestTlsServer target({OurCa().Issue(), 0}, Always("200 OK", ""));
  TestTlsServer plain({}, Always("200 OK", ""));
  const std::string refs = "/b.git/info/refs?service=git-upload-pack&key=hidden";
  const absl::Status host = RefusalOf(
      "302 Found", absl::StrCat("Location: https://u:hidden@localhost:", target.port(),
                                refs, "\r\n"));
  const absl::Status port = RefusalOf(
      "301 Moved",
      absl::StrCat("Location: https://127.0.0.1:", target.port(), refs, "\r\n"));
  const absl::Status open = RefusalOf(
      "307 Found",
      absl::StrCat("Location: http://127.0.0.1:", plain.port(), refs, "\r\n"));
  const absl::Status page =
      RefusalOf("303 Other", "Location: /users/sign_in?key=hidden#hidden\r\n");
  const absl::Status none = RefusalOf("302 Found", "");
  const absl::Status token = RefusalOf("302 Found", "Location: /canary/x\r\n");

  EXPECT_THAT(std::string(host.message()),
              HasSubstr(absl::StrCat("https://localhost:", target.port(), "/b.git ")));
  EXPECT_THAT(std::string(port.message()),
              HasSubstr(absl::StrCat("https://127.0.0.1:", target.port(), "/b.git ")));
  EXPECT_THAT(std::string(open.message()), HasSubstr("not https"));
  EXPECT_THAT(std::string(page.message()), HasSubstr("/users/sign_in "));
  EXPECT_THAT(std::string(none.message()), HasSubstr("not https"));
  EXPECT_THAT(std::string(token.message()), Not(HasSubstr("canary")));
  for (const absl::Status& status : {host, port, open, page, none, token}) {
    EXPECT_THAT(status, StatusIs(Code::kNotFound, reason::kRemoteRepositoryNotFound));
    EXPECT_THAT(status.ToString(), Not(HasSubstr("hidden")));
  }
  EXPECT_EQ(target.Connections(), 0);
  EXPECT_EQ(plain.Connections(), 0);
}

// Redirects /team/a.git to where a test wants it; serves /moved.git, and no /gone.git.
TestTlsServer::Handler RedirectTo(const std::string& location) {
  return [=](TestConnection& connection) {
    while (true) {
      const std::string head = connection.ReadHead();
      if (head.empty()) return;
      if (absl::StrContains(head, " /moved.git/info/refs?service=git-upload-pack ")) {
        connection.Answer(
            "200 OK", "Content-Type: application/x-git-upload-pack-advertisement\r\n",
            "001e# service=git-upload-pack\n00000000");
      } else if (absl::StrContains(head, " /gone.git/")) {
        connection.Answer("404 Not Found", "", "");
      } else {
        connection.Answer("301 Moved", absl::StrCat("Location: ", location, "\r\n"),
                          "moved");
      }
    }
  };
}

TEST(HttpsRefusalTest, RedirectToAnotherRepositoryOfTheHostIsFollowed) {
  for (const char* location :
       {"/moved.git/info/refs", "/moved.git/info/refs?service=git-upload-pack",
        "../../../moved.git/info/refs?token=x"}) {
    TestTlsServer server({OurCa().Issue(), 0}, RedirectTo(location));
    TestHttps transport;
    ASSERT_OK_AND_ASSIGN(
        auto stream,
        transport.Open(HttpsRemote(UrlOf(server)), GitService::kUploadPack, Context()));

    EXPECT_OK(ReadAdvertisement(*stream)) << location;

    EXPECT_EQ(stream->MovedTo(),
              absl::StrCat("https://127.0.0.1:", server.port(), "/moved.git"));
  }
}

TEST(HttpsRefusalTest, RedirectToWhatIsNotThereIsToldWithItsTarget) {
  TestTlsServer server({OurCa().Issue(), 0}, RedirectTo("/gone.git/info/refs"));
  TestHttps transport;

  const absl::Status refusal =
      Advertised(transport, HttpsRemote(UrlOf(server))).status();

  EXPECT_THAT(refusal, StatusIs(Code::kNotFound, reason::kRemoteRepositoryNotFound));
  EXPECT_THAT(std::string(refusal.message()), HasSubstr("/gone.git"));
}

TEST(HttpsRefusalTest, RedirectInACircleEnds) {
  TestTlsServer server({OurCa().Issue(), 0}, RedirectTo("/other.git/info/refs"));
  TestHttps transport;

  EXPECT_THAT(Advertised(transport, HttpsRemote(UrlOf(server))),
              StatusIs(Code::kNotFound, reason::kRemoteRepositoryNotFound));
}

TEST(HttpsRefusalTest, AppIsNamedInsteadOfTheToken) {
  Remote remote;
  remote.credentials = GitHubAppCredentials{"123", "456", Secret("key"), "id", "", ""};
  HttpResponse answer;
  answer.status = 404;

  EXPECT_THAT(HttpsRefusal(answer, "", "https://github.com/a/b",
                           GitService::kUploadPack, remote)
                  .ToString(),
              AllOf(HasSubstr("GitHub App 123"), HasSubstr("installation 456")));
}

class BadAdvertisementTest : public testing::TestWithParam<const char*> {};

TEST_P(BadAdvertisementTest, IsAProtocolError) {
  TestTlsServer server(
      {OurCa().Issue(), 0},
      Always("200 OK", "Content-Type: application/x-git-upload-pack-advertisement\r\n",
             GetParam()));
  TestHttps transport;

  EXPECT_THAT(Advertised(transport, HttpsRemote(UrlOf(server))),
              StatusIs(Code::kInternal, reason::kRemoteProtocolError));
}

INSTANTIATE_TEST_SUITE_P(All, BadAdvertisementTest,
                         testing::Values("", "001e# serv",
                                         "001f# service=git-upload-pack\n",
                                         "001e# service=git-upload-pack\n0001",
                                         "001e# service=git-upload-puck\n0000",
                                         "zzzz# service=git-upload-pack\n0000",
                                         "ffff# service=git-upload-pack\n0000", "0000"),
                         [](const auto& test) {
                           return TestNameOf(test.param, test.index);
                         });

constexpr char kGoodStart[] =
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n"
    "Content-Type: application/x-git-receive-pack-advertisement\r\n\r\n";

// Advertises an empty repository, reads the push and then answers so.
TestTlsServer::Handler AnswerThePush(const std::string& answer) {
  return [answer](TestConnection& connection) {
    while (absl::StartsWith(connection.ReadHead(), "GET")) {
      connection.Send(absl::StrCat(kGoodStart,
                                   "27\r\n001f# service=git-receive-pack\n0000"
                                   "0000\r\n0\r\n\r\n"));
    }
    connection.ReadBytes(6);
    connection.Send(answer);
  };
}

struct PushAnswer {
  const char* name;
  const char* answer;
  bool refused;
};

class PushAnswerTest : public testing::TestWithParam<PushAnswer> {};

TEST_P(PushAnswerTest, IsNoProofThatNothingWasTakenAndARefusalIfItIsOne) {
  TestTlsServer server({OurCa().Issue(), 0}, AnswerThePush(GetParam().answer));
  TestHttps transport;
  ASSERT_OK_AND_ASSIGN(
      auto stream,
      transport.Open(HttpsRemote(UrlOf(server)), GitService::kReceivePack, Context()));
  ASSERT_OK(ReadAdvertisement(*stream));
  ASSERT_OK(stream->Write("a push"));
  EXPECT_TRUE(stream->TookNothing());
  char buffer[100];

  absl::StatusOr<size_t> count = stream->Read(buffer, sizeof(buffer));
  while (count.ok() && *count > 0) count = stream->Read(buffer, sizeof(buffer));

  EXPECT_FALSE(count.ok());
  EXPECT_FALSE(stream->TookNothing());
  EXPECT_EQ(stream->Refused(), GetParam().refused) << count.status();
}

INSTANTIATE_TEST_SUITE_P(
    All, PushAnswerTest,
    testing::Values(
        PushAnswer{"Unauthorized", "HTTP/1.1 401 No\r\nContent-Length: 0\r\n\r\n",
                   true},
        PushAnswer{"Forbidden", "HTTP/1.1 403 No\r\nContent-Length: 0\r\n\r\n", true},
        PushAnswer{"NotFound", "HTTP/1.1 404 No\r\nContent-Length: 0\r\n\r\n", true},
        PushAnswer{"RequestTimeout", "HTTP/1.1 408 No\r\nContent-Length: 0\r\n\r\n",
                   false},
        PushAnswer{"Conflict", "HTTP/1.1 409 No\r\nContent-Length: 0\r\n\r\n", false},
        PushAnswer{"LengthRequired", "HTTP/1.1 411 No\r\nContent-Length: 0\r\n\r\n",
                   true},
        PushAnswer{"TooLarge", "HTTP/1.1 413 No\r\nContent-Length: 0\r\n\r\n", true},
        PushAnswer{"TooMany", "HTTP/1.1 429 No\r\nContent-Length: 0\r\n\r\n", true},
        PushAnswer{"ClientGone", "HTTP/1.1 499 No\r\nContent-Length: 0\r\n\r\n", false},
        PushAnswer{"Found", "HTTP/1.1 302 No\r\nContent-Length: 0\r\n\r\n", false},
        PushAnswer{"Moved", "HTTP/1.1 307 No\r\nContent-Length: 0\r\n\r\n", false},
        PushAnswer{"ServerError", "HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n",
                   false},
        PushAnswer{"BadGateway", "HTTP/1.1 502 No\r\nContent-Length: 0\r\n\r\n", false},
        PushAnswer{"Unavailable", "HTTP/1.1 503 No\r\nContent-Length: 0\r\n\r\n",
                   false},
        PushAnswer{"GatewayTimeout", "HTTP/1.1 504 No\r\nContent-Length: 0\r\n\r\n",
                   false},
        PushAnswer{"OriginTimeout", "HTTP/1.1 524 No\r\nContent-Length: 0\r\n\r\n",
                   false},
        PushAnswer{"Page",
                   "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n"
                   "Content-Length: 0\r\n\r\n",
                   false},
        PushAnswer{"CutReport",
                   "HTTP/1.1 200 OK\r\nContent-Length: 100\r\nContent-Type: "
                   "application/x-git-receive-pack-result\r\n\r\n0000",
                   false},
        PushAnswer{"CutHead", "HTTP/1.1 200", false}, PushAnswer{"Nothing", "", false}),
    [](const auto& answer) { return answer.param.name; });

TEST(HttpsRefusalTest, EmptyReportIsNoProofThatNothingWasTaken) {
  TestTlsServer server(
      {OurCa().Issue(), 0},
      AnswerThePush("HTTP/1.1 200 OK\r\nContent-Length: 0\r\nContent-Type: "
                    "application/x-git-receive-pack-result\r\n\r\n"));
  TestHttps transport;
  ASSERT_OK_AND_ASSIGN(
      auto stream,
      transport.Open(HttpsRemote(UrlOf(server)), GitService::kReceivePack, Context()));
  ASSERT_OK(ReadAdvertisement(*stream));
  ASSERT_OK(stream->Write("a push"));
  char buffer[100];

  ASSERT_OK_AND_ASSIGN(const size_t count, stream->Read(buffer, sizeof(buffer)));
  EXPECT_EQ(count, 0);
  EXPECT_OK(stream->Finish());

  EXPECT_FALSE(stream->TookNothing());
  EXPECT_FALSE(stream->Refused());
}

// Logins that change when they are refused.
class ChangingLogins : public HttpsLogins {
 public:
  absl::StatusOr<HttpsLogin> Get(const Remote&, const Context&) override {
    return HttpsLogin{"user", Secret(absl::StrCat("token", number_)),
                      absl::StrCat(number_)};
  }
  bool Reject(const Remote&, const HttpsLogin&) override {
    ++number_;
    return true;
  }

 private:
  int number_ = 1;
};

TEST(HttpsRefusalTest, RefusedLoginIsReplacedOnceWithoutNotice) {
  TestTlsServer server({OurCa().Issue(), 0}, [](TestConnection& connection) {
    while (true) {
      const std::string head = connection.ReadHead();
      if (head.empty()) return;
      // "user:token1".
      if (absl::StrContains(head, "dXNlcjp0b2tlbjE=")) {
        connection.Answer("401 Unauthorized", "", "");
      } else {
        connection.Answer(
            "200 OK", "Content-Type: application/x-git-upload-pack-advertisement\r\n",
            "001e# service=git-upload-pack\n00000000");
      }
    }
  });
  HttpClient http(OwnMachine());
  ChangingLogins logins;
  HttpsTransport transport(&http, &logins);

  EXPECT_OK(Advertised(transport, HttpsRemote(UrlOf(server))));

  TestTlsServer refusing({OurCa().Issue(), 0}, Always("401 No", ""));
  EXPECT_THAT(Advertised(transport, HttpsRemote(UrlOf(refusing))),
              StatusIs(Code::kUnauthenticated, reason::kRemoteAuthFailed));
  EXPECT_EQ(refusing.Connections(), 2);
}

TEST(HttpsRefusalTest, LoginThatIsRefusedWithThePushIsReplacedOnce) {
  std::atomic<int> pushes = 0;
  TestTlsServer server({OurCa().Issue(), 0}, [&pushes](TestConnection& connection) {
    while (true) {
      const std::string head = connection.ReadHead();
      if (head.empty()) return;
      if (absl::StartsWith(head, "GET")) {
        connection.Answer(
            "200 OK", "Content-Type: application/x-git-receive-pack-advertisement\r\n",
            "001f# service=git-receive-pack\n00000000");
        continue;
      }
      EXPECT_EQ(connection.ReadBytes(6), "a push");
      ++pushes;
      if (absl::StrContains(head, "dXNlcjp0b2tlbjE=")) {
        connection.Answer("401 Unauthorized", "", "");
      } else {
        connection.Answer("200 OK",
                          "Content-Type: application/x-git-receive-pack-result\r\n",
                          "report0000");
      }
    }
  });
  HttpClient http(OwnMachine());
  ChangingLogins logins;
  HttpsTransport transport(&http, &logins);
  ASSERT_OK_AND_ASSIGN(
      auto stream,
      transport.Open(HttpsRemote(UrlOf(server)), GitService::kReceivePack, Context()));
  ASSERT_OK(ReadAdvertisement(*stream));
  ASSERT_OK(stream->Write("a push"));

  const auto report = ReadAdvertisement(*stream);

  ASSERT_OK(report);
  EXPECT_EQ(*report, "report0000");
  EXPECT_OK(stream->Finish());
  EXPECT_EQ(pushes, 2);
}

// What was streamed can't be sent again, but the next push needs no pause.
TEST(HttpsRefusalTest, LoginThatIsRefusedWhileAPushIsStreamedIsReplaced) {
  constexpr size_t kStreamed = 2 << 20;
  TestTlsServer server({OurCa().Issue(), 0}, [](TestConnection& connection) {
    if (connection.ReadHead().empty()) return;
    connection.ReadBytes(kStreamed);
    connection.Answer("401 No", "", "");
    connection.WaitForClose();
  });
  HttpClient http(OwnMachine());
  ChangingLogins logins;
  HttpsTransport transport(&http, &logins);
  const Remote remote = HttpsRemote(UrlOf(server));
  ASSERT_OK_AND_ASSIGN(const auto stream, transport.OpenUnasked(remote, Context()));
  absl::Status refused = stream->Write(std::string(kStreamed, 'p'));
  if (refused.ok()) refused = ReadAdvertisement(*stream).status();
  ASSERT_THAT(refused, StatusIs(Code::kUnauthenticated, reason::kRemoteAuthFailed));

  EXPECT_OK(transport.OpenUnasked(remote, Context()));
  ASSERT_OK_AND_ASSIGN(const HttpsLogin login, logins.Get(remote, Context()));
  EXPECT_EQ(login.id, "2");
}

// Logins that can't be replaced once they are refused.
class RevokedLogins : public ChangingLogins {
 public:
  absl::StatusOr<HttpsLogin> Get(const Remote& remote,
                                 const Context& context) override {
    if (revoked_) {
      return Error(Code::kUnauthenticated, reason::kRemoteAuthFailed, "Revoked.")
          .ToStatus();
    }
    return ChangingLogins::Get(remote, context);
  }
  bool Reject(const Remote&, const HttpsLogin&) override { return revoked_ = true; }

 private:
  bool revoked_ = false;
};

TEST(HttpsRefusalTest, RefusedPushStaysRefusedIfThereIsNoOtherLogin) {
  TestTlsServer server({OurCa().Issue(), 0},
                       AnswerThePush("HTTP/1.1 401 No\r\nContent-Length: 0\r\n\r\n"));
  HttpClient http(OwnMachine());
  RevokedLogins logins;
  HttpsTransport transport(&http, &logins);
  ASSERT_OK_AND_ASSIGN(
      auto stream,
      transport.Open(HttpsRemote(UrlOf(server)), GitService::kReceivePack, Context()));
  ASSERT_OK(ReadAdvertisement(*stream));
  ASSERT_OK(stream->Write("a push"));

  EXPECT_THAT(ReadAdvertisement(*stream),
              StatusIs(Code::kUnauthenticated, reason::kRemoteAuthFailed));

  EXPECT_TRUE(stream->Refused());
  EXPECT_FALSE(stream->TookNothing());
}

// How the host came to refuse: asked what there is, or pushed to without being asked,
// by a request that was held, or by one that was streamed.
struct RefusedBy {
  const char* name;
  size_t pushed_bytes;
};

class LeftAloneTest
    : public testing::TestWithParam<std::tuple<const char*, RefusedBy>> {};

TEST_P(LeftAloneTest, HostThatRefusesALoginIsNotAskedAgainAtOnce) {
  const char* const status = std::get<0>(GetParam());
  const size_t pushed_bytes = std::get<1>(GetParam()).pushed_bytes;
  std::atomic<int> requests = 0;
  TestTlsServer server({OurCa().Issue(), 0}, [&](TestConnection& connection) {
    if (connection.ReadHead().empty()) return;
    ++requests;
    connection.ReadBytes(pushed_bytes);
    connection.Answer(status, "Retry-After: 40\r\n", "");
    connection.WaitForClose();
  });
  TestHttps transport;
  const Remote remote = HttpsRemote(UrlOf(server));
  absl::Status refused;
  if (pushed_bytes > 0) {
    ASSERT_OK_AND_ASSIGN(const auto stream, transport.OpenUnasked(remote, Context()));
    refused = stream->Write(std::string(pushed_bytes, 'p'));
    // What is streamed is refused while it is written, if not after.
    if (refused.ok()) refused = ReadAdvertisement(*stream).status();
  } else {
    refused = Advertised(transport, remote, GitService::kReceivePack).status();
  }
  ASSERT_FALSE(refused.ok());
  EXPECT_THAT(MetadataOf(refused, kNextTryTime), IsEmpty());

  const absl::Status again =
      Advertised(transport, remote, GitService::kReceivePack).status();

  EXPECT_THAT(again, StatusIs(refused.code(), ReasonOf(refused)));
  EXPECT_THAT(MetadataOf(again, kNextTryTime), Not(IsEmpty()));
  EXPECT_EQ(requests, 1);
}

INSTANTIATE_TEST_SUITE_P(
    All, LeftAloneTest,
    testing::Combine(testing::Values("401 No", "429 Later"),
                     testing::Values(RefusedBy{"Asked", 0}, RefusedBy{"ByPush", 6},
                                     RefusedBy{"ByLargePush", 2 << 20})),
    [](const auto& test) {
      return absl::StrCat(std::string(std::get<0>(test.param)).substr(4),
                          std::get<1>(test.param).name);
    });

}  // namespace
}  // namespace gitsync
