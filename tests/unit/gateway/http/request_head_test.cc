#include "server/gateway/http/request_head.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "tests/support/status_matchers.h"

namespace gitsync::gateway {
namespace {

absl::StatusOr<RequestHead> ParseHead(absl::string_view text) {
  return ParseRequestHead(text, 1000);
}

absl::StatusOr<RequestHead> WithHeaders(absl::string_view headers) {
  return ParseHead(absl::StrCat("POST /x HTTP/1.1\r\nHost: h\r\n", headers, "\r\n"));
}

TEST(ParseRequestHeadTest, ReadsLineAndHeaders) {
  ASSERT_OK_AND_ASSIGN(
      const RequestHead head,
      ParseHead("PATCH /a?b=c HTTP/1.1\r\nHost: h\r\nX-A:  1 \r\nx-a: 2\r\n\r\n"));

  EXPECT_EQ(head.request.method, "PATCH");
  EXPECT_EQ(head.request.target, "/a?b=c");
  EXPECT_EQ(FindHeader(head.request.headers, "X-a"), "1");
  EXPECT_EQ(CountHeaders(head.request.headers, "x-A"), 2);
  EXPECT_TRUE(head.keep_alive);
  EXPECT_FALSE(head.request.has_body);
  EXPECT_FALSE(head.http_1_0);
}

TEST(ParseRequestHeadTest, FramingIsRead) {
  ASSERT_OK_AND_ASSIGN(const RequestHead sized,
                       WithHeaders("Content-Length: 12\r\nExpect: 100-Continue\r\n"));
  ASSERT_OK_AND_ASSIGN(const RequestHead large,
                       WithHeaders("Content-Length: 18446744073709551615\r\n"));
  ASSERT_OK_AND_ASSIGN(const RequestHead chunked,
                       WithHeaders("Transfer-Encoding: Chunked\r\n"));
  ASSERT_OK_AND_ASSIGN(const RequestHead closing, WithHeaders("Connection: close\r\n"));
  ASSERT_OK_AND_ASSIGN(const RequestHead old, ParseHead("GET / HTTP/1.0\r\n\r\n"));

  EXPECT_EQ(sized.content_length, 12u);
  EXPECT_TRUE(sized.expects_continue);
  EXPECT_GT(large.content_length, uint64_t{1} << 60);
  EXPECT_NE(chunked.chunked, nullptr);
  EXPECT_TRUE(chunked.request.has_body);
  EXPECT_FALSE(closing.keep_alive);
  EXPECT_FALSE(old.keep_alive);
  EXPECT_TRUE(old.http_1_0);
}

TEST(ParseRequestHeadTest, AmbiguousFramingIsRefused) {
  for (const char* headers :
       {"Content-Length: 3\r\nTransfer-Encoding: chunked\r\n",
        "Transfer-Encoding: chunked\r\nContent-Length: 3\r\n",
        "Content-Length: 3\r\nContent-Length: 3\r\n",
        "Content-Length: 3\r\nContent-Length: 4\r\n", "Content-Length: 3, 3\r\n",
        "Content-Length: +3\r\n", "Content-Length: -3\r\n", "Content-Length: 0x3\r\n",
        "Content-Length: 3 4\r\n", "Content-Length:\r\n",
        "Content-Length: 99999999999999999999999\r\n",
        "Transfer-Encoding: gzip, chunked\r\n", "Transfer-Encoding: identity\r\n",
        "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n",
        "Transfer-Encoding: xchunked\r\n", "Transfer-Encoding:\r\n",
        "Transfer-Encoding : chunked\r\n", "Content-Length : 3\r\n"}) {
    EXPECT_THAT(WithHeaders(headers),
                StatusIs(absl::StatusCode::kInvalidArgument, "INVALID_REQUEST"))
        << headers;
  }
}

TEST(ParseRequestHeadTest, MalformedHeadIsRefused) {
  for (const absl::string_view text :
       {absl::string_view("GET / HTTP/1.1\r\n\r\n"),
        absl::string_view("\r\n\r\n"),
        absl::string_view("GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n"),
        absl::string_view("GET / HTTP/1.1\r\nHost: a\r\nX: a\r\n b\r\n\r\n"),
        absl::string_view("GET / HTTP/1.1\r\nHost: a\r\nX: a\r\n\tb\r\n\r\n"),
        absl::string_view("GET / HTTP/1.1\r\nHost: a\nX: b\r\n\r\n"),
        absl::string_view("GET / HTTP/1.1\r\nHost: a\rX: b\r\n\r\n"),
        absl::string_view("GET / HTTP/1.1\r\nHost: a\0b\r\n\r\n", 29),
        absl::string_view("GET / HTTP/1.1\r\nHost: a\r\nno colon\r\n\r\n"),
        absl::string_view("GET / HTTP/1.1\r\nHost: a\r\n: empty\r\n\r\n"),
        absl::string_view("GET /a b HTTP/1.1\r\nHost: a\r\n\r\n"),
        absl::string_view("GET  / HTTP/1.1\r\nHost: a\r\n\r\n"),
        absl::string_view("GET / HTTP/2.0\r\nHost: a\r\n\r\n"),
        absl::string_view("GET / HTTP/1.2\r\nHost: a\r\n\r\n"),
        absl::string_view("GET / http/1.1\r\nHost: a\r\n\r\n"),
        absl::string_view("GET /\r\nHost: a\r\n\r\n"),
        absl::string_view("PRI * HTTP/2.0\r\n\r\n"),
        absl::string_view("\x16\x03\x01\r\n\r\n"),
        absl::string_view("GET / HTTP/1.1\r\nHost: a\r\nExpect: x\r\n\r\n"),
        absl::string_view("POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n")}) {
    EXPECT_THAT(ParseHead(text),
                StatusIs(absl::StatusCode::kInvalidArgument, "INVALID_REQUEST"))
        << text;
  }
}

class ChunkedBodyTest : public testing::Test {
 protected:
  absl::StatusOr<size_t> Put(absl::string_view bytes) {
    return head_->chunked->Put(bytes);
  }

  absl::StatusOr<RequestHead> head_ = WithHeaders("Transfer-Encoding: chunked\r\n");
};

TEST_F(ChunkedBodyTest, TakesChunksApartAndLeavesWhatFollows) {
  const absl::string_view body = "4\r\nabcd\r\n2;x=y\r\nef\r\n0\r\nT: t\r\n\r\n";

  ASSERT_OK_AND_ASSIGN(const size_t used, Put(absl::StrCat(body, "GET /")));

  EXPECT_EQ(used, body.size());
  EXPECT_TRUE(head_->chunked->done());
  EXPECT_EQ(head_->chunked->TakeBody(), "abcdef");
}

TEST_F(ChunkedBodyTest, TakesAByteAtATime) {
  const std::string body = "a\r\n0123456789\r\n0\r\n\r\n";
  std::string pending;
  for (const char byte : body) {
    EXPECT_FALSE(head_->chunked->done());
    pending.push_back(byte);
    ASSERT_OK_AND_ASSIGN(const size_t used, Put(pending));
    pending.erase(0, used);
  }

  EXPECT_TRUE(head_->chunked->done());
  EXPECT_EQ(head_->chunked->TakeBody(), "0123456789");
}

TEST_F(ChunkedBodyTest, LastChunkThatIsCutIsWaitedFor) {
  std::string pending;
  for (const char* piece : {"0\r\n", "\r", "\n"}) {
    EXPECT_FALSE(head_->chunked->done());
    pending += piece;
    ASSERT_OK_AND_ASSIGN(const size_t used, Put(pending));
    pending.erase(0, used);
  }

  EXPECT_EQ(pending, "");
  EXPECT_TRUE(head_->chunked->done());
}

TEST_F(ChunkedBodyTest, TooLargeIsRefused) {
  EXPECT_THAT(Put("3e9\r\n"),
              StatusIs(absl::StatusCode::kResourceExhausted, "BODY_TOO_LARGE"));
}

TEST(ChunkedBodyFramingTest, WrongFramingIsRefused) {
  for (const char* body : {"x\r\n", "-1\r\n", "3\r\nabcd\r\n0\r\n\r\n", "3\nabc\r\n",
                           "ffffffffffffffffff\r\n", " 3\r\nabc\r\n"}) {
    auto head = WithHeaders("Transfer-Encoding: chunked\r\n");
    EXPECT_FALSE(head->chunked->Put(body).ok()) << body;
  }
}

}  // namespace
}  // namespace gitsync::gateway
