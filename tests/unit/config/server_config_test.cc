#include "server/config/server_config.h"

#include <google/protobuf/descriptor.h>
#include <gtest/gtest.h>

#include <fstream>
#include <regex>

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
    EXPECT_EQ(SettingHelp().count(field.name()), IsTextSetting(field) ? 1u : 0u)
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

TEST(SettingsFromEnvironmentTest, TakesSettingsAndLeavesTheRest) {
  ASSERT_OK_AND_ASSIGN(const SettingValues values,
                       SettingsFromEnvironment({{"GITSYNC_DATA_DIR", "/d"},
                                                {"GITSYNC_ADMIN_TOKEN", "secret"},
                                                {"GITSYNC_MASTER_KEY", "secret"},
                                                {"GITSYNC_TOKEN", "secret"},
                                                {"GITSYNC_SERVER", "h:1"},
                                                {"HOME", "/root"}}));

  EXPECT_EQ(values, (SettingValues{{"data_dir", "/d"}}));
}

TEST(SettingsFromEnvironmentTest, TakesWhatQuickstartExports) {
  std::ifstream script(GITSYNC_SOURCE_DIR "/deploy/quickstart");
  const std::regex exported("^export (GITSYNC_[A-Z_]+)=.*");
  std::map<std::string, std::string> environment;
  std::smatch match;
  for (std::string line; std::getline(script, line);) {
    if (std::regex_match(line, match, exported)) environment[match[1]] = "x";
  }

  ASSERT_EQ(environment.count("GITSYNC_URL"), 1u);
  EXPECT_OK(SettingsFromEnvironment(environment));
}

TEST(SettingsFromEnvironmentTest, TakesWhatKubernetesSaysOfAService) {
  EXPECT_OK(SettingsFromEnvironment({{"GITSYNC_SERVICE_HOST", "10.0.0.1"},
                                     {"GITSYNC_SERVICE_PORT_GRPC", "7420"},
                                     {"GITSYNC_PORT", "tcp://10.0.0.1:7420"},
                                     {"GITSYNC_PORT_7420_TCP_PROTO", "tcp"}}));
  EXPECT_THAT(SettingsFromEnvironment({{"GITSYNC_PORTS", "1"}}),
              HasCode(absl::StatusCode::kInvalidArgument));
}

TEST(SettingsFromEnvironmentTest, EveryUnknownVariableIsNamed) {
  const auto values =
      SettingsFromEnvironment({{"GITSYNC_DATADIR", "/d"}, {"GITSYNC_grpc_listen", ""}});

  EXPECT_THAT(values, HasCode(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(MessageOf(values.status()), HasSubstr("GITSYNC_DATADIR"));
  EXPECT_THAT(MessageOf(values.status()), HasSubstr("GITSYNC_grpc_listen"));
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
  config.set_committer_name("a <b>");
  config.set_git_workers(-1);

  const std::string message = MessageOf(CheckConfig(config));

  for (const char* name :
       {"grpc_listen", "http_listen", "tls_private_key_file", "/no/such/cert.pem",
        "log_level", "committer_name", "git_workers"}) {
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

TEST(SplitHostPortTest, TellsTheFormsApart) {
  std::string host;
  int port = 0;

  EXPECT_TRUE(SplitHostPort("[::1]:7420", &host, &port));
  EXPECT_EQ(host, "::1");
  EXPECT_EQ(port, 7420);
  EXPECT_TRUE(SplitHostPort("localhost:0", &host, &port));
  for (const char* wrong : {"", ":1", "h", "h:", "h:-1", "h:65536", "::1:7420", "h:+1",
                            "a b:1", "unix:/x"}) {
    EXPECT_FALSE(SplitHostPort(wrong, &host, &port)) << wrong;
  }
}

}  // namespace
}  // namespace gitsync
