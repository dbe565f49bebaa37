#include "server/security/access_token.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "server/base/reason.h"
#include "tests/support/status_matchers.h"

namespace gitsync {
namespace {

using ::testing::ElementsAre;
using ::testing::MatchesRegex;

std::vector<std::string> Tokens(absl::string_view value) {
  std::vector<std::string> tokens;
  const auto parsed = ParseAuthorization(value);
  if (!parsed.ok()) return {std::string(parsed.status().message())};
  for (const Secret& token : *parsed) tokens.emplace_back(token.Reveal());
  return tokens;
}

TEST(AccessTokenTest, NewTokensHaveTheFormAndDiffer) {
  const Secret one = NewAccessTokenSecret();
  EXPECT_THAT(std::string(one.Reveal()), MatchesRegex("gst_[A-Za-z0-9_-]{43}"));
  EXPECT_NE(one.Reveal(), NewAccessTokenSecret().Reveal());
}

TEST(AccessTokenTest, HashIsSha256) {
  // The digest of "abc" in FIPS 180-2.
  EXPECT_EQ(absl::BytesToHexString(HashAccessToken(Secret("abc"))),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST(AccessTokenTest, ConstantTimeEqualsComparesAllBytes) {
  EXPECT_TRUE(ConstantTimeEquals("abc", "abc"));
  EXPECT_TRUE(ConstantTimeEquals("", ""));
  EXPECT_FALSE(ConstantTimeEquals("abc", "abd"));
  EXPECT_FALSE(ConstantTimeEquals("abc", "ab"));
}

TEST(ParseAuthorizationTest, TakesBearerAndBasicInAnyCase) {
  EXPECT_THAT(Tokens("Bearer gst_x"), ElementsAre("gst_x"));
  EXPECT_THAT(Tokens("bEARER   gst_x "), ElementsAre("gst_x"));
  EXPECT_EQ(Tokens("BASIC gst_x")[0], "gst_x");
}

TEST(ParseAuthorizationTest, RawTokenComesFirst) {
  const Secret token = NewAccessTokenSecret();
  EXPECT_EQ(Tokens(absl::StrCat("Basic ", token.Reveal()))[0], token.Reveal());
}

TEST(ParseAuthorizationTest, TakesEveryFormOfStandardBasic) {
  // "?>" and "~" make "/" and "+" in base64, "_" and "-" in base64url.
  for (const std::string credentials :
       {"user:gst_a~?>", "gst_a~?>:", ":gst_a~?>", "gst_a~?>", "gst_a~?>:x-oauth-basic",
        "u~?>r:gst_a~?>"}) {
    std::string unpadded = absl::Base64Escape(credentials);
    unpadded.resize(unpadded.find_last_not_of('=') + 1);
    for (const std::string& encoded :
         {absl::Base64Escape(credentials), absl::WebSafeBase64Escape(credentials),
          unpadded}) {
      EXPECT_EQ(Tokens("Basic " + encoded)[0], "gst_a~?>") << encoded;
    }
  }
}

TEST(ParseAuthorizationTest, LineEndsAroundAndInsideBase64AreNoPartOfIt) {
  const std::string token = absl::StrCat("gst_", std::string(43, 't'));
  for (const std::string& credentials :
       {token + "\n", "user:" + token + "\n", "user:" + token + "\r\n", token + ":\n",
        token + " \t\n\n"}) {
    const std::string encoded = absl::Base64Escape(credentials);
    EXPECT_EQ(Tokens("Basic " + encoded)[0], token) << credentials;
    EXPECT_EQ(Tokens("basic   " + encoded + " ")[0], token) << credentials;
  }
  std::string lines =
      absl::Base64Escape(absl::StrCat(std::string(60, 'u'), ":", token));
  for (const char* end : {" ", "\t", "\n", "\r\n", "\r\n "}) {
    std::string folded = lines;
    folded.insert(76, end);
    EXPECT_EQ(Tokens("Basic " + folded)[0], token) << end;
  }
}

TEST(ParseAuthorizationTest, RefusesWhatHasNoToken) {
  for (const std::string& value :
       {std::string(), std::string("Basic"), std::string("Basic "),
        std::string("Digest gst_x"), std::string("gst_x"), std::string("Bearer a b"),
        std::string("Bearer a\x01"), std::string("Basic gst_a gst_b"),
        std::string("Basic \n"), "Bearer " + std::string(5000, 'a')}) {
    EXPECT_THAT(ParseAuthorization(value), StatusIs(absl::StatusCode::kUnauthenticated,
                                                    reason::kMissingCredentials))
        << value;
  }
}

TEST(ParseAuthorizationTest, TakesFourKibibytes) {
  EXPECT_OK(ParseAuthorization("Bearer " + std::string(4096 - 7, 'a')));
  EXPECT_FALSE(ParseAuthorization("Bearer " + std::string(4096 - 6, 'a')).ok());
}

}  // namespace
}  // namespace gitsync
