#include "server/http_client/http_client.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <thread>
#include <vector>

#include "absl/synchronization/notification.h"
#include "server/base/reason.h"
#include "tests/support/status_matchers.h"
#include "tests/support/test_names.h"
#include "tests/unit/http_client/http_fixture.h"

namespace gitsync {
namespace {

using testing::HasSubstr;
using testing::Not;

TEST(HttpClientTest, AnswerHasStatusHeadersAndBody) {
  TestTlsServer server(RightCertificate(), [](TestConnection& connection) {
    connection.ReadHead();
    connection.Answer("404 Not Found", "X-Some: thing \r\nDate: today\r\n", "no such");
  });
  HttpClient client(LoopbackHttp());

  const auto answer = client.Send(RequestOf(server, "/a?b=c"), Context());

  ASSERT_OK(answer);
  EXPECT_EQ(answer->status, 404);
  EXPECT_EQ(answer->Header("x-some"), "thing");
  EXPECT_EQ(answer->Header("date"), "today");
  EXPECT_EQ(answer->Header("none"), "");
  EXPECT_EQ(answer->body, "no such");
  EXPECT_THAT(server.Received(), HasSubstr("GET /a?b=c HTTP/1.1\r\n"));
  EXPECT_THAT(server.Received(), HasSubstr("User-Agent: gitsync\r\n"));
  EXPECT_THAT(server.Received(), Not(HasSubstr("Authorization")));
}

TEST(HttpClientTest, BodyAndHeadersAreSent) {
  TestTlsServer server(RightCertificate(), [](TestConnection& connection) {
    connection.ReadHead();
    connection.Answer("201 Created", "", connection.ReadBytes(5));
  });
  HttpClient client(LoopbackHttp());
  HttpRequest request = RequestOf(server);
  request.method = "POST";
  request.headers = {{"Content-Type", "application/json"}, {"Accept", "text/x"}};
  request.authorization = Secret("Bearer canary");
  request.body = "12345";

  const auto answer = client.Send(request, Context());

  ASSERT_OK(answer);
  EXPECT_EQ(answer->status, 201);
  EXPECT_EQ(answer->body, "12345");
  for (const char* line : {"POST / HTTP/1.1\r\n", "Content-Type: application/json\r\n",
                           "Accept: text/x\r\n", "Authorization: Bearer canary\r\n",
                           "Content-Length: 5\r\n"}) {
    EXPECT_THAT(server.Received(), HasSubstr(line));
  }
  EXPECT_THAT(server.Received(), Not(HasSubstr("Expect")));
}

TEST(HttpClientTest, EmptyPostHasALength) {
  TestTlsServer server(RightCertificate(), [](TestConnection& connection) {
    connection.ReadHead();
    connection.Answer("200 OK", "", "");
  });
  HttpClient client(LoopbackHttp());
  HttpRequest request = RequestOf(server);
  request.method = "POST";

  ASSERT_OK(client.Send(request, Context()));

  EXPECT_THAT(server.Received(), HasSubstr("Content-Length: 0\r\n"));
}

TEST(HttpClientTest, InterimAnswersAndTrailersAreLeftOut) {
  TestTlsServer server(RightCertificate(), [](TestConnection& connection) {
    connection.ReadHead();
    connection.Send(
        "HTTP/1.1 103 Early Hints\r\nLink: early\r\n\r\n"
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
        "3\r\nabc\r\n0\r\nLate: yes\r\n\r\n");
  });
  HttpClient client(LoopbackHttp());

  const auto answer = client.Send(RequestOf(server), Context());

  ASSERT_OK(answer);
  EXPECT_EQ(answer->status, 200);
  EXPECT_EQ(answer->body, "abc");
  EXPECT_EQ(answer->Header("link"), "");
  EXPECT_EQ(answer->Header("late"), "");
}

TEST(HttpClientTest, RedirectIsAnAnswerAndNotFollowed) {
  TestTlsServer target({}, [](TestConnection&) {});
  TestTlsServer server(RightCertificate(), [&](TestConnection& connection) {
    connection.ReadHead();
    connection.Answer(
        "302 Found",
        absl::StrCat("Location: http://127.0.0.1:", target.port(), "/\r\n"), "");
  });
  HttpClient client(LoopbackHttp());

  const auto answer = client.Send(RequestOf(server), Context());

  ASSERT_OK(answer);
  EXPECT_EQ(answer->status, 302);
  EXPECT_EQ(target.Connections(), 0);
}

// Answers requests until the client goes.
void AnswerAll(TestConnection& connection) {
  while (!connection.ReadHead().empty()) connection.Answer("200 OK", "", "fine");
}

TEST(HttpClientTest, ConnectionIsUsedAgain) {
  TestTlsServer server(RightCertificate(), AnswerAll);
  HttpClient client(LoopbackHttp());

  for (int i = 0; i < 3; ++i) ASSERT_OK(client.Send(RequestOf(server), Context()));

  EXPECT_EQ(server.Connections(), 1);
}

TEST(HttpClientTest, OtherConnectionIdOrAuthorityGetsItsOwnConnection) {
  TestTlsServer server(RightCertificate(), AnswerAll);
  HttpClient client(LoopbackHttp());
  HttpRequest other = RequestOf(server);
  other.connection_id = "another";
  HttpRequest trusting = RequestOf(server);
  trusting.ca_certificate += TestCa().certificate();

  for (int i = 0; i < 2; ++i) {
    ASSERT_OK(client.Send(RequestOf(server), Context()));
    ASSERT_OK(client.Send(other, Context()));
    ASSERT_OK(client.Send(trusting, Context()));
  }

  EXPECT_EQ(server.Connections(), 3);
}

TEST(HttpClientTest, ClosedClientKeepsNoConnection) {
  TestTlsServer server(RightCertificate(), AnswerAll);
  HttpClient client(LoopbackHttp());
  ASSERT_OK(client.Send(RequestOf(server), Context()));

  client.Close();
  ASSERT_OK(client.Send(RequestOf(server), Context()));
  ASSERT_OK(client.Send(RequestOf(server), Context()));

  EXPECT_EQ(server.Connections(), 3);
}

TEST(HttpClientTest, ConnectionThatWasClosedMeanwhileIsReplaced) {
  TestTlsServer server(RightCertificate(), [](TestConnection& connection) {
    connection.ReadHead();
    connection.ReadBytes(1);
    connection.Answer("200 OK", "", "once");
  });
  HttpClient client(LoopbackHttp());
  HttpRequest request = RequestOf(server);
  request.method = "POST";
  request.body = "x";

  for (int i = 0; i < 3; ++i) {
    ASSERT_OK(client.Send(request, Context()));
    server.WaitForEnds();
  }

  EXPECT_EQ(server.Connections(), 3);
}

// Answers the first request of each connection, and ends or halts at the second.
TestTlsServer::Handler DeadAtSecondRequest(bool silent) {
  return [silent](TestConnection& connection) {
    connection.ReadHead();
    connection.Answer("200 OK", "", "first");
    connection.ReadHead();
    if (silent) connection.WaitForClose();
  };
}

TEST(HttpClientTest, RepeatableRequestOnADeadConnectionIsSentAgain) {
  TestTlsServer server(RightCertificate(), DeadAtSecondRequest(false));
  HttpClient client(LoopbackHttp());
  HttpRequest request = RequestOf(server);
  request.method = "POST";
  request.body = "whole-body";
  request.repeatable = true;
  ASSERT_OK(client.Send(RequestOf(server), Context()));

  const auto answer = client.Send(request, Context());

  ASSERT_OK(answer);
  EXPECT_EQ(answer->body, "first");
  EXPECT_EQ(server.Connections(), 2);
}

TEST(HttpClientTest, RepeatableRequestOnASilentConnectionIsSentAgain) {
  TestTlsServer server(RightCertificate(), DeadAtSecondRequest(true));
  HttpOptions options = LoopbackHttp();
  options.stall_limit = absl::Seconds(2);
  HttpClient client(options);
  HttpRequest request = RequestOf(server);
  request.repeatable = true;
  ASSERT_OK(client.Send(request, Context()));

  EXPECT_OK(client.Send(request, Context()));

  EXPECT_EQ(server.Connections(), 2);
}

TEST(HttpClientTest, OtherBodyIsNeverSentTwice) {
  TestTlsServer server(RightCertificate(), [](TestConnection& connection) {
    while (absl::StartsWith(connection.ReadHead(), "GET")) {
      connection.Answer("200 OK", "", "");
    }
    connection.ReadBytes(9);
  });
  HttpClient client(LoopbackHttp());
  ASSERT_OK(client.Send(RequestOf(server), Context()));
  HttpRequest request = RequestOf(server);
  request.method = "POST";
  request.body = "only-once";

  const auto answer = client.Send(request, Context());

  EXPECT_THAT(answer,
              StatusIs(absl::StatusCode::kUnavailable, reason::kRemoteUnreachable));
  EXPECT_EQ(Count(server.Received(), "only-once"), 1);
}

class BadAnswerTest : public testing::TestWithParam<std::pair<const char*, int>> {};

// Whatever a length or an end that is missing promises, nothing is taken for whole that
// was cut off.
TEST_P(BadAnswerTest, IsAnError) {
  const std::string answer = GetParam().first;
  TestTlsServer server(RightCertificate(), [&answer](TestConnection& connection) {
    connection.ReadHead();
    connection.Send(answer);
  });
  HttpClient client(LoopbackHttp());

  const auto got = client.Send(RequestOf(server), Context());

  EXPECT_EQ(static_cast<int>(got.status().code()), GetParam().second) << got.status();
}

constexpr int kBroken = static_cast<int>(absl::StatusCode::kUnavailable);
constexpr int kNoHttp = static_cast<int>(absl::StatusCode::kInternal);
INSTANTIATE_TEST_SUITE_P(
    All, BadAnswerTest,
    testing::Values(
        std::pair("", kBroken), std::pair("HTTP/1.1 200 OK\r\nA: b\r\n", kBroken),
        std::pair("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nshort", kBroken),
        std::pair("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab",
                  kBroken),
        std::pair("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n",
                  kBroken),
        std::pair("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
                  kBroken),
        std::pair("SSH-2.0-OpenSSH_9.2\r\n", kNoHttp)),
    [](const auto& test) { return TestNameOf(test.param.first, test.index); });

TEST(HttpClientTest, EndlessHeadIsAnError) {
  TestTlsServer server(RightCertificate(), [](TestConnection& connection) {
    connection.ReadHead();
    connection.Send("HTTP/1.1 200 OK\r\n");
    for (int i = 0; i < 2000; ++i) {
      connection.Send(absl::StrCat("X-", i, ": ", std::string(100, 'x'), "\r\n"));
    }
  });
  HttpClient client(LoopbackHttp());

  EXPECT_THAT(client.Send(RequestOf(server), Context()),
              StatusIs(absl::StatusCode::kInternal, reason::kRemoteProtocolError));
}

TEST(HttpClientTest, LongBodyIsAnError) {
  TestTlsServer server(RightCertificate(), [](TestConnection& connection) {
    connection.ReadHead();
    connection.Answer("200 OK", "", std::string(1001, 'x'));
  });
  HttpClient client(LoopbackHttp());

  EXPECT_THAT(client.Send(RequestOf(server), Context(), 1000),
              StatusIs(absl::StatusCode::kInternal, reason::kRemoteProtocolError));
  EXPECT_OK(client.Send(RequestOf(server), Context(), 1001));
}

TEST(HttpClientTest, SilentServerTimesOut) {
  TestTlsServer server(RightCertificate(),
                       [](TestConnection& connection) { connection.WaitForClose(); });
  HttpOptions options = LoopbackHttp();
  options.stall_limit = absl::Milliseconds(200);
  HttpClient client(options);

  const auto answer = client.Send(RequestOf(server), Context());

  EXPECT_THAT(answer,
              StatusIs(absl::StatusCode::kDeadlineExceeded, reason::kRemoteTimeout));
  EXPECT_THAT(std::string(answer.status().message()), HasSubstr("silent"));
}

TEST(HttpClientTest, TricklingServerTimesOut) {
  absl::Notification over;
  TestTlsServer server(RightCertificate(), [&over](TestConnection& connection) {
    connection.ReadHead();
    connection.Send("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n");
    while (!over.WaitForNotificationWithTimeout(absl::Milliseconds(2500))) {
      connection.Send("x");
    }
  });
  HttpOptions options = LoopbackHttp();
  options.stall_limit = absl::Seconds(3);
  HttpClient client(options);

  const auto answer = client.Send(RequestOf(server), Context());
  over.Notify();

  EXPECT_THAT(answer,
              StatusIs(absl::StatusCode::kDeadlineExceeded, reason::kRemoteTimeout));
}

TEST(HttpClientTest, DeadlineEndsTheWait) {
  TestTlsServer server(RightCertificate(),
                       [](TestConnection& connection) { connection.WaitForClose(); });
  HttpClient client(LoopbackHttp());

  EXPECT_THAT(
      client.Send(RequestOf(server),
                  Context().WithDeadline(absl::Now() + absl::Milliseconds(200))),
      EndedByDeadline());
}

TEST(HttpClientTest, CancellationEndsTheWait) {
  const Context context;
  TestTlsServer server(RightCertificate(), [&context](TestConnection& connection) {
    connection.ReadHead();
    context.cancellation->Cancel();
    connection.WaitForClose();
  });
  HttpClient client(LoopbackHttp());

  EXPECT_THAT(client.Send(RequestOf(server), context),
              StatusIs(absl::StatusCode::kCancelled, reason::kCancelled));
}

TEST(HttpClientTest, PrivateAddressIsRefusedBeforeConnecting) {
  TestTlsServer server(RightCertificate(), AnswerAll);
  HttpOptions options = LoopbackHttp();
  options.allow_private = false;
  HttpClient client(options);
  HttpRequest named = RequestOf(server);
  named.url = absl::StrCat("https://localhost:", server.port());

  for (const HttpRequest& request : {RequestOf(server), named}) {
    EXPECT_THAT(
        client.Send(request, Context()),
        StatusIs(absl::StatusCode::kPermissionDenied, reason::kRemoteAddressRefused));
  }
  EXPECT_EQ(server.Connections(), 0);
}

TEST(HttpClientTest, NobodyListeningIsUnreachable) {
  int port = 0;
  {
    TestTlsServer server({}, AnswerAll);
    port = server.port();
  }
  HttpClient client(LoopbackHttp());
  HttpRequest request;
  request.url = absl::StrCat("https://127.0.0.1:", port);

  const auto answer = client.Send(request, Context());

  EXPECT_THAT(answer,
              StatusIs(absl::StatusCode::kUnavailable, reason::kRemoteUnreachable));
  EXPECT_THAT(std::string(answer.status().message()), HasSubstr("refused"));
}

TEST(HttpClientTest, OtherUrlsAreRefused) {
  HttpClient client(LoopbackHttp());
  for (const char* url : {"http://127.0.0.1/", "ftp://127.0.0.1/", "file:///etc/passwd",
                          "https://user:password@127.0.0.1/", "127.0.0.1", ""}) {
    HttpRequest request;
    request.url = url;
    EXPECT_THAT(client.Send(request, Context()),
                StatusIs(absl::StatusCode::kInvalidArgument, reason::kInvalidRequest))
        << url;
  }
}

TEST(HttpClientTest, ThreadsShareTheClient) {
  TestTlsServer server(RightCertificate(), AnswerAll);
  HttpClient client(LoopbackHttp());
  std::atomic<int> good = 0;
  std::vector<std::thread> threads;

  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&] {
      for (int round = 0; round < 5; ++round) {
        good += client.Send(RequestOf(server), Context()).ok() ? 1 : 0;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();

  EXPECT_EQ(good, 40);
  EXPECT_LE(server.Connections(), 8);
}

}  // namespace
}  // namespace gitsync
