#include "server/gateway/http/http_text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "server/gateway/http/gzip.h"
#include "tests/support/status_matchers.h"

namespace gitsync::gateway {
namespace {

TEST(ParseGrpcTimeoutTest, ReadsEveryUnit) {
  EXPECT_EQ(*ParseGrpcTimeout("2H"), absl::Hours(2));
  EXPECT_EQ(*ParseGrpcTimeout("3M"), absl::Minutes(3));
  EXPECT_EQ(*ParseGrpcTimeout("10S"), absl::Seconds(10));
  EXPECT_EQ(*ParseGrpcTimeout("0m"), absl::ZeroDuration());
  EXPECT_EQ(*ParseGrpcTimeout("5u"), absl::Microseconds(5));
  EXPECT_EQ(*ParseGrpcTimeout("99999999n"), absl::Nanoseconds(99999999));
}

TEST(ParseGrpcTimeoutTest, OtherFormsAreRefused) {
  for (const char* text : {"", "S", "10", "10s", "-1S", "+1S", "1.5S", "123456789S",
                           " 1S", "1 S", "1SS"}) {
    EXPECT_THAT(ParseGrpcTimeout(text),
                StatusIs(absl::StatusCode::kInvalidArgument, "INVALID_REQUEST"))
        << text;
  }
}

TEST(IsJsonContentTypeTest, TellsJsonInUtf8) {
  for (const char* json : {"", "application/json", "Application/JSON; charset=UTF-8",
                           "application/merge-patch+json", "application/json;",
                           "application/json; charset=\"utf-8\"; x=y"}) {
    EXPECT_TRUE(IsJsonContentType(json)) << json;
  }
  for (const char* other :
       {"text/plain", "application/x-www-form-urlencoded", "application/jsonx", "+json",
        "application/json; charset=latin1", "application/grpc", "json"}) {
    EXPECT_FALSE(IsJsonContentType(other)) << other;
  }
}

TEST(IsIdentityCodingTest, TellsWhatChangesNothing) {
  for (const char* yes : {"", "identity", "Identity", "IDENTITY", " identity ",
                          "identity, identity", ","}) {
    EXPECT_TRUE(IsIdentityCoding(yes)) << yes;
  }
  for (const char* no : {"gzip", "GZIP", "x-gzip", "deflate", "br", "identity, gzip",
                         "gzip,identity", "identity;q=1", "identit"}) {
    EXPECT_FALSE(IsIdentityCoding(no)) << no;
  }
}

TEST(AcceptsGzipTest, ReadsWeights) {
  for (const char* yes : {"gzip", "deflate, gzip", "br;q=1.0, GZIP ; q=0.5"}) {
    EXPECT_TRUE(AcceptsGzip(yes)) << yes;
  }
  for (const char* no :
       {"", "deflate", "gzip;q=0", "gzip; q=0.000", "xgzip", "gzip;x"}) {
    EXPECT_FALSE(AcceptsGzip(no)) << no;
  }
}

TEST(HttpDateTest, IsInRfc7231sForm) {
  EXPECT_EQ(HttpDate(absl::FromUnixSeconds(784111777)),
            "Sun, 06 Nov 1994 08:49:37 GMT");
  EXPECT_EQ(HttpDate(absl::FromUnixSeconds(784111778)),
            "Sun, 06 Nov 1994 08:49:38 GMT");
}

TEST(ReasonPhraseTest, NamesStatuses) {
  EXPECT_EQ(ReasonPhrase(200), "OK");
  EXPECT_EQ(ReasonPhrase(431), "Request Header Fields Too Large");
  EXPECT_EQ(ReasonPhrase(499), "Client Closed Request");
}

TEST(IsPlainHeaderValueTest, RefusesWhatMetadataCantHold) {
  EXPECT_TRUE(IsPlainHeaderValue("Basic abc+/= ~"));
  EXPECT_FALSE(IsPlainHeaderValue("\xC3\xA9"));
  EXPECT_FALSE(IsPlainHeaderValue("a\tb"));
}

TEST(GzipTest, MakesTextSmallerInGzipsForm) {
  const std::string packed = Gzip(std::string(10000, 'a'), /*best=*/false);

  EXPECT_LT(packed.size(), 200u);
  EXPECT_EQ(packed.substr(0, 3), "\x1f\x8b\x08");
}

}  // namespace
}  // namespace gitsync::gateway
