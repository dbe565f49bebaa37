#include "server/gateway/transcoding/url_text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/status_matchers.h"

namespace gitsync::gateway {
namespace {

TEST(PercentDecodeTest, DecodesByPart) {
  EXPECT_EQ(*PercentDecode("a%20b%2Fc+d", UrlPart::kSegment), "a b/c+d");
  EXPECT_EQ(*PercentDecode("a%20b%2Fc%2fd+e", UrlPart::kSegments), "a b%2Fc%2fd+e");
  EXPECT_EQ(*PercentDecode("a%20b%2Fc+d%2B", UrlPart::kQuery), "a b/c d+");
  EXPECT_EQ(*PercentDecode("%C3%A9", UrlPart::kSegment), "\xC3\xA9");
  EXPECT_EQ(*PercentDecode("", UrlPart::kSegment), "");
}

TEST(PercentDecodeTest, BadEncodingIsRefused) {
  for (const char* text :
       {"%", "a%", "%4", "%zz", "%4g", "%%41", "%-1", "%00", "a%00b"}) {
    EXPECT_THAT(PercentDecode(text, UrlPart::kSegment),
                HasCode(absl::StatusCode::kInvalidArgument))
        << text;
  }
}

TEST(PercentDecodeTest, InvalidUtf8IsRefused) {
  // Lone, overlong, surrogate, too large, cut off.
  for (const char* text : {"%FF", "%80", "%C0%AF", "%E0%80%AF", "%ED%A0%80",
                           "%F4%90%80%80", "%E2%82", "\xff", "%F8%88%80%80%80"}) {
    EXPECT_THAT(PercentDecode(text, UrlPart::kQuery),
                HasCode(absl::StatusCode::kInvalidArgument))
        << text;
  }
  EXPECT_TRUE(PercentDecode("%F0%9F%98%80", UrlPart::kQuery).ok());
  EXPECT_TRUE(PercentDecode("%F4%8F%BF%BF", UrlPart::kQuery).ok());
}

TEST(ParseQueryTest, TakesParametersApart) {
  ASSERT_OK_AND_ASSIGN(const QueryParameters query,
                       ParseQuery("a=1&b=x+y%3D&&c&a=2&d=e=f"));

  ASSERT_EQ(query.size(), 5u);
  EXPECT_EQ(query[0].name + "|" + query[0].value, "a|1");
  EXPECT_EQ(query[1].name + "|" + query[1].value, "b|x y=");
  EXPECT_EQ(query[2].name + "|" + query[2].value, "c|");
  EXPECT_EQ(query[3].name + "|" + query[3].value, "a|2");
  EXPECT_EQ(query[4].name + "|" + query[4].value, "d|e=f");
}

TEST(ParseQueryTest, BadParameterIsRefused) {
  for (const char* text : {"=1", "a=%zz", "%ff=1", "a=%00"}) {
    EXPECT_THAT(ParseQuery(text), HasCode(absl::StatusCode::kInvalidArgument)) << text;
  }
  EXPECT_TRUE(ParseQuery("")->empty());
}

}  // namespace
}  // namespace gitsync::gateway
