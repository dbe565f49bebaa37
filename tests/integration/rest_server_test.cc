// How gitsyncd serves REST: gateways of their own, TLS, CORS.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "tests/integration/rest_fixture.h"
#include "tests/support/test_ca.h"

namespace gitsync {
namespace {

using ::testing::HasSubstr;

TEST_F(RestTest, GatewayAloneServesABackend) {
  GitsyncdProcess gateway(
      {.flags = {"--gateway-only", "--backend=" + server().endpoint()},
       .allow_private_remotes = false});
  const std::string url =
      absl::StrCat("http://", gateway.http_endpoint(), "/api/v1/organizations");

  const CurlAnswer answer =
      Curl({url, "-H", "Authorization: Basic " + server().AdminToken()});
  server().Terminate();
  const CurlAnswer gone =
      Curl({url, "-H", "Authorization: Basic " + server().AdminToken()});

  EXPECT_EQ(answer.status, 200) << answer.body;
  EXPECT_THAT(answer.body, HasSubstr(gitsync_.dev()));
  EXPECT_EQ(gone.status, 503);
  EXPECT_THAT(gone.body, HasSubstr("BACKEND_UNAVAILABLE"));
}

TEST_F(RestTest, GatewayAloneSendsNoTokenInClearUnlessItIsSaid) {
  // Reaches this machine, but is no address of loopback.
  const std::string backend =
      absl::StrReplaceAll(server().endpoint(), {{"127.0.0.1", "0.0.0.0"}});
  const auto status = [&](std::vector<std::string> flags) {
    flags.insert(flags.end(), {"--gateway-only", "--backend=" + backend});
    GitsyncdProcess gateway({.flags = flags, .allow_private_remotes = false});
    return Curl({absl::StrCat("http://", gateway.http_endpoint(),
                              "/api/v1/organizations"),
                 "-H", "Authorization: Basic " + server().AdminToken()})
        .status;
  };

  EXPECT_EQ(status({}), 503);
  EXPECT_EQ(status({"--backend_plaintext"}), 200);
}

// Makes cert.pem and key.pem in the folder; the flags of a server that shows them.
std::vector<std::string> MakeCertificate(const TempDir& folder) {
  WriteSelfSigned(folder.path());
  return {"--tls_certificate_file=" + (folder / "cert.pem"),
          "--tls_private_key_file=" + (folder / "key.pem")};
}

TEST(RestServerTest, GatewayAloneChecksItsBackendOverTls) {
  const TempDir folder;
  GitsyncdProcess server({.flags = MakeCertificate(folder)});
  GitsyncdProcess gateway({.flags = {"--gateway-only", "--backend=" + server.endpoint(),
                                     "--backend_ca_file=" + (folder / "cert.pem")},
                           .allow_private_remotes = false});

  const CurlAnswer answer =
      Curl({absl::StrCat("http://", gateway.http_endpoint(), "/api/v1/organizations"),
            "-H", "Authorization: Basic " + server.AdminToken()});

  EXPECT_EQ(answer.status, 200) << answer.body;
}

TEST(RestServerTest, ServesTlsWhenConfigured) {
  const TempDir folder;
  GitsyncdProcess server({.flags = MakeCertificate(folder)});
  const std::string url =
      absl::StrCat("https://", server.http_endpoint(), "/api/v1/organizations");

  const CurlAnswer answer = Curl({"--cacert", folder / "cert.pem", url, url, "-H",
                                  "Authorization: Basic " + server.AdminToken()});
  const CommandResult old = RunCommand(
      {"curl", "-sS", "--tls-max", "1.1", "--cacert", folder / "cert.pem", url});
  RawHttp clear(server.http_endpoint());
  clear.Send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");

  EXPECT_EQ(answer.status, 200) << answer.body;
  EXPECT_NE(old.status, 0);
  EXPECT_EQ(clear.Read().status, 0);
}

TEST(RestServerTest, CorsIsForTheOriginsThatAreConfigured) {
  GitsyncdProcess server({.flags = {"--cors_allowed_origins=https://ci.example.com"}});
  RawHttp http(server.http_endpoint());

  const HttpAnswer preflight = http.Ask("OPTIONS /api/v1/organizations",
                                        "Origin: https://ci.example.com\r\n"
                                        "Access-Control-Request-Method: POST\r\n");
  const HttpAnswer ours =
      http.Ask("GET /api/v1/organizations", "Origin: https://ci.example.com\r\n");
  const HttpAnswer other =
      http.Ask("GET /api/v1/organizations", "Origin: https://example.com\r\n");

  EXPECT_EQ(preflight.status, 204);
  EXPECT_EQ(preflight.headers.at("access-control-allow-origin"),
            "https://ci.example.com");
  EXPECT_THAT(preflight.headers.at("access-control-allow-methods"), HasSubstr("POST"));
  EXPECT_THAT(preflight.headers.at("access-control-allow-headers"),
              HasSubstr("Authorization"));
  EXPECT_EQ(ours.status, 401);
  EXPECT_EQ(ours.headers.at("access-control-allow-origin"), "https://ci.example.com");
  EXPECT_EQ(other.headers.count("access-control-allow-origin"), 0u);
  EXPECT_EQ(other.headers.at("vary"), "Origin");
}

TEST(RestServerTest, HttpMayBeOff) {
  GitsyncdProcess server({.flags = {"--http_listen=off"}});

  EXPECT_EQ(server.http_endpoint(), "off");
}

}  // namespace
}  // namespace gitsync
