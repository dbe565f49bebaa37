// The main job, end to end, over each transport and with each kind of key.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "tests/integration/installation.h"

namespace gitsync {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using ::testing::StartsWith;

constexpr char kFirst[] = R"({"pages":[{"name":"Orders","limit":10}],"title":"Shop"})";
constexpr char kSecond[] =
    R"({"pages":[{"name":"Orders","limit":20},{"name":"Customers"}],"title":"Shop"})";

// How the organizations are connected.
struct Connection {
  const char* name;
  Transport transport;
  v1::SshKeyType key_type = v1::SSH_KEY_TYPE_ED25519;
};

class MainJobTest : public ::testing::TestWithParam<Connection> {};

TEST_P(MainJobTest, ChangesTravelFromOneOrganizationIntoProductionOfAnother) {
  Installation gitsync(
      {.transport = GetParam().transport, .key_type = GetParam().key_type});
  Api& api = gitsync.api();

  // Push.
  const AppAndVersion ours = api.CreateApp(gitsync.dev(), "Shop", kFirst);
  ASSERT_OK_AND_ASSIGN(const auto pushed,
                       api.Push(ours, "Add the shop", [](auto& request) {
                         request.mutable_author()->set_name("Ada Lovelace");
                         request.mutable_author()->set_email("ada@example.com");
                       }));
  EXPECT_TRUE(pushed.changed());
  EXPECT_EQ(pushed.branch(), "master");
  EXPECT_EQ(pushed.commit_id(), gitsync.remote().Head());
  EXPECT_EQ(pushed.operation().state(), v1::OPERATION_STATE_SUCCEEDED);

  // List, and create in the second organization.
  ASSERT_OK_AND_ASSIGN(const auto listed, api.ListGitApps(gitsync.staging()));
  ASSERT_THAT(listed.apps(), SizeIs(1));
  EXPECT_EQ(listed.apps(0).git_app_id(), ours.git_app_id);
  EXPECT_EQ(listed.apps(0).name(), "Shop");
  EXPECT_EQ(listed.apps(0).folder(), "apps/shop");
  EXPECT_EQ(listed.apps(0).version_name(), "v1");
  EXPECT_EQ(listed.apps(0).last_commit().id(), pushed.commit_id());
  EXPECT_EQ(listed.apps(0).last_commit().author().name(), "Ada Lovelace");
  ASSERT_OK_AND_ASSIGN(const auto imported,
                       api.Import(gitsync.staging(), ours.git_app_id));
  EXPECT_EQ(imported.commit_id(), pushed.commit_id());
  EXPECT_EQ(imported.app().git_app_id(), ours.git_app_id);
  EXPECT_FALSE(imported.app().editable());
  const AppAndVersion theirs = {imported.app().id(), imported.version().id(),
                                ours.git_app_id};

  // Change and push.
  ASSERT_OK(api.UpdateDefinition(ours, kSecond));
  ASSERT_OK_AND_ASSIGN(const auto changed, api.Push(ours, "Show more orders"));
  EXPECT_THAT(gitsync.remote().Log(), ElementsAre("Show more orders", "Add the shop"));

  // See it, pull it, promote it.
  ASSERT_OK_AND_ASSIGN(const auto updates, api.CheckForUpdates(theirs.app_id));
  EXPECT_TRUE(updates.update_available());
  EXPECT_FALSE(updates.diverged());
  EXPECT_EQ(updates.synced_commit_id(), pushed.commit_id());
  EXPECT_EQ(updates.latest_commit_id(), changed.commit_id());
  ASSERT_THAT(updates.commits(), SizeIs(1));
  EXPECT_EQ(updates.total_count(), 1);
  EXPECT_THAT(updates.commits(0).message(), StartsWith("Show more orders"));
  ASSERT_OK_AND_ASSIGN(const auto pulled, api.Pull(theirs.app_id));
  EXPECT_TRUE(pulled.changed());
  EXPECT_EQ(pulled.commit_id(), changed.commit_id());
  ASSERT_OK_AND_ASSIGN(const auto again, api.Pull(theirs.app_id));
  EXPECT_FALSE(again.changed());
  EXPECT_THAT(api.GetRelease(theirs.app_id, "production"),
              StatusIs(absl::StatusCode::kNotFound, "RELEASE_NOT_FOUND"));
  ASSERT_OK_AND_ASSIGN(const auto promoted, api.Promote(theirs.app_id));
  EXPECT_TRUE(promoted.changed());
  EXPECT_EQ(promoted.environment(), "production");
  ASSERT_OK_AND_ASSIGN(const auto repeated, api.Promote(theirs.app_id));
  EXPECT_FALSE(repeated.changed());
  ASSERT_OK_AND_ASSIGN(const auto source, api.GetVersion(ours));
  for (const char* environment : {"development", "staging", "production"}) {
    ASSERT_OK_AND_ASSIGN(const auto release,
                         api.GetRelease(theirs.app_id, environment));
    EXPECT_EQ(release.version().id(), theirs.version_id) << environment;
    EXPECT_THAT(release.version().definition(), HasSubstr("Customers")) << environment;
    EXPECT_EQ(release.version().commit_id(), changed.commit_id()) << environment;
  }
  EXPECT_FALSE(source.has_unpushed_changes());
  EXPECT_EQ(source.commit_id(), changed.commit_id());

  // What the repository has.
  EXPECT_EQ(gitsync.remote().Git(
                {"log", "-1", "--reverse", "--skip=1", "--format=%an <%ae>|%cn <%ce>"}),
            "Ada Lovelace <ada@example.com>|GitSync <gitsync@localhost>");
  const std::vector<std::string> trailers = absl::StrSplit(
      gitsync.remote().Git({"log", "-1", "--format=%(trailers:unfold)"}), '\n');
  EXPECT_THAT(
      trailers,
      ElementsAre(absl::StrCat("GitSync-App: ", ours.git_app_id),
                  absl::StrCat("GitSync-Version: v1 ", ours.version_id),
                  absl::StrCat("GitSync-Operation: ", changed.operation().id())));
  EXPECT_THAT(gitsync.remote().Git({"log", "--merges", "--format=%H"}), IsEmpty());
  EXPECT_TRUE(gitsync.remote().FsckClean());
}

INSTANTIATE_TEST_SUITE_P(Connections, MainJobTest,
                         ::testing::Values(Connection{"Ed25519", Transport::kSsh},
                                           Connection{"Rsa", Transport::kSsh,
                                                      v1::SSH_KEY_TYPE_RSA},
                                           Connection{"Https", Transport::kHttps}),
                         [](const ::testing::TestParamInfo<Connection>& connection) {
                           return connection.param.name;
                         });

// The keys as ssh-keygen sees them, and as sshd logs their use.
TEST(SshKeyTest, KeysAreOfTheTypeThatWasAskedFor) {
  Installation gitsync;
  Api& api = gitsync.api();
  ASSERT_OK_AND_ASSIGN(const auto ed25519, api.GetGitConfig(gitsync.dev()));
  const std::string organization_id = api.CreateOrganization("rsa");
  ASSERT_OK_AND_ASSIGN(
      const auto rsa,
      api.ConfigureSsh(organization_id, gitsync.url(), [](auto& request) {
        request.set_key_type(v1::SSH_KEY_TYPE_RSA);
      }));

  const TempDir folder;
  WriteTestFile(folder / "ed25519.pub", ed25519.ssh().public_key());
  WriteTestFile(folder / "rsa.pub", rsa.ssh().public_key());
  const auto seen = [&](const std::string& file) {
    return RunCommand({"ssh-keygen", "-lf", folder / file}).output;
  };

  EXPECT_THAT(seen("ed25519.pub"),
              StartsWith("256 " + ed25519.ssh().public_key_fingerprint()));
  EXPECT_THAT(seen("ed25519.pub"), HasSubstr("(ED25519)"));
  EXPECT_THAT(seen("ed25519.pub"), HasSubstr("dev"));
  EXPECT_THAT(seen("rsa.pub"),
              StartsWith("4096 " + rsa.ssh().public_key_fingerprint()));
  EXPECT_THAT(seen("rsa.pub"), HasSubstr("(RSA)"));
  EXPECT_EQ(rsa.state(), v1::GIT_CONFIG_STATE_PENDING);
  EXPECT_EQ(ed25519.ssh().host_key_fingerprint(), gitsync.sshd().HostKeyFingerprint());
}

}  // namespace
}  // namespace gitsync
