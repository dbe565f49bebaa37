#include "server/config/value_source.h"

#include <gtest/gtest.h>

#include <fstream>

#include "tests/support/status_matchers.h"
#include "tests/support/temp_dir.h"

namespace gitsync {
namespace {

using config::v1::ServerConfig;
using testing::HasSubstr;

TEST(ResolveValuesTest, VariableAndFileStandForWhatTheyHold) {
  const TempDir folder;
  std::ofstream(folder / "key.pem") << "one\ntwo\n";
  ServerConfig config;
  auto* setting = config.add_git_configs();
  setting->set_organization_id("${ORGANIZATION}");
  setting->set_git_url("https://${HOST}/a.git");
  setting->set_branch_name("${main");
  auto* app = setting->mutable_github_app();
  app->set_github_app_id("12");
  app->set_github_app_private_key("file:" + (folder / "key.pem"));
  config.add_git_configs()->mutable_https_token()->set_token("${TOKEN}");

  ASSERT_OK(ResolveValues({{"ORGANIZATION", "o"}, {"TOKEN", "${HOME}"}}, &config));

  EXPECT_EQ(setting->organization_id(), "o");
  EXPECT_EQ(setting->git_url(), "https://${HOST}/a.git");
  EXPECT_EQ(setting->branch_name(), "${main");
  EXPECT_EQ(app->github_app_id(), "12");
  EXPECT_EQ(app->github_app_private_key(), "one\ntwo");
  EXPECT_EQ(config.git_configs(1).https_token().token(), "${HOME}");
}

TEST(ResolveValuesTest, EachThatIsMissingIsNamedWithItsSetting) {
  const TempDir folder;
  std::ofstream(folder / "empty").close();
  ServerConfig config;
  config.add_git_configs()->set_organization_id("literal-canary");
  auto* setting = config.add_git_configs();
  setting->set_git_url("file:" + (folder / "none"));
  setting->set_path_prefix("file:" + folder.path());
  setting->set_ca_certificate("file:" + (folder / "empty"));
  setting->mutable_https_token()->set_username("${EMPTY}");
  setting->mutable_https_token()->set_token("${UNSET}");

  const absl::Status status = ResolveValues({{"EMPTY", ""}, {"OTHER", "x"}}, &config);

  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  const std::string message(status.message());
  EXPECT_THAT(message, HasSubstr("git_configs[1].git_url: cannot read " +
                                 (folder / "none") + ": No such file"));
  EXPECT_THAT(message, HasSubstr("git_configs[1].path_prefix: cannot read " +
                                 folder.path() + ": Is a directory"));
  EXPECT_THAT(message, HasSubstr("empty: it is empty"));
  EXPECT_THAT(message,
              HasSubstr("git_configs[1].https_token.username: the environment's "
                        "variable EMPTY is not set"));
  EXPECT_THAT(message, HasSubstr("git_configs[1].https_token.token: the "
                                 "environment's variable UNSET is not set"));
  EXPECT_THAT(message, testing::Not(HasSubstr("canary")));
}

}  // namespace
}  // namespace gitsync
