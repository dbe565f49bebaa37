#include "server/config/environment_settings.h"

#include <gtest/gtest.h>

#include <fstream>
#include <regex>

#include "tests/support/status_matchers.h"

namespace gitsync {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

TEST(SettingsFromEnvironmentTest, TakesSettingsAndLeavesTheRest) {
  ASSERT_OK_AND_ASSIGN(const EnvironmentSettings settings,
                       SettingsFromEnvironment({{"GITSYNC_DATA_DIR", "/d"},
                                                {"GITSYNC_ADMIN_TOKEN", "secret"},
                                                {"GITSYNC_MASTER_KEY", "secret"},
                                                {"GITSYNC_TOKEN", "secret"},
                                                {"GITSYNC_SERVER", "h:1"},
                                                {"HOME", "/root"}}));

  EXPECT_EQ(settings.values, (SettingValues{{"data_dir", "/d"}}));
  EXPECT_THAT(settings.ignored, IsEmpty());
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

struct ServiceCase {
  const char* name;
  std::map<std::string, std::string> environment;
};

class ServiceVariablesTest : public testing::TestWithParam<ServiceCase> {};

// As a pod's environment has them, beside Services of these names.
INSTANTIATE_TEST_SUITE_P(
    , ServiceVariablesTest,
    testing::Values(ServiceCase{"OfItself",
                                {{"GITSYNC_SERVICE_HOST", "10.0.0.1"},
                                 {"GITSYNC_SERVICE_PORT", "7420"},
                                 {"GITSYNC_SERVICE_PORT_GRPC", "7420"},
                                 {"GITSYNC_PORT", "tcp://10.0.0.1:7420"},
                                 {"GITSYNC_PORT_7420_TCP", "tcp://10.0.0.1:7420"},
                                 {"GITSYNC_PORT_7420_TCP_PROTO", "tcp"},
                                 {"GITSYNC_PORT_7420_TCP_PORT", "7420"},
                                 {"GITSYNC_PORT_7420_TCP_ADDR", "10.0.0.1"}}},
                    ServiceCase{"OfTheGateway",
                                {{"GITSYNC_GATEWAY_SERVICE_HOST", "10.0.0.2"},
                                 {"GITSYNC_GATEWAY_SERVICE_PORT_HTTP", "80"},
                                 {"GITSYNC_GATEWAY_PORT", "tcp://10.0.0.2:80"},
                                 {"GITSYNC_GATEWAY_PORT_80_TCP_ADDR", "10.0.0.2"}}},
                    ServiceCase{"OfADatabase",
                                {{"GITSYNC_POSTGRES_SERVICE_HOST", "10.0.0.3"},
                                 {"GITSYNC_POSTGRES_PORT_5432_TCP_ADDR", "10.0.0.3"}}},
                    ServiceCase{"OverUdpAndIpv6",
                                {{"GITSYNC_DNS_SERVICE_HOST", "fd00::1"},
                                 {"GITSYNC_DNS_PORT", "udp://[fd00::1]:53"},
                                 {"GITSYNC_DNS_PORT_53_UDP_PROTO", "udp"}}},
                    ServiceCase{"NamedAsASetting",
                                {{"GITSYNC_BACKEND_SERVICE_HOST", "10.0.0.4"},
                                 {"GITSYNC_BACKEND_PORT", "tcp://10.0.0.4:7420"},
                                 {"GITSYNC_GRPC_LISTEN_PORT", "tcp://10.0.0.4:7420"}}}),
    [](const auto& test) { return test.param.name; });

TEST_P(ServiceVariablesTest, ArePassedOver) {
  ASSERT_OK_AND_ASSIGN(const EnvironmentSettings settings,
                       SettingsFromEnvironment(GetParam().environment));

  EXPECT_TRUE(settings.values.empty());
  EXPECT_THAT(settings.ignored, IsEmpty());
}

struct MisspelledCase {
  const char* name;
  const char* variable;
  const char* said;
};

class MisspelledVariableTest : public testing::TestWithParam<MisspelledCase> {};

INSTANTIATE_TEST_SUITE_P(
    , MisspelledVariableTest,
    testing::Values(
        MisspelledCase{"LetterLeftOut", "GITSYNC_GRPC_LISEN", "GITSYNC_GRPC_LISTEN"},
        MisspelledCase{"UnderscoreLeftOut", "GITSYNC_DATADIR", "GITSYNC_DATA_DIR"},
        MisspelledCase{"LowerCase", "GITSYNC_grpc_listen", "GITSYNC_GRPC_LISTEN"},
        MisspelledCase{"LettersExchanged", "GITSYNC_LOG_LEVLE", "GITSYNC_LOG_LEVEL"},
        MisspelledCase{"Plural", "GITSYNC_MIRRORS_MAX_MIBS", "GITSYNC_MIRRORS_MAX_MIB"},
        MisspelledCase{"WordCutShort", "GITSYNC_TLS_CERT_FILE",
                       "GITSYNC_TLS_CERTIFICATE_FILE"},
        MisspelledCase{"WordLeftOut", "GITSYNC_KNOWN_HOSTS",
                       "GITSYNC_KNOWN_HOSTS_FILE"},
        MisspelledCase{"Secret", "GITSYNC_MASTERKEY", "GITSYNC_MASTER_KEY"},
        MisspelledCase{"SettingOfTheFile", "GITSYNC_GIT_CONFIGS",
                       "git_configs is a setting of the file alone"}),
    [](const auto& test) { return test.param.name; });

TEST_P(MisspelledVariableTest, IsRefusedWithTheNameThatIsMeant) {
  const auto settings = SettingsFromEnvironment({{GetParam().variable, "x"}});

  EXPECT_THAT(settings, HasCode(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(std::string(settings.status().message()), HasSubstr(GetParam().variable));
  EXPECT_THAT(std::string(settings.status().message()), HasSubstr(GetParam().said));
}

TEST(SettingsFromEnvironmentTest, EveryMisspelledVariableIsNamed) {
  const auto settings =
      SettingsFromEnvironment({{"GITSYNC_DATADIR", "/d"}, {"GITSYNC_LOGLEVEL", ""}});

  EXPECT_THAT(std::string(settings.status().message()), HasSubstr("GITSYNC_DATADIR"));
  EXPECT_THAT(std::string(settings.status().message()), HasSubstr("GITSYNC_LOGLEVEL"));
}

TEST(SettingsFromEnvironmentTest, WhatResemblesNoSettingIsLeftToTheLog) {
  // A port that is a number is no Service's.
  ASSERT_OK_AND_ASSIGN(const EnvironmentSettings settings,
                       SettingsFromEnvironment({{"GITSYNC_HTTP_PORT", "8080"},
                                                {"GITSYNC_IMAGE", "gitsync:1"},
                                                {"GITSYNC_PORTS", "1"}}));

  EXPECT_TRUE(settings.values.empty());
  EXPECT_THAT(settings.ignored,
              ElementsAre("GITSYNC_HTTP_PORT", "GITSYNC_IMAGE", "GITSYNC_PORTS"));
}

}  // namespace
}  // namespace gitsync
