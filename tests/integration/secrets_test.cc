// Secrets are on no disk in clear, and in no log.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <iterator>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "tests/integration/installation.h"

namespace gitsync {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

std::string ReadAll(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return std::string(std::istreambuf_iterator<char>(file), {});
}

// Files below `folder` that have `text` in them, by their path in it.
std::vector<std::string> FilesWith(const std::string& folder, const std::string& text) {
  std::vector<std::string> found;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    if (entry.is_regular_file() && absl::StrContains(ReadAll(entry.path()), text)) {
      found.push_back(std::filesystem::relative(entry.path(), folder));
    }
  }
  return found;
}

using SecretsTest = TransportTest;
GITSYNC_OVER_EACH_TRANSPORT(SecretsTest);

TEST_P(SecretsTest, NoneIsInAFileOrInTheLog) {
  Installation gitsync(
      {.transport = GetParam(), .server = {.flags = {"--log_level=debug"}}});
  Api& api = gitsync.api();
  const std::string data = gitsync.server().data_dir();
  const std::string admin_token = gitsync.server().AdminToken();
  std::vector<std::string> tokens;
  for (const v1::Role role : {v1::ROLE_VIEWER, v1::ROLE_EDITOR, v1::ROLE_ORG_ADMIN}) {
    tokens.push_back(api.CreateToken(gitsync.dev(), role));
  }
  const AppAndVersion app = api.CreateApp(gitsync.dev(), "Shop", kDefinition);
  ASSERT_OK(api.Push(app, "Add"));
  ASSERT_OK_AND_ASSIGN(const auto imported,
                       api.Import(gitsync.staging(), app.git_app_id));
  ASSERT_OK(api.Promote(imported.app().id()));
  const std::string rsa = api.CreateOrganization("rsa");
  ASSERT_OK(api.ConfigureSsh(
      rsa,
      absl::StrCat("ssh://git@127.0.0.1:", gitsync.host().port(), "/repository.git"),
      [](auto& request) { request.set_key_type(v1::SSH_KEY_TYPE_RSA); }));
  const std::string refused = api.CreateOrganization("refused");
  gitsync.Configure(gitsync.host(), refused, gitsync.url(), Access::kNone);
  // Failures are logged in more words.
  Api wrong(gitsync.server().endpoint(), "gst_wrongwrongwrongwrongwrongwrong");
  EXPECT_FALSE(wrong.ListApps(gitsync.dev()).ok());
  EXPECT_FALSE(api.Finalize(rsa).ok());
  EXPECT_FALSE(api.Finalize(refused).ok());
  for (const std::string& token : tokens) {
    Api api_of_token(gitsync.server().endpoint(), token);
    EXPECT_OK(api_of_token.ListApps(gitsync.dev()));
  }
  ASSERT_THAT(tokens[0].size(), testing::Ge(32u));

  // While it runs, with the log of the database not yet in the database.
  for (const char* text :
       {"PRIVATE KEY", "openssh-key-v1", "ssh-rsa-private", GitHost::kToken}) {
    EXPECT_THAT(FilesWith(data, text), IsEmpty()) << text;
    EXPECT_THAT(gitsync.server().Log(), Not(HasSubstr(text)));
  }
  EXPECT_THAT(FilesWith(data, admin_token), testing::ElementsAre("admin.token"));
  EXPECT_THAT(gitsync.server().Log(), Not(HasSubstr(admin_token)));
  EXPECT_THAT(gitsync.server().Output(), Not(HasSubstr(admin_token)));
  for (const std::string& token : tokens) {
    EXPECT_THAT(FilesWith(data, token), IsEmpty());
    EXPECT_THAT(gitsync.server().Log(), Not(HasSubstr(token)));
  }
  EXPECT_THAT(gitsync.server().Log(), Not(HasSubstr("gst_wrong")));
  // The search finds what is there.
  EXPECT_THAT(FilesWith(data, "Shop"), Not(IsEmpty()));
  EXPECT_THAT(gitsync.server().Log(), HasSubstr("PushAppVersion"));

  // Nobody else can read any of it.
  EXPECT_EQ(std::filesystem::status(data).permissions(),
            std::filesystem::perms::owner_all);
  for (const auto& entry : std::filesystem::recursive_directory_iterator(data)) {
    EXPECT_EQ(entry.status().permissions() & (std::filesystem::perms::group_all |
                                              std::filesystem::perms::others_all),
              std::filesystem::perms::none)
        << entry.path();
  }
}

// A record is opened by the key that sealed it or not at all: nothing is pushed.
TEST_P(SecretsTest, AnotherMasterKeyDoesNotOpenTheRecords) {
  Installation gitsync(
      {.transport = GetParam(), .server = {.flags = {"--allow_lost_master_key"}}});
  const AppAndVersion app = gitsync.api().CreateApp(gitsync.dev(), "Shop", kDefinition);
  ASSERT_EQ(gitsync.server().Terminate(), 0);
  WriteTestFile(gitsync.server().data_dir() + "/master.key",
                std::string(64, 'a') + "\n");

  gitsync.Restart();
  const auto pushed = gitsync.api().Push(app, "Add");

  EXPECT_FALSE(pushed.ok());
  EXPECT_THAT(gitsync.remote().Log(), IsEmpty());
}

}  // namespace
}  // namespace gitsync
