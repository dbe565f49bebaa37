#include "server/http_client/http_session.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "server/base/reason.h"
#include "tests/support/status_matchers.h"
#include "tests/unit/http_client/http_fixture.h"

namespace gitsync {
namespace {

using testing::HasSubstr;

HttpRequest PostTo(const TestTlsServer& server) {
  HttpRequest request = RequestOf(server);
  request.method = "POST";
  return request;
}

std::string ReadAllOf(HttpSession& session) {
  std::string all;
  char buffer[1000];
  while (true) {
    const auto count = session.Read(buffer, sizeof(buffer));
    if (!count.ok()) return count.status().ToString();
    if (*count == 0) return all;
    all.append(buffer, *count);
  }
}

TEST(HttpSessionTest, StreamedBodyGoesInChunks) {
  TestTlsServer server(RightCertificate(), [](TestConnection& connection) {
    connection.ReadHead();
    std::string body;
    while (!absl::EndsWith(body, "0\r\n\r\n")) body += connection.ReadBytes(1);
    connection.Answer("200 OK", "", body);
  });
  HttpClient client(LoopbackHttp());
  ASSERT_OK_AND_ASSIGN(auto session, client.Begin(PostTo(server), Context(),
                                                  HttpSession::Body::kStreamed));
  EXPECT_FALSE(session->body_was_sent());

  ASSERT_OK(session->Write("first"));
  EXPECT_TRUE(session->body_was_sent());
  ASSERT_OK(session->Write(""));
  ASSERT_OK(session->Write("second"));
  ASSERT_OK(session->WaitForHead());

  EXPECT_EQ(session->head().status, 200);
  EXPECT_EQ(ReadAllOf(*session), "5\r\nfirst\r\n6\r\nsecond\r\n0\r\n\r\n");
  EXPECT_TRUE(session->IsIdle());
  EXPECT_THAT(server.Received(), HasSubstr("Transfer-Encoding: chunked\r\n"));
}

TEST(HttpSessionTest, RefusalEndsAStreamedBodyEarly) {
  TestTlsServer server(RightCertificate(), [](TestConnection& connection) {
    connection.ReadHead();
    connection.Answer("413 Payload Too Large", "", "no");
    connection.WaitForClose();
  });
  HttpClient client(LoopbackHttp());
  ASSERT_OK_AND_ASSIGN(auto session, client.Begin(PostTo(server), Context(),
                                                  HttpSession::Body::kStreamed));
  const std::string piece(64 << 10, 'x');

  absl::Status written;
  int pieces = 0;
  while (written.ok() && session->head().status == 0 && pieces < 100'000) {
    written = session->Write(piece);
    ++pieces;
  }

  ASSERT_OK(written);
  EXPECT_EQ(session->head().status, 413);
  EXPECT_LT(pieces, 100'000);
  EXPECT_OK(session->WaitForHead());
  EXPECT_EQ(ReadAllOf(*session), "no");
}

TEST(HttpSessionTest, StreamedBodyIsNotSentAgain) {
  TestTlsServer server(RightCertificate(), [](TestConnection& connection) {
    connection.ReadHead();
    connection.Answer("200 OK", "", "");
    connection.ReadHead();
    connection.ReadBytes(1);
  });
  HttpClient client(LoopbackHttp());
  ASSERT_OK(client.Send(RequestOf(server), Context()));
  ASSERT_OK_AND_ASSIGN(auto session, client.Begin(PostTo(server), Context(),
                                                  HttpSession::Body::kStreamed));

  absl::Status status = session->Write("only-once");
  if (status.ok()) status = client.WaitForHead(session);

  EXPECT_THAT(status,
              StatusIs(absl::StatusCode::kUnavailable, reason::kRemoteUnreachable));
  EXPECT_TRUE(session->body_was_sent());
  EXPECT_LE(Count(server.Received(), "only-once"), 1);
}

TEST(HttpSessionTest, SlowReaderGetsTheWholeAnswer) {
  std::string body(8 << 20, '\0');
  for (size_t i = 0; i < body.size(); ++i) body[i] = static_cast<char>(i * 7 / 3);
  TestTlsServer server(RightCertificate(), [&body](TestConnection& connection) {
    connection.ReadHead();
    connection.Answer("200 OK", "", body);
    connection.ReadHead();
    connection.Answer("200 OK", "", "again");
  });
  HttpClient client(LoopbackHttp());
  ASSERT_OK_AND_ASSIGN(auto session, client.Begin(RequestOf(server), Context()));
  ASSERT_OK(session->WaitForHead());

  EXPECT_EQ(ReadAllOf(*session), body);

  ASSERT_OK(session->Begin(RequestOf(server), HttpSession::Body::kWhole, Context()));
  ASSERT_OK(session->WaitForHead());
  EXPECT_EQ(ReadAllOf(*session), "again");
  EXPECT_EQ(server.Connections(), 1);
}

TEST(HttpSessionTest, AnswerThatNobodyReadsIsNotTakenIn) {
  std::atomic<bool> all_sent = false;
  TestTlsServer server(RightCertificate(), [&all_sent](TestConnection& connection) {
    connection.ReadHead();
    std::thread reader([&connection] { connection.WaitForClose(); });
    const std::string answer(100 << 20, 'x');
    connection.Answer("200 OK", "", answer);
    all_sent = true;
    reader.join();
  });
  HttpClient client(LoopbackHttp());
  ASSERT_OK_AND_ASSIGN(auto session, client.Begin(PostTo(server), Context(),
                                                  HttpSession::Body::kStreamed));

  // The answer begins while the body is still being sent.
  const std::string piece(64 << 10, 'y');
  for (int i = 0; i < 2000; ++i) ASSERT_OK(session->Write(piece));

  EXPECT_EQ(session->head().status, 200);
  EXPECT_FALSE(all_sent);
}

TEST(HttpSessionTest, UrlIsTakenApart) {
  ASSERT_OK_AND_ASSIGN(HttpOrigin origin, ParseHttpsUrl("https://Example.COM/a/b"));
  EXPECT_EQ(origin.host, "example.com");
  EXPECT_EQ(origin.port, 443);
  ASSERT_OK_AND_ASSIGN(origin, ParseHttpsUrl("https://[2001:DB8::1]:8443/"));
  EXPECT_EQ(origin.host, "2001:db8::1");
  EXPECT_EQ(origin.port, 8443);
}

}  // namespace
}  // namespace gitsync
