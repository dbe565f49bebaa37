#include "server/config/server_config.h"

#include <google/protobuf/descriptor.h>
#include <gtest/gtest.h>

#include "tests/support/status_matchers.h"

namespace gitsync {
namespace {

using config::v1::ServerConfig;
using testing::HasSubstr;
using testing::Not;

ServerConfig Defaults() {
  ServerConfig config;
  ApplyDefaults(&config);
  return config;
}

std::string MessageOf(const absl::Status& status) {
  return std::string(status.message());
}

TEST(ServerConfigTest, EverySettingHasHelp) {
  const auto* descriptor = ServerConfig::descriptor();
  size_t settings = 0;
  for (int i = 0; i < descriptor->field_count(); ++i) {
    const auto& field = *descriptor->field(i);
    EXPECT_EQ(SettingHelp().count(std::string(field.name())),
              IsTextSetting(field) ? 1u : 0u)
        << field.name();
    settings += IsTextSetting(field);
  }
  EXPECT_EQ(SettingHelp().size(), settings);
}

TEST(ServerConfigTest, DefaultsAreValid) {
  EXPECT_OK(CheckConfig(Defaults()));
  EXPECT_EQ(Defaults().grpc_listen(), "127.0.0.1:7420");
  EXPECT_EQ(Defaults().http_listen(), "127.0.0.1:7421");
  EXPECT_EQ(Defaults().data_dir(), "./gitsync-data");
}

TEST(ParseConfigFileTest, ReadsProtobufText) {
  ASSERT_OK_AND_ASSIGN(const ServerConfig config,
                       ParseConfigFile("# ours\ngrpc_listen: \"[::1]:80\"\n"
                                       "allow_private_remotes: true\n"));

  EXPECT_EQ(config.grpc_listen(), "[::1]:80");
  EXPECT_TRUE(config.allow_private_remotes());
}

TEST(ParseConfigFileTest, ReadsJson) {
  ASSERT_OK_AND_ASSIGN(
      const ServerConfig config,
      ParseConfigFile(" {\"grpc_listen\": \"h:1\", \"gitWorkers\": 3}"));

  EXPECT_EQ(config.grpc_listen(), "h:1");
  EXPECT_EQ(config.git_workers(), 3);
}

TEST(ParseConfigFileTest, UnknownFieldOfTextIsRefusedWithItsPlace) {
  const auto config = ParseConfigFile("git_workers: 3\ngrpc_lisen: \"h:1\"\n");

  EXPECT_THAT(config, HasCode(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(MessageOf(config.status()), HasSubstr("line 2"));
  EXPECT_THAT(MessageOf(config.status()), HasSubstr("grpc_lisen"));
}

TEST(ParseConfigFileTest, FaultsDoNotQuoteWhatMayBeASecret) {
  for (const char* const content :
       {"git_configs { https_token { token: canary } }",
        "{\"git_configs\": [{\"https_token\": {\"token\": \"canary\" x}}]}",
        "{\"git_configs\": [{\"https_token\": {\"token\": [\"canary\"]}}]}"}) {
    const auto config = ParseConfigFile(content);
    EXPECT_THAT(config, HasCode(absl::StatusCode::kInvalidArgument)) << content;
    EXPECT_THAT(std::string(config.status().message()), Not(HasSubstr("canary")))
        << content;
  }
}

TEST(ParseConfigFileTest, UnknownFieldOfJsonIsRefused) {
  const auto config = ParseConfigFile("{\"grpc_lisen\": \"h:1\"}");

  EXPECT_THAT(config, HasCode(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(MessageOf(config.status()), HasSubstr("grpc_lisen"));
}

TEST(ApplySettingsTest, WrongTypesAreAllNamed) {
  ServerConfig config;

  const absl::Status status = ApplySettings(
      {{"git_workers", "many"}, {"drain_seconds", "0"}, {"allow_file_remotes", "si"}},
      "--", &config);

  EXPECT_THAT(MessageOf(status), HasSubstr("--git_workers"));
  EXPECT_THAT(MessageOf(status), HasSubstr("--drain_seconds"));
  EXPECT_THAT(MessageOf(status), HasSubstr("--allow_file_remotes"));
}

TEST(CheckConfigTest, AllFaultsAreListed) {
  ServerConfig config = Defaults();
  config.set_grpc_listen("nowhere");
  config.set_http_listen("h:70000");
  config.set_tls_certificate_file("/no/such/cert.pem");
  config.set_log_level("loud");
  config.set_ssh_login_ration("sometimes");
  config.set_committer_name("a <b>");
  config.set_git_workers(-1);

  const std::string message = MessageOf(CheckConfig(config));

  for (const char* name :
       {"grpc_listen", "http_listen", "tls_private_key_file", "/no/such/cert.pem",
        "log_level", "ssh_login_ration", "committer_name", "git_workers"}) {
    EXPECT_THAT(message, HasSubstr(name));
  }
}

TEST(CheckConfigTest, GatewayAloneNeedsABackendAndAnAddress) {
  ServerConfig config = Defaults();
  config.set_gateway_only(true);
  EXPECT_THAT(MessageOf(CheckConfig(config)), HasSubstr("backend must be HOST:PORT"));
  config.set_backend("server:7420");
  EXPECT_OK(CheckConfig(config));
  config.set_http_listen("off");
  EXPECT_THAT(MessageOf(CheckConfig(config)), HasSubstr("http_listen, which is off"));
  config.set_gateway_only(false);
  EXPECT_THAT(MessageOf(CheckConfig(config)), HasSubstr("are for gateway_only"));
}

TEST(CheckConfigTest, BackendIsInClearOrCheckedNotBoth) {
  ServerConfig config = Defaults();
  config.set_backend_plaintext(true);
  EXPECT_THAT(MessageOf(CheckConfig(config)), HasSubstr("are for gateway_only"));
  config.set_gateway_only(true);
  config.set_backend("server:7420");
  EXPECT_OK(CheckConfig(config));
  config.set_backend_ca_file("/dev/null");
  EXPECT_THAT(MessageOf(CheckConfig(config)), HasSubstr("exclude each other"));
}

TEST(BackendUsesTlsTest, UnlessItIsOnLoopbackOrSaidNotTo) {
  ServerConfig config;
  for (const char* loopback :
       {"127.0.0.1:1", "127.9.9.9:1", "[::1]:1", "localhost:1", "LocalHost:1"}) {
    config.set_backend(loopback);
    EXPECT_FALSE(BackendUsesTls(config)) << loopback;
  }
  for (const char* other : {"10.0.0.1:1", "server:1", "[::2]:1", "127.0.0.1.example:1",
                            "localhost.example:1", "nowhere"}) {
    config.set_backend(other);
    EXPECT_TRUE(BackendUsesTls(config)) << other;
  }
  config.set_backend_plaintext(true);
  EXPECT_FALSE(BackendUsesTls(config));
  config.set_backend_plaintext(false);
  config.set_backend("127.0.0.1:1");
  config.set_backend_ca_file("/ca.pem");
  EXPECT_TRUE(BackendUsesTls(config));
}

TEST(CheckConfigTest, HttpMayBeOff) {
  ServerConfig config = Defaults();
  config.set_http_listen("off");
  EXPECT_OK(CheckConfig(config));
  config.set_grpc_listen("off");
  EXPECT_THAT(MessageOf(CheckConfig(config)), HasSubstr("grpc_listen"));
}

TEST(CheckConfigTest, OriginsHaveASchemeAndNoPath) {
  ServerConfig config = Defaults();
  for (const char* right :
       {"*", "https://ci.example.com", "http://a:8080, https://b", "https://a,"}) {
    config.set_cors_allowed_origins(right);
    EXPECT_OK(CheckConfig(config)) << right;
  }
  for (const char* wrong : {"ci.example.com", "https://a/", "https://*.a", "https://",
                            "https://a b", "null", "https://a,b"}) {
    config.set_cors_allowed_origins(wrong);
    EXPECT_THAT(MessageOf(CheckConfig(config)), HasSubstr("cors_allowed_origins"))
        << wrong;
  }
}

TEST(CheckConfigTest, HttpLimitsHaveRanges) {
  ServerConfig config = Defaults();
  EXPECT_EQ(config.http_max_connections(), 4096);
  EXPECT_EQ(config.http_max_timeout_seconds(), 150);
  config.set_http_max_connections(-1);
  config.set_http_max_timeout_seconds(3601);
  config.set_backend_ca_file("/no/such/ca.pem");

  const std::string message = MessageOf(CheckConfig(config));

  EXPECT_THAT(message, HasSubstr("http_max_connections"));
  EXPECT_THAT(message, HasSubstr("http_max_timeout_seconds"));
  EXPECT_THAT(message, HasSubstr("/no/such/ca.pem"));
}

struct PlaintextCase {
  const char* name;
  const char* grpc_listen;
  const char* http_listen;
  const char* refused;  // the setting that is, or empty
};

class PlaintextListenTest : public testing::TestWithParam<PlaintextCase> {};

INSTANTIATE_TEST_SUITE_P(
    , PlaintextListenTest,
    testing::Values(
        PlaintextCase{"Loopback", "127.0.0.1:0", "127.9.9.9:1", ""},
        PlaintextCase{"LoopbackV6", "[::1]:0", "[::ffff:127.0.0.1]:0", ""},
        PlaintextCase{"Localhost", "localhost:0", "LOCALHOST:1", ""},
        PlaintextCase{"HttpOff", "127.0.0.1:0", "off", ""},
        PlaintextCase{"AnyAddress", "0.0.0.0:7420", "off", "grpc_listen"},
        PlaintextCase{"AnyAddressV6", "127.0.0.1:0", "[::]:7421", "http_listen"},
        PlaintextCase{"MappedAddress", "[::ffff:10.0.0.1]:1", "off", "grpc_listen"},
        PlaintextCase{"PrivateAddress", "127.0.0.1:0", "10.0.0.1:80", "http_listen"},
        PlaintextCase{"LinkLocal", "[fe80::1]:1", "off", "grpc_listen"},
        PlaintextCase{"NameOfAHost", "gitsync.example.com:1", "off", "grpc_listen"},
        PlaintextCase{"NameThatBeginsAsLoopback", "127.0.0.1.example.com:1", "off",
                      "grpc_listen"},
        PlaintextCase{"ShortFormOfAnyAddress", "0:7420", "off", "grpc_listen"}),
    [](const auto& test) { return test.param.name; });

TEST_P(PlaintextListenTest, IsForLoopbackUnlessItIsAllowed) {
  ServerConfig config = Defaults();
  config.set_grpc_listen(GetParam().grpc_listen);
  config.set_http_listen(GetParam().http_listen);

  const absl::Status checked = CheckConfig(config);
  config.set_allow_plaintext_listen(true);
  const absl::Status allowed = CheckConfig(config);
  config.set_allow_plaintext_listen(false);
  // Readable, which is all that this check wants of them.
  config.set_tls_certificate_file("/dev/null");
  config.set_tls_private_key_file("/dev/null");
  const absl::Status with_tls = CheckConfig(config);

  EXPECT_EQ(checked.ok(), std::string(GetParam().refused).empty()) << checked;
  EXPECT_THAT(MessageOf(checked), HasSubstr(GetParam().refused));
  if (!checked.ok()) {
    EXPECT_THAT(MessageOf(checked), HasSubstr("set allow_plaintext_listen"));
  }
  EXPECT_OK(allowed);
  EXPECT_OK(with_tls);
}

TEST(CheckConfigTest, GatewayAloneDoesNotListenForGrpc) {
  ServerConfig config = Defaults();
  config.set_gateway_only(true);
  config.set_backend("server:7420");
  config.set_grpc_listen("0.0.0.0:7420");
  EXPECT_OK(CheckConfig(config));
  config.set_http_listen("0.0.0.0:7421");
  EXPECT_THAT(MessageOf(CheckConfig(config)), HasSubstr("http_listen 0.0.0.0:7421"));
}

}  // namespace
}  // namespace gitsync
