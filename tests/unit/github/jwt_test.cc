#include "server/github/jwt.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "tests/support/status_matchers.h"

namespace gitsync {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr absl::Time kNow = absl::FromUnixSeconds(1800000000);

// Made for this test; opens nothing.
constexpr char kKey[] = R"(-----BEGIN RSA PRIVATE KEY-----
MIIEowIBAAKCAQEAprICX4LJEACLQ9EdWOz9+XkSbOdXweUmTPGr+T6p4UknNgbA
crWuQqnU+O7DWAX9SM0UlHq2mf8ae18rUVhvfgC/GdZ4ZtIHTzHxPnubuMm1G1OH
VcTEFiIhHtLW0+sEjw6WvLJVaA1IwN9UPFNnWt+v0+gp/8MEy4NUtYiV1h54JJ0N
gAzwSBc9N9ZfScus/4RzNujAWWPfSacTYBACA3Y7PfYHCxUj4OP1RykGTDQ9AN2q
3ATnBmaV7p3dkrAh8Vpxi8xnGDdAappz7cNmsCBLhZyohX7Uba0BLpeYMpAdbNBK
hDbSIP8BNbtQm0zqwj7ZfiI9bfLb7vpo5i1NuQIDAQABAoIBAELf3zvaCDe3QCew
2Qk36pwPCmlOVlKfT8JGoiuYDCcpZeWyx7o9UO/Fmn9TqmLB5F80hzEaGe+l/EXK
ZGJ6DCCMxB3lgOAfGneXHaVniY2Uvmd8Fys9iT0n7AmlpDHYczfBLo/9K25XBfz6
m5yoCSrX2n41AcRtxJqw0WcSqKoBYGrmOu0+cX5pjwBmIopS+Q72RNDtw5C+GsQ5
oI0jYOFtfjv87ttMgffWhzYnj9Lp8DK3DJ+XtPHFQrEO3oTPPTgcTJ4e1Zterm+z
2v/pD2ySgteltVPEtcayFA/xtMpWsuqQxQBo1ah+RmupWSvEbNyV8Op2TKrm1IjN
Jb3D1VECgYEA6AXJ8pg79zAObDWrXnrRiaYMJmpr22LUJNZq7Lh6YhHK29wTDKSI
ixiiySX+qk8VMCMoThffyPai1aX1pA+6gUfLQsb84FCejhpC7jbLPzMV62/Urbfx
IdR+mggXJd+4qCozJAx1NcBuYiJiR1Fa3I4Y6G/cb2CjcG52Y0tursMCgYEAt+v5
BZtFjecgP7dg1qnEjYAwo6irllffzv3YIINTRyzsiNjC+Yqe2cgiBhxFIsBOuvQm
POGz5IWs4nT2vxCN7ixyMumfADwLuqAVXRhWN96LpZW3pr2QuHI8R70/yXytCEYL
VgzAHFhFEwqgOULNelmqgNhMqwbZkjgYspRhgdMCgYEA392eATzTNugeMlgCNdGo
1PfqZzJtSKrtZ3GejzJbmr3yDfokQyGJQTQO9Kd9NNPC7MQvQlIUsLEPYbaT8Kzg
VZZwzshx+viuUwuRoogpyJvAvX4UJV0CApMlZ/cAZqGaaF73IwQGH0vA9VyZmJgt
Y/qSm8o6VRhX+cYK4jlI3MMCgYAu+GurW+EigVFCFHH9wHN68674TN4tUhnNQhTN
ENzWw4lQ1ZLNqfIxiiPuTY/2dQhmRG3zhGytwtnJJ7fQSckFd4JesD00ESGpsrJi
CRITyJj/W8IAKk9oW3w7kgBVU6rY/xJsEmuJkZ1qZH9QwFe7lGSv7Q1/bAtqhTsB
eFWCkwKBgF411p1dxhATy9Y7klPyb7ICFrTz1ie1qFCdU5yvTGTXp4OXSUrVStEb
mqVCcQieVplxIkEfHPVEFSgjOSJSqTZyjjHgGLxjpOMzKcAJk9MqwDFUlX/dm1Sb
5RXuK9p+cyj24nyvKAq2v3U9WHi71Cb88xR83KyKKAwkKZJrA/Og
-----END RSA PRIVATE KEY-----
)";

// What Node.js makes of the key, the header and these claims.
constexpr char kToken[] =
    "eyJhbGciOiJSUzI1NiIsInR5cCI6IkpXVCJ9.eyJleHAiOjE4MDAwMDA0ODAsImlhdCI6MTc5OTk"
    "5OTk0MCwiaXNzIjoiMTIzNDU2In0.H5Tjx18tyO0LWwkg1LHifUrXUpA7zQGzCbxrouDm4BtnboX"
    "YE6uqOqAvEdQpOLQxiSwPhoeyGO6ZLc9kCpMfz-"
    "MshcBp2ghLMS0BXsHYgcUHZwC56CppYbu9j9hWhcSsEybdSQzBfwX-gQKXpJvs1x84xnBemIvUWg"
    "cNOKVnNa0R7J9-2J-"
    "huVarGBFF9Oh8F8GI0hjPMmtpZ3AlSey6bpBRRVk9p5Jqs0MXJivjvAn7QY_3RpsuYLGEmN-dIT5"
    "C9bqZxLPvHYN7hS0SZ2uBDtc8bxTi2xR-W3iY6zvlHOSnazx7-w5J4mS52rKUwF_bXG9uhDRx7--"
    "8xuo9YqH0Nw";

std::string Decoded(absl::string_view part) {
  std::string text;
  EXPECT_TRUE(absl::WebSafeBase64Unescape(part, &text)) << part;
  return text;
}

using Pkey = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;

std::string Pem(EVP_PKEY* key) {
  BIO* bio = BIO_new(BIO_s_mem());
  PEM_write_bio_PrivateKey(bio, key, nullptr, nullptr, 0, nullptr, nullptr);
  char* data = nullptr;
  const auto size = static_cast<size_t>(BIO_get_mem_data(bio, &data));
  std::string pem(data, size);
  BIO_free(bio);
  return pem;
}

TEST(JwtTest, IsWhatAnotherImplementationMakes) {
  ASSERT_OK_AND_ASSIGN(const Secret jwt, SignAppJwt("123456", Secret(kKey), kNow));

  EXPECT_EQ(jwt.Reveal(), kToken);
}

TEST(JwtTest, IsVerifiedByThePublicKey) {
  const Pkey key(EVP_PKEY_Q_keygen(nullptr, nullptr, "RSA", size_t{3072}),
                 EVP_PKEY_free);

  ASSERT_OK_AND_ASSIGN(const Secret jwt,
                       SignAppJwt("Iv1.abc", Secret(Pem(key.get())), kNow));

  const std::vector<std::string> parts = absl::StrSplit(jwt.Reveal(), '.');
  ASSERT_EQ(parts.size(), 3u);
  const std::string text = absl::StrCat(parts[0], ".", parts[1]);
  const std::string signature = Decoded(parts[2]);
  EVP_MD_CTX* const context = EVP_MD_CTX_new();
  EVP_DigestVerifyInit(context, nullptr, EVP_sha256(), nullptr, key.get());
  EXPECT_EQ(EVP_DigestVerify(
                context, reinterpret_cast<const unsigned char*>(signature.data()),
                signature.size(), reinterpret_cast<const unsigned char*>(text.data()),
                text.size()),
            1);
  EVP_MD_CTX_free(context);
}

TEST(JwtTest, ClaimsAreWithinWhatGitHubTakes) {
  ASSERT_OK_AND_ASSIGN(const Secret jwt, SignAppJwt("123456", Secret(kKey), kNow));

  const std::vector<std::string> parts = absl::StrSplit(jwt.Reveal(), '.');
  EXPECT_EQ(Decoded(parts[0]), R"({"alg":"RS256","typ":"JWT"})");
  EXPECT_EQ(Decoded(parts[1]), R"({"exp":1800000480,"iat":1799999940,"iss":"123456"})");
}

TEST(JwtTest, AppIdIsAJsonString) {
  ASSERT_OK_AND_ASSIGN(const Secret jwt,
                       SignAppJwt("a\",\"exp\":9", Secret(kKey), kNow));

  const std::vector<std::string> parts = absl::StrSplit(jwt.Reveal(), '.');
  EXPECT_THAT(Decoded(parts[1]), HasSubstr(R"("iss":"a\",\"exp\":9"})"));
}

TEST(JwtTest, OtherKeysAreRefusedWithoutBeingShown) {
  const Pkey curve(EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-256"), EVP_PKEY_free);
  std::string broken = kKey;
  broken.erase(100, 8);
  for (const std::string& pem : {Pem(curve.get()), broken, std::string()}) {
    const auto refused = SignAppJwt("123456", Secret(pem), kNow);

    EXPECT_THAT(refused, HasCode(absl::StatusCode::kInternal));
    EXPECT_THAT(refused.status().ToString(), Not(HasSubstr("MII")));
  }
}

}  // namespace
}  // namespace gitsync
