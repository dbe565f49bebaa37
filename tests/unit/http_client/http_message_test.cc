#include "server/http_client/http_message.h"

#include <gtest/gtest.h>

namespace gitsync {
namespace {

std::optional<absl::Duration> RetryAfter(const std::string& text,
                                         const std::string& date = "") {
  HttpResponse response;
  response.headers["retry-after"] = text;
  response.headers["date"] = date;
  return RetryAfterOf(response);
}

TEST(HttpMessageTest, RetryAfterIsSecondsOrADate) {
  EXPECT_EQ(RetryAfter("120"), absl::Seconds(120));
  EXPECT_EQ(
      RetryAfter("Sun, 22 Nov 2026 12:00:30 GMT", "Sun, 22 Nov 2026 12:00:00 GMT"),
      absl::Seconds(30));
  // Held against our own clock where the remote shows none.
  EXPECT_EQ(RetryAfter("Sun, 06 Nov 1994 08:49:37 GMT"), absl::ZeroDuration());
}

TEST(HttpMessageTest, RetryAfterIsBounded) {
  EXPECT_EQ(RetryAfter("4000000000"), absl::Hours(24));
  EXPECT_EQ(RetryAfter("0"), absl::ZeroDuration());
  EXPECT_EQ(
      RetryAfter("Sun, 22 Nov 2026 11:00:00 GMT", "Sun, 22 Nov 2026 12:00:00 GMT"),
      absl::ZeroDuration());
}

TEST(HttpMessageTest, OtherTextIsNoRetryAfter) {
  EXPECT_EQ(RetryAfter(""), std::nullopt);
  EXPECT_EQ(RetryAfter("-5"), std::nullopt);
  EXPECT_EQ(RetryAfter("soon"), std::nullopt);
  EXPECT_EQ(RetryAfterOf(HttpResponse()), std::nullopt);
}

TEST(HttpMessageTest, DateIsOfTheFixedForm) {
  EXPECT_EQ(ParseHttpDate("Sun, 06 Nov 1994 08:49:37 GMT"),
            absl::FromUnixSeconds(784111777));
  EXPECT_EQ(ParseHttpDate("1994-11-06T08:49:37Z"), std::nullopt);
}

}  // namespace
}  // namespace gitsync
