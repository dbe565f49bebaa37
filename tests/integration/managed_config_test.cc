// Git configurations that come from the server's settings.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "tests/integration/installation.h"
#include "tests/support/programs.h"
#include "tests/support/raw_http.h"

namespace gitsync {
namespace {

using absl::StatusCode;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr char kOrganization[] = "0b1c2d3e-4f50-4617-8829-3a4b5c6d7e8f";
// What is in every form of the host's token.
constexpr char kCanary[] = "https-token-canary";

// A file of settings with one configuration, whose secrets are elsewhere.
class Settings {
 public:
  Settings() {
    WriteTestFile(folder_ / "ca.pem", host_.CaCertificate());
    Write("${GIT_TOKEN}");
  }

  void Write(const std::string& token) {
    WriteTestFile(
        path(), absl::StrCat("git_configs {\n  organization_id: \"", kOrganization,
                             "\"\n  git_url: \"", host_.UrlOf(remote_.path()),
                             "\"\n  branch_name: \"master\"\n  ca_certificate: \"file:",
                             folder_ / "ca.pem", "\"\n  https_token { username: \"",
                             GitHost::kUser, "\" token: \"", token, "\" }\n}\n"));
  }
  // The setting goes.
  void Clear() { WriteTestFile(path(), ""); }

  std::string path() const { return folder_ / "gitsync.conf"; }
  TestRemote& remote() { return remote_; }

 private:
  const TempDir folder_;
  TestRemote remote_;
  GitHost host_{Transport::kHttps};
};

TEST(ManagedConfigTest, IsAppliedKeptAndChangedInTheSettingsOnly) {
  Settings settings;
  GitsyncdProcess server(
      {.flags = {"--log_level=debug", absl::StrCat("--config=", settings.path())},
       .environment = {absl::StrCat("GIT_TOKEN=", GitHost::kToken)}});
  {
    Api api(server.endpoint(), server.AdminToken());
    v1::CreateOrganizationRequest request;
    request.set_organization_id(kOrganization);
    request.set_name("managed");
    ASSERT_OK(
        api.client().Call(&v1::OrganizationService::Stub::CreateOrganization, request));
    EXPECT_THAT(server.Log(), HasSubstr("organization that does not exist"));
    EXPECT_THAT(api.GetGitConfig(kOrganization),
                StatusIs(StatusCode::kNotFound, "GIT_NOT_CONFIGURED"));
  }
  server.Restart();

  Api api(server.endpoint(), server.AdminToken());
  ASSERT_OK(api.Finalize(kOrganization));
  ASSERT_OK_AND_ASSIGN(const auto config, api.GetGitConfig(kOrganization));
  EXPECT_TRUE(config.managed());
  EXPECT_EQ(config.https_token().username(), GitHost::kUser);
  const AppAndVersion app = api.CreateApp(kOrganization, "Shop", kDefinition);
  ASSERT_OK(api.Push(app, "Add"));
  EXPECT_THAT(settings.remote().Log(), ElementsAre("Add"));

  const auto managed = StatusIs(StatusCode::kFailedPrecondition, "GIT_CONFIG_MANAGED");
  v1::UpdateGitConfigRequest update;
  update.set_organization_id(kOrganization);
  update.set_branch_name("next");
  EXPECT_THAT(api.client().Call(&v1::GitConfigService::Stub::UpdateGitConfig, update),
              managed);
  EXPECT_THAT(api.ConfigureSsh(kOrganization, "git@git.example.com:a/b.git"), managed);
  EXPECT_THAT(api.ConfigureHttpsToken(kOrganization, config.git_url(),
                                      [](auto& request) { request.set_token("t"); }),
              managed);
  v1::GenerateSshKeyRequest generate;
  generate.set_organization_id(kOrganization);
  EXPECT_THAT(api.client().Call(&v1::GitConfigService::Stub::GenerateSshKey, generate),
              managed);
  const HttpAnswer refused =
      RawHttp(server.http_endpoint())
          .Ask(absl::StrCat("DELETE /api/v1/organizations/", kOrganization, "/git"),
               absl::StrCat("Authorization: Bearer ", server.AdminToken(), "\r\n"));
  EXPECT_THAT(refused.body,
              AllOf(HasSubstr("GIT_CONFIG_MANAGED"), HasSubstr("server's settings")));
  const CommandResult shown = RunCommand(
      {Program("gitsyncctl"), "git", "config", "show", "--org", kOrganization},
      {"GITSYNC_SERVER=" + server.endpoint(), "GITSYNC_TOKEN=" + server.AdminToken()});
  EXPECT_THAT(shown.output, HasSubstr("by the server's settings"));

  server.Restart();
  Api again(server.endpoint(), server.AdminToken());
  ASSERT_OK_AND_ASSIGN(const auto after, again.GetGitConfig(kOrganization));
  EXPECT_EQ(after.DebugString(), config.DebugString());
  EXPECT_EQ(after.state(), v1::GIT_CONFIG_STATE_READY);

  settings.Clear();
  server.Restart();
  Api last(server.endpoint(), server.AdminToken());
  ASSERT_OK_AND_ASSIGN(const auto ordinary, last.GetGitConfig(kOrganization));
  EXPECT_FALSE(ordinary.managed());
  ASSERT_OK(last.UpdateDefinition(app, R"({"n":1})"));
  EXPECT_OK(last.Push(app, "Change"));

  EXPECT_THAT(server.Log(), Not(HasSubstr(kCanary)));
  EXPECT_THAT(absl::StrCat(config.DebugString(), refused.body, shown.output),
              Not(HasSubstr(kCanary)));
  for (const auto& entry :
       std::filesystem::recursive_directory_iterator(server.data_dir())) {
    if (!entry.is_regular_file()) continue;
    std::ifstream file(entry.path(), std::ios::binary);
    const std::string content(std::istreambuf_iterator<char>(file), {});
    EXPECT_FALSE(absl::StrContains(content, GitHost::kToken)) << entry.path();
  }
}

TEST(ManagedConfigTest, WrongSettingIsFoundByTheCheckAndTellsNoSecret) {
  Settings settings;
  const auto check = [&settings](const std::string& variable) {
    return RunCommand({Program("gitsyncd"), "--check-config",
                       absl::StrCat("--config=", settings.path())},
                      {variable});
  };

  const CommandResult right = check("GIT_TOKEN=token");
  const CommandResult unset = check("OTHER=token");
  const CommandResult invalid = check("GIT_TOKEN=secret canary");
  settings.Write("file:/nowhere/token");
  const CommandResult missing = check("GIT_TOKEN=token");

  EXPECT_EQ(right.status, 0) << right.output;
  EXPECT_EQ(unset.status, 2);
  EXPECT_THAT(unset.output, HasSubstr("git_configs[0].https_token.token: the "
                                      "environment's variable GIT_TOKEN is not set"));
  EXPECT_EQ(invalid.status, 2);
  EXPECT_THAT(invalid.output, AllOf(HasSubstr("git_configs[0]: "), HasSubstr("token: "),
                                    Not(HasSubstr("canary"))));
  EXPECT_EQ(missing.status, 2);
  EXPECT_THAT(missing.output, HasSubstr("cannot read /nowhere/token"));
}

}  // namespace
}  // namespace gitsync
