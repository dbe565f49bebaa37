// gitsyncctl, the program, against a real server and remote.

#include <gmock/gmock.h>
#include <google/protobuf/struct.pb.h>
#include <google/protobuf/util/json_util.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "tests/integration/installation.h"
#include "tests/support/programs.h"

namespace gitsync {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class GitsyncctlTest : public TransportTest {
 protected:
  // Runs it; standard output and error come together.
  CommandResult Run(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), Program("gitsyncctl"));
    return RunCommand(arguments, {"GITSYNC_SERVER=" + server_.endpoint(),
                                  "GITSYNC_TOKEN=" + server_.AdminToken()});
  }

  // Runs it with JSON as output, which must be a `Message`.
  template <typename Message>
  Message Json(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), {"--quiet", "--output", "json"});
    const CommandResult result = Run(arguments);
    EXPECT_EQ(result.status, 0) << result.output;
    Message message;
    const auto parsed =
        google::protobuf::util::JsonStringToMessage(result.output, &message);
    EXPECT_TRUE(parsed.ok()) << parsed.ToString() << result.output;
    return message;
  }

  void Connect(const std::string& organization) {
    EXPECT_EQ(Run({"org", "create", organization}).status, 0);
    if (host_.transport() == Transport::kHttps) {
      const TempDir files;
      WriteTestFile(files / "token", GitHost::kToken);
      WriteTestFile(files / "ca.pem", host_.CaCertificate());
      Json<v1::GitConfig>({"git", "config", "https-token", host_.UrlOf(remote_.path()),
                           "--org", organization, "--username", GitHost::kUser,
                           "--git-token-file", files / "token", "--git-ca-file",
                           files / "ca.pem"});
    } else {
      const auto config = Json<v1::GitConfig>(
          {"git", "config", "ssh", host_.UrlOf(remote_.path()), "--org", organization});
      host_.sshd()->Authorize(config.ssh().public_key());
    }
    const CommandResult finalized = Run({"git", "finalize", "--org", organization});
    EXPECT_EQ(finalized.status, 0) << finalized.output;
  }

  TestRemote remote_;
  GitHost host_{GetParam()};
  GitsyncdProcess server_;
};
GITSYNC_OVER_EACH_TRANSPORT(GitsyncctlTest);

TEST_P(GitsyncctlTest, MainJobFromTheCommandLine) {
  const TempDir files;
  WriteTestFile(files / "one.json", R"({"pages":[{"name":"Home","n":1}]})");
  WriteTestFile(files / "two.json", R"({"pages":[{"name":"Home","n":2.50}]})");
  Connect("dev");
  Connect("staging");

  const auto app = Json<v1::App>({"app", "create", "Customer support", "--org", "dev",
                                  "--file", files / "one.json"});
  const auto pushed = Json<v1::PushAppVersionResponse>(
      {"push", "customer-support", "v1", "--org", "dev", "-m", "Add it"});
  const auto in_git =
      Json<v1::ListGitAppsResponse>({"apps", "--in-git", "--org", "staging"});
  const auto imported = Json<v1::CreateAppFromGitResponse>(
      {"import", app.git_app_id(), "--org", "staging", "--ref", "master"});
  Json<v1::Version>({"version", "update", "customer-support", "v1", "--org", "dev",
                     "--file", files / "two.json"});
  const CommandResult second =
      Run({"push", "customer-support", "v1", "--org", "dev", "-m", "Change it"});
  const auto updates = Json<v1::CheckForUpdatesResponse>(
      {"updates", "customer-support", "--org", "staging"});
  const auto pulled =
      Json<v1::PullAppResponse>({"pull", "customer-support", "--org", "staging"});
  const auto promoted =
      Json<v1::PromoteAppResponse>({"promote", "customer-support", "--org", "staging"});
  const CommandResult live = Run({"app", "release", "customer-support", "production",
                                  "--org", "staging", "--definition"});
  const auto operations =
      Json<v1::ListOperationsResponse>({"operations", "list", "--org", "staging"});

  EXPECT_TRUE(pushed.changed());
  ASSERT_THAT(in_git.apps(), SizeIs(1));
  EXPECT_EQ(in_git.apps(0).last_commit().id(), pushed.commit_id());
  EXPECT_EQ(imported.commit_id(), pushed.commit_id());
  EXPECT_EQ(second.status, 0) << second.output;
  EXPECT_THAT(second.output, HasSubstr(remote_.Head().substr(0, 7)));
  EXPECT_TRUE(updates.update_available());
  EXPECT_TRUE(pulled.changed());
  EXPECT_EQ(promoted.environment(), "production");
  EXPECT_EQ(live.status, 0);
  EXPECT_THAT(live.output, HasSubstr("2.50"));
  EXPECT_THAT(operations.operations(), SizeIs(3));
  EXPECT_THAT(remote_.Log(), ElementsAre("Change it", "Add it"));
  const CommandResult tested = Run({"git", "test", "--org", "dev"});
  EXPECT_EQ(tested.status, 0) << tested.output;
}

TEST_P(GitsyncctlTest, WholeRepositoryIsImported) {
  const TempDir files;
  WriteTestFile(files / "one.json", R"({"pages":[{"name":"Home","n":1}]})");
  Connect("dev");
  Connect("staging");
  for (const char* name : {"one", "two", "three"}) {
    ASSERT_EQ(Run({"app", "create", name, "--org", "dev", "--file", files / "one.json"})
                  .status,
              0);
    ASSERT_EQ(Run({"push", name, "v1", "--org", "dev", "-m", "Add it"}).status, 0);
  }

  const CommandResult first =
      Run({"import", "--all", "--org", "staging", "--ref", "master"});
  const CommandResult again =
      Run({"import", "--all", "--org", "staging", "--ref", "master"});

  EXPECT_EQ(first.status, 0) << first.output;
  EXPECT_THAT(first.output, HasSubstr("Created 3 of 3 apps."));
  EXPECT_EQ(again.status, 0) << again.output;
  EXPECT_THAT(again.output, HasSubstr("Created 0 of 0 apps."));
  const auto apps = Json<v1::ListAppsResponse>({"app", "list", "--org", "staging"});
  EXPECT_THAT(apps.apps(), SizeIs(3));
}

TEST_P(GitsyncctlTest, ExitCodesTellWhatWentWrong) {
  Connect("dev");
  const TempDir files;
  WriteTestFile(files / "one.json", R"({"pages":[{"name":"Home","n":1}]})");
  WriteTestFile(files / "two.json", R"({"pages":[{"name":"Home","n":2}]})");
  WriteTestFile(files / "bad.json", R"({"pages":)");
  ASSERT_EQ(Run({"app", "create", "Shop", "--org", "dev", "--file", files / "one.json"})
                .status,
            0);
  ASSERT_EQ(Run({"push", "shop", "v1", "--org", "dev", "-m", "Add"}).status, 0);
  remote_.CommitFromElsewhere("apps/shop/definition/pages/home.json",
                              R"({"name":"Home","n":3})", "Theirs");
  ASSERT_EQ(Run({"version", "update", "shop", "v1", "--org", "dev", "--file",
                 files / "two.json"})
                .status,
            0);

  const CommandResult bad =
      Run({"app", "create", "Bad", "--org", "dev", "--file", files / "bad.json"});
  const CommandResult usage = Run({"push", "--no-such-option"});
  const CommandResult unreachable =
      RunCommand({Program("gitsyncctl"), "--server", "127.0.0.1:1", "--token", "x",
                  "--timeout", "2s", "org", "list"});
  const CommandResult denied =
      RunCommand({Program("gitsyncctl"), "--server", server_.endpoint(), "--token",
                  "wrong", "org", "list"});
  const CommandResult unknown = Run({"app", "get", "nope", "--org", "dev"});
  const CommandResult conflict =
      Run({"--output", "json", "push", "shop", "v1", "--org", "dev", "-m", "Change"});

  EXPECT_EQ(bad.status, 1) << bad.output;
  EXPECT_THAT(bad.output, HasSubstr("line 1"));
  EXPECT_EQ(usage.status, 2) << usage.output;
  EXPECT_EQ(unreachable.status, 3) << unreachable.output;
  EXPECT_EQ(denied.status, 4) << denied.output;
  EXPECT_EQ(unknown.status, 5) << unknown.output;
  EXPECT_EQ(conflict.status, 6) << conflict.output;
  google::protobuf::Struct error;
  ASSERT_TRUE(google::protobuf::util::JsonStringToMessage(conflict.output, &error).ok())
      << conflict.output;
  EXPECT_EQ(error.fields().at("reason").string_value(), "APP_CONFLICT");
  EXPECT_THAT(conflict.output, HasSubstr("home.json"));
}

}  // namespace
}  // namespace gitsync
