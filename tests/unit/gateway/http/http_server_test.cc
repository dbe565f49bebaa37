#include "server/gateway/http/http_server.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/notification.h"
#include "absl/time/clock.h"
#include "tests/support/raw_http.h"
#include "tests/support/status_matchers.h"

namespace gitsync::gateway {
namespace {

using testing::Contains;
using testing::HasSubstr;
using testing::Pair;

// What follows the target, up to the framing.
constexpr char kAuthorized[] = " HTTP/1.1\r\nHost: h\r\nAuthorization: Basic x\r\n";

// Answers with the request's target and body; "/refused" before the body, "/later" when
// told to, "/stream" in parts, "/stream-later" both, "/large" with 32 MiB, "/never" not
// at all.
class EchoHandler : public HttpHandler {
 public:
  HeadResult OnHead(HttpRequest request) override {
    ++heads;
    if (request.target == "/refused") {
      HttpResponse response;
      response.status = 404;
      response.body = "refused";
      return response;
    }
    return std::make_shared<Echo>(this, request.target);
  }

  std::atomic<int> heads{0};
  std::atomic<int> cancelled{0};
  absl::Notification release;
  absl::Notification working;

 private:
  class Echo : public HttpExchange {
   public:
    Echo(EchoHandler* handler, std::string target)
        : handler_(handler), target_(std::move(target)) {}
    ~Echo() override {
      if (thread_.joinable()) thread_.detach();
    }

    void Run(std::string body, std::shared_ptr<Responder> responder) override {
      if (target_ == "/never") {
        responder_ = responder;
        handler_->working.Notify();
        return;
      }
      if (target_ == "/stream") {
        responder->Start(HttpResponse());
        responder->Write("one\n", [responder] {
          responder->Write("two\n", [responder] { responder->Finish(); });
        });
        return;
      }
      if (target_ == "/later" || target_ == "/stream-later") {
        thread_ = std::thread([handler = handler_, responder, target = target_] {
          handler->working.Notify();
          handler->release.WaitForNotification();
          HttpResponse response;
          if (target == "/stream-later") {
            responder->Start(std::move(response));
            return responder->Write("later", [responder] { responder->Finish(); });
          }
          response.body = "later";
          responder->Send(std::move(response));
        });
        return;
      }
      HttpResponse response;
      response.log_level = LogLevel::kDebug;
      if (target_ == "/large") {
        response.body.assign(32 << 20, 'x');
        return responder->Send(std::move(response));
      }
      response.body = absl::StrCat(target_, "|", body.size() < 100 ? body : "",
                                   body.size() < 100 ? "" : absl::StrCat(body.size()));
      responder->Send(std::move(response));
    }
    void Cancel() override {
      ++handler_->cancelled;
      responder_.reset();
    }

   private:
    EchoHandler* const handler_;
    const std::string target_;
    std::shared_ptr<Responder> responder_;
    std::thread thread_;
  };
};

class HttpServerTest : public testing::Test {
 protected:
  void SetUp() override { StartServer(); }

  void StartServer() {
    server_.reset();
    options_.tick = absl::Milliseconds(20);
    absl::StatusOr<std::unique_ptr<HttpServer>> server =
        HttpServer::Start(&handler_, options_);
    ASSERT_OK(server);
    server_ = *std::move(server);
  }

  std::string endpoint() const { return absl::StrCat("127.0.0.1:", server_->port()); }
  RawHttp Connect() const { return RawHttp(endpoint()); }

  void ExpectRefused(absl::string_view bytes, int status, absl::string_view reason) {
    RawHttp http = Connect();
    http.Send(bytes);
    const HttpAnswer answer = http.Read();
    EXPECT_EQ(answer.status, status) << bytes.substr(0, 200);
    EXPECT_THAT(answer.body, HasSubstr(std::string(reason)));
    EXPECT_EQ(answer.headers.at("connection"), "close");
    EXPECT_EQ(answer.headers.at("x-content-type-options"), "nosniff");
    EXPECT_TRUE(http.AtEnd());
  }

  HttpServer::Options options_;
  EchoHandler handler_;
  std::unique_ptr<HttpServer> server_;
};

TEST_F(HttpServerTest, RequestsOfOneConnectionAreAnswered) {
  RawHttp http = Connect();

  const HttpAnswer first = http.Ask("GET /a");
  http.Send("POST /b HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nhello");
  const HttpAnswer second = http.Read();

  EXPECT_EQ(first.status, 200);
  EXPECT_EQ(first.body, "/a|");
  EXPECT_THAT(first.headers.at("date"), testing::EndsWith(" GMT"));
  EXPECT_EQ(first.headers.count("connection"), 0u);
  EXPECT_EQ(second.body, "/b|hello");
}

TEST_F(HttpServerTest, PipelinedRequestsAreAnsweredInOrder) {
  RawHttp http = Connect();
  std::string requests = "GET /later HTTP/1.1\r\nHost: h\r\n\r\n";
  for (int i = 0; i < 200; ++i) {
    absl::StrAppend(&requests, "POST /", i,
                    " HTTP/1.1\r\nHost: h\r\nContent-Length: ", i % 2, "\r\n\r\n",
                    i % 2 == 0 ? "" : "x");
  }

  http.Send(requests);
  handler_.working.WaitForNotification();
  EXPECT_EQ(handler_.heads, 1);
  handler_.release.Notify();

  EXPECT_EQ(http.Read().body, "later");
  for (int i = 0; i < 200; ++i) {
    EXPECT_EQ(http.Read().body, absl::StrCat("/", i, "|", i % 2 == 0 ? "" : "x"));
  }
}

TEST_F(HttpServerTest, RequestComesByteByByte) {
  RawHttp http = Connect();
  for (const char byte :
       std::string("\r\nPOST /b HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\nhi")) {
    http.Send(absl::string_view(&byte, 1));
  }
  EXPECT_EQ(http.Read().body, "/b|hi");
}

TEST_F(HttpServerTest, ChunkedBodyIsRead) {
  RawHttp http = Connect();
  http.Send(
      "POST /b HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"
      "3\r\nabc\r\n2\r\nde\r\n0\r\n\r\nGET /next HTTP/1.1\r\nHost: h\r\n\r\n");

  EXPECT_EQ(http.Read().body, "/b|abcde");
  EXPECT_EQ(http.Read().body, "/next|");
}

TEST_F(HttpServerTest, LargeBodiesAreReadInEitherForm) {
  const std::string body(5 << 20, 'x');
  RawHttp http = Connect();

  http.Send(absl::StrCat("POST /b", kAuthorized, "Content-Length: ", body.size(),
                         "\r\n\r\n"));
  http.Send(body);
  const HttpAnswer sized = http.Read();
  http.Send(absl::StrCat("POST /c", kAuthorized, "Transfer-Encoding: chunked\r\n\r\n",
                         absl::Hex(body.size()), "\r\n"));
  http.Send(body);
  http.Send("\r\n0\r\n\r\n");

  EXPECT_EQ(sized.body, absl::StrCat("/b|", body.size()));
  EXPECT_EQ(http.Read().body, absl::StrCat("/c|", body.size()));
}

TEST_F(HttpServerTest, HeadHasNoBody) {
  RawHttp http = Connect();
  const HttpAnswer answer = http.Ask("HEAD /a");

  EXPECT_EQ(answer.headers.at("content-length"), "3");
  EXPECT_EQ(http.Ask("GET /b").body, "/b|");
}

TEST_F(HttpServerTest, StreamIsChunkedButForHttp10) {
  RawHttp http = Connect();
  http.Send(
      "GET /stream HTTP/1.1\r\nHost: h\r\n\r\nGET /a HTTP/1.1\r\nHost: h\r\n\r\n");
  HttpAnswer answer = http.Read();
  EXPECT_EQ(answer.headers.at("transfer-encoding"), "chunked");
  EXPECT_EQ(answer.body, "one\ntwo\n");
  EXPECT_EQ(http.Read().body, "/a|");

  RawHttp old = Connect();
  old.Send("GET /stream HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
  answer = old.Read();
  EXPECT_EQ(answer.headers.at("connection"), "close");
  EXPECT_EQ(answer.headers["transfer-encoding"], "");
  EXPECT_EQ(answer.body, "one\ntwo\n");
}

TEST_F(HttpServerTest, ConnectionIsClosedWhenAsked) {
  for (const char* request : {"GET /a HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n",
                              "GET /a HTTP/1.0\r\n\r\n"}) {
    RawHttp http = Connect();
    http.Send(request);
    EXPECT_EQ(http.Read().headers.at("connection"), "close");
    EXPECT_TRUE(http.AtEnd());
  }
  RawHttp old = Connect();
  old.Send("GET /a HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
  EXPECT_EQ(old.Read().headers.at("connection"), "keep-alive");
}

TEST_F(HttpServerTest, ExpectContinueIsAnsweredBeforeTheBody) {
  RawHttp http = Connect();
  http.Send(
      "POST /b HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n"
      "Expect: 100-continue\r\n\r\n");

  EXPECT_EQ(http.Read().status, 100);
  http.Send("hi");
  EXPECT_EQ(http.Read().body, "/b|hi");

  http.Send(
      "POST /refused HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n"
      "Expect: 100-continue\r\n\r\n");
  EXPECT_EQ(http.Read().status, 404);
  EXPECT_TRUE(http.AtEnd());
}

TEST_F(HttpServerTest, SmallBodyOfARefusedRequestIsSkipped) {
  RawHttp http = Connect();
  http.Send(
      "POST /refused HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\nhi"
      "GET /a HTTP/1.1\r\nHost: h\r\n\r\n");

  EXPECT_EQ(http.Read().status, 404);
  EXPECT_EQ(http.Read().body, "/a|");
}

TEST_F(HttpServerTest, TooLargeBodyIsRefusedBeforeItIsRead) {
  ExpectRefused(absl::StrCat("POST /b HTTP/1.1\r\nHost: h\r\nContent-Length: ",
                             options_.limits.max_body_bytes + 1, "\r\n\r\n",
                             std::string(100000, 'x')),
                413, "BODY_TOO_LARGE");
  EXPECT_EQ(handler_.heads, 0);
  ExpectRefused(
      "POST /b HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"
      "fffffff\r\nabc",
      413, "BODY_TOO_LARGE");
}

TEST_F(HttpServerTest, TooLargeHeadIsRefused) {
  ExpectRefused(
      absl::StrCat("GET / HTTP/1.1\r\nHost: h\r\nX: ", std::string(20000, 'x')), 431,
      "HEADERS_TOO_LARGE");
  ExpectRefused(absl::StrCat("GET /", std::string(17000, 'x'), " HTTP/1.1\r\n\r\n"),
                431, "HEADERS_TOO_LARGE");
}

TEST_F(HttpServerTest, TooLargeChunkExtensionIsRefused) {
  RawHttp http = Connect();
  http.Send(
      absl::StrCat("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n1;",
                   std::string(30000, 'x')));
  // 400 from later versions of Beast, which have a limit of their own.
  EXPECT_THAT(http.Read().status, testing::AnyOf(431, 400));
  EXPECT_TRUE(http.AtEnd());
}

TEST_F(HttpServerTest, MalformedRequestIsRefusedAndClosed) {
  ExpectRefused(
      "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 4\r\n"
      "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /smuggled HTTP/1.1\r\n",
      400, "INVALID_REQUEST");
  ExpectRefused("nonsense\r\n\r\n", 400, "INVALID_REQUEST");
  ExpectRefused(
      "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", 400,
      "INVALID_REQUEST");
}

TEST_F(HttpServerTest, SlowRequestIsGivenUp) {
  options_.limits.header_timeout = absl::Milliseconds(700);
  options_.limits.stall_timeout = absl::Milliseconds(700);
  options_.limits.idle_timeout = absl::Milliseconds(1500);
  StartServer();

  ExpectRefused("GET / HTT", 408, "REQUEST_TIMEOUT");
  ExpectRefused("POST /b HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nab", 408,
                "REQUEST_TIMEOUT");
  RawHttp silent = Connect();
  EXPECT_TRUE(silent.AtEnd());
  RawHttp idle = Connect();
  EXPECT_EQ(idle.Ask("GET /a").status, 200);
  EXPECT_TRUE(idle.AtEnd());
}

TEST_F(HttpServerTest, BodyThatOnlyTricklesIsGivenUp) {
  options_.limits.stall_timeout = absl::Milliseconds(300);
  StartServer();
  RawHttp http = Connect();
  http.Send("POST /b HTTP/1.1\r\nHost: h\r\nContent-Length: 1000\r\n\r\n");
  absl::Notification answered;

  // Never silent for long, but at far less than the least bytes a second.
  int sent = 0;
  std::thread sender([&] {
    while (sent < 999 && http.Send("x") &&
           !answered.WaitForNotificationWithTimeout(absl::Milliseconds(50))) {
      ++sent;
    }
  });
  EXPECT_EQ(http.Read().status, 408);
  answered.Notify();
  sender.join();

  // It was not the end of the bytes that ended the wait.
  EXPECT_LT(sent, 999);
}

TEST_F(HttpServerTest, AnswerThatIsReadTooSlowlyIsGivenUp) {
  options_.limits.stall_timeout = absl::Milliseconds(300);
  options_.limits.min_bytes_per_second = 1 << 30;
  StartServer();
  RawHttp http = Connect();
  http.Send("GET /large HTTP/1.1\r\nHost: h\r\n\r\n");

  // Never still for long.
  size_t got = 0;
  while (true) {
    const size_t size = http.Take(64 << 10).size();
    if (size == 0) break;
    got += size;
    absl::SleepFor(absl::Milliseconds(4));
  }

  EXPECT_LT(got, size_t{32} << 20);
}

TEST_F(HttpServerTest, LargeAnswerIsSentWhole) {
  RawHttp http = Connect();
  http.Send("GET /large HTTP/1.1\r\nHost: h\r\n\r\n");

  EXPECT_EQ(http.Read().body.size(), size_t{32} << 20);
}

TEST_F(HttpServerTest, LongBodyWithoutCredentialsIsNotRead) {
  const std::string head = "POST /b HTTP/1.1\r\nHost: h\r\n";
  ExpectRefused(absl::StrCat(head, "Content-Length: 65537\r\n\r\n"), 401,
                "MISSING_CREDENTIALS");
  ExpectRefused(absl::StrCat(head, "Transfer-Encoding: chunked\r\n\r\n20000\r\n",
                             std::string(70'000, 'x')),
                401, "MISSING_CREDENTIALS");
  RawHttp http = Connect();
  http.Send(
      absl::StrCat(head, "Content-Length: 65536\r\n\r\n", std::string(65'536, 'x')));
  EXPECT_EQ(http.Read().body, "/b|65536");
  http.Send("POST /refused HTTP/1.1\r\nHost: h\r\nContent-Length: 65537\r\n\r\n");
  EXPECT_EQ(http.Read().status, 404);
}

TEST_F(HttpServerTest, BodiesOfAllConnectionsHaveOneLimit) {
  options_.limits.max_bodies_bytes = 1'000'000;
  StartServer();
  const auto post = [](absl::string_view target, size_t size) {
    return absl::StrCat("POST ", target, kAuthorized, "Content-Length: ", size,
                        "\r\n\r\n", std::string(size, 'x'));
  };
  RawHttp held = Connect();
  held.Send(post("/later", 900'000));
  handler_.working.WaitForNotification();

  RawHttp refused = Connect();
  refused.Send(post("/b", 200'000));
  const HttpAnswer busy = refused.Read();
  RawHttp small = Connect();
  small.Send(post("/b", 1000));

  EXPECT_EQ(busy.status, 503);
  EXPECT_THAT(busy.body, HasSubstr("SERVER_BUSY"));
  EXPECT_EQ(busy.headers.at("retry-after"), "1");
  EXPECT_EQ(small.Read().body, "/b|1000");

  handler_.release.Notify();
  EXPECT_EQ(held.Read().body, "later");
  // What was answered, refused or left counts no more.
  for (int i = 0; i < 3; ++i) {
    RawHttp again = Connect();
    again.Send(post("/b", 900'000));
    EXPECT_EQ(again.Read().body, "/b|900000");
  }
}

TEST_F(HttpServerTest, BodyOfAClientThatGoesCountsNoMore) {
  options_.limits.max_bodies_bytes = 1'000'000;
  StartServer();
  {
    RawHttp gone = Connect();
    gone.Send(absl::StrCat("POST /never", kAuthorized, "Content-Length: 900000\r\n\r\n",
                           std::string(900'000, 'x')));
    handler_.working.WaitForNotification();
  }
  while (handler_.cancelled == 0) absl::SleepFor(absl::Milliseconds(5));

  RawHttp http = Connect();
  http.Send(absl::StrCat("POST /b", kAuthorized, "Content-Length: 900000\r\n\r\n",
                         std::string(900'000, 'x')));
  EXPECT_EQ(http.Read().body, "/b|900000");
}

TEST_F(HttpServerTest, LongWorkIsNotTimedOut) {
  options_.limits.header_timeout = absl::Seconds(1);
  options_.limits.stall_timeout = absl::Seconds(1);
  options_.limits.idle_timeout = absl::Seconds(1);
  StartServer();
  RawHttp http = Connect();
  http.Send("GET /later HTTP/1.1\r\nHost: h\r\n\r\n");
  handler_.working.WaitForNotification();

  absl::SleepFor(absl::Milliseconds(2500));
  handler_.release.Notify();

  EXPECT_EQ(http.Read().body, "later");
}

TEST_F(HttpServerTest, OneConnectionTooManyIsAnsweredAndClosed) {
  options_.limits.max_connections = 2;
  StartServer();
  RawHttp first = Connect();
  RawHttp second = Connect();
  EXPECT_EQ(first.Ask("GET /a").status, 200);
  EXPECT_EQ(second.Ask("GET /a").status, 200);
  {
    RawHttp third = Connect();
    const HttpAnswer answer = third.Read();
    EXPECT_EQ(answer.status, 503);
    EXPECT_THAT(answer.body, HasSubstr("SERVER_BUSY"));
    EXPECT_THAT(answer.body, HasSubstr(answer.headers.at("x-request-id")));
    EXPECT_TRUE(third.AtEnd());
  }
  EXPECT_EQ(first.Ask("GET /a").status, 200);
}

TEST_F(HttpServerTest, ConnectionEndsAfterItsShareOfRequests) {
  options_.limits.max_requests_per_connection = 2;
  StartServer();
  RawHttp http = Connect();

  EXPECT_EQ(http.Ask("GET /a").headers.count("connection"), 0u);
  EXPECT_EQ(http.Ask("GET /a").headers.at("connection"), "close");
  EXPECT_TRUE(http.AtEnd());
}

TEST_F(HttpServerTest, ClientThatGoesCancelsItsRequest) {
  {
    RawHttp http = Connect();
    http.Send("GET /never HTTP/1.1\r\nHost: h\r\n\r\n");
    handler_.working.WaitForNotification();
    EXPECT_EQ(handler_.cancelled, 0);
  }
  for (int i = 0; i < 500 && handler_.cancelled == 0; ++i) {
    absl::SleepFor(absl::Milliseconds(10));
  }
  EXPECT_EQ(handler_.cancelled, 1);
}

// How an answer ends that begins once the server drains.
class HttpServerDrainTest : public HttpServerTest,
                            public testing::WithParamInterface<const char*> {};
INSTANTIATE_TEST_SUITE_P(Answers, HttpServerDrainTest,
                         testing::Values("/later", "/stream-later"),
                         [](const auto& target) {
                           return target.index == 0 ? "Whole" : "Streamed";
                         });

TEST_P(HttpServerDrainTest, StopWaitsForWhatIsInHandAndClosesIdleConnections) {
  RawHttp idle = Connect();
  EXPECT_EQ(idle.Ask("GET /a").status, 200);
  RawHttp busy = Connect();
  busy.Send(absl::StrCat("GET ", GetParam(), " HTTP/1.1\r\nHost: h\r\n\r\n"));
  handler_.working.WaitForNotification();

  std::thread stop([this] { server_->Stop(absl::Now() + absl::Seconds(20)); });
  EXPECT_TRUE(idle.AtEnd());
  handler_.release.Notify();
  const HttpAnswer answer = busy.Read();

  EXPECT_EQ(answer.body, "later");
  EXPECT_THAT(answer.headers, Contains(Pair("connection", "close")));
  busy.ShutdownWrite();
  stop.join();
}

TEST_F(HttpServerTest, StopRefusesRequestsThatAreNotWhole) {
  // A single thread reads what came first before anything else.
  options_.threads = 1;
  StartServer();
  RawHttp head = Connect();
  head.Send("GET /a HTTP/1.1\r\nHos");
  RawHttp body = Connect();
  body.Send("POST /a HTTP/1.1\r\nHost: h\r\nContent-Length: 9\r\n\r\nab");
  while (handler_.heads == 0) absl::SleepFor(absl::Milliseconds(1));

  server_->Stop(absl::Now() + absl::Hours(1));

  EXPECT_EQ(body.Read().status, 503);
  EXPECT_THAT(head.Read().body, HasSubstr("SHUTTING_DOWN"));
}

TEST_F(HttpServerTest, StopCancelsAtItsDeadline) {
  RawHttp http = Connect();
  http.Send("GET /never HTTP/1.1\r\nHost: h\r\n\r\n");
  handler_.working.WaitForNotification();

  server_->Stop(absl::Now() + absl::Milliseconds(100));

  EXPECT_EQ(handler_.cancelled, 1);
  EXPECT_TRUE(http.AtEnd());
}

TEST_F(HttpServerTest, HundredsOfHalfSentRequestsHinderNobody) {
  // None of them ends in this test.
  options_.limits.header_timeout = absl::Hours(1);
  options_.limits.stall_timeout = absl::Hours(1);
  StartServer();
  std::vector<RawHttp> slow;
  for (int i = 0; i < 300; ++i) {
    slow.push_back(Connect());
    slow.back().Send(i % 2 == 0
                         ? "GET / HTTP/1.1\r\nHos"
                         : "POST /b HTTP/1.1\r\nHost: h\r\nContent-Length: 99\r\n\r\n");
  }
  RawHttp http = Connect();
  for (int i = 0; i < 100; ++i) EXPECT_EQ(http.Ask("GET /a").status, 200);
}

TEST(HttpServerStartTest, BadAddressIsRefused) {
  EchoHandler handler;
  for (const char* listen : {"nowhere", "127.0.0.1:x", "127.0.0.1:70000", ":"}) {
    HttpServer::Options options;
    options.listen = listen;
    EXPECT_THAT(HttpServer::Start(&handler, options),
                HasCode(absl::StatusCode::kInvalidArgument))
        << listen;
  }
  HttpServer::Options options;
  ASSERT_OK_AND_ASSIGN(const auto first, HttpServer::Start(&handler, options));
  options.listen = absl::StrCat("127.0.0.1:", first->port());
  EXPECT_THAT(HttpServer::Start(&handler, options),
              HasCode(absl::StatusCode::kFailedPrecondition));
}

TEST(HttpServerStartTest, BadCertificateIsRefused) {
  EchoHandler handler;
  HttpServer::Options options;
  options.tls.emplace();
  options.tls->certificate_chain = "not PEM";
  EXPECT_THAT(HttpServer::Start(&handler, options),
              HasCode(absl::StatusCode::kInvalidArgument));
}

}  // namespace
}  // namespace gitsync::gateway
