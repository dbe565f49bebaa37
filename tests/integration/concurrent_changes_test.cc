// Others who push to the same branch.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "absl/strings/str_cat.h"
#include "tests/integration/installation.h"

namespace gitsync {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr char kBase[] =
    R"({"pages":[{"name":"Home","n":1},{"name":"Orders","n":1}],"title":"Shop"})";
constexpr char kHomeChanged[] =
    R"({"pages":[{"name":"Home","n":2},{"name":"Orders","n":1}],"title":"Shop"})";
constexpr char kHome[] = "apps/shop/definition/pages/home.json";
constexpr char kOrders[] = "apps/shop/definition/pages/orders.json";

using ConcurrentChangesTest = TransportTest;
GITSYNC_OVER_EACH_TRANSPORT(ConcurrentChangesTest);

TEST_P(ConcurrentChangesTest, CommitsOfOthersStayInALinearHistory) {
  Installation gitsync({.transport = GetParam()});
  Api& api = gitsync.api();
  TestRemote& remote = gitsync.remote();
  const AppAndVersion app = api.CreateApp(gitsync.dev(), "Shop", kBase);
  ASSERT_OK(api.Push(app, "First"));
  remote.CommitFromElsewhere("README.md", "theirs\n", "Theirs");
  ASSERT_OK(api.UpdateDefinition(app, kHomeChanged));

  ASSERT_OK(api.Push(app, "Second"));

  EXPECT_THAT(remote.Log(), ElementsAre("Second", "Theirs", "First"));
  EXPECT_THAT(remote.Git({"log", "--merges", "--format=%s"}), IsEmpty());
  EXPECT_EQ(remote.File("master", "README.md"), "theirs\n");
  EXPECT_TRUE(remote.FsckClean());
}

TEST_P(ConcurrentChangesTest, SameFileIsAConflictThatForceOverwrites) {
  Installation gitsync({.transport = GetParam()});
  Api& api = gitsync.api();
  TestRemote& remote = gitsync.remote();
  const AppAndVersion app = api.CreateApp(gitsync.dev(), "Shop", kBase);
  ASSERT_OK(api.Push(app, "First"));
  remote.CommitFromElsewhere(kHome, "{\"name\":\"Home\",\"n\":3}\n", "Theirs");
  ASSERT_OK(api.UpdateDefinition(app, kHomeChanged));
  const std::string before = remote.Head();

  const auto conflict = api.Push(app, "Second");
  const std::string between = remote.Head();
  ASSERT_OK_AND_ASSIGN(const auto version, api.GetVersion(app));
  const auto forced =
      api.Push(app, "Ours", [](auto& request) { request.set_force(true); });

  EXPECT_THAT(conflict, StatusIs(absl::StatusCode::kAborted, "APP_CONFLICT"));
  EXPECT_THAT(client::ErrorOf(conflict.status()).metadata["files"],
              HasSubstr("home.json"));
  EXPECT_EQ(between, before);
  EXPECT_TRUE(version.has_unpushed_changes());
  ASSERT_OK(forced);
  EXPECT_THAT(forced->overwritten_files(), ElementsAre(HasSubstr("home.json")));
  EXPECT_THAT(remote.Log(), ElementsAre("Ours", "Theirs", "First"));
  EXPECT_THAT(remote.File("master", kHome), HasSubstr("\"n\": 2"));
}

TEST_P(ConcurrentChangesTest, DisjointChangesAreMergedIntoTheVersion) {
  Installation gitsync({.transport = GetParam()});
  Api& api = gitsync.api();
  TestRemote& remote = gitsync.remote();
  const AppAndVersion app = api.CreateApp(gitsync.dev(), "Shop", kBase);
  ASSERT_OK(api.Push(app, "First"));
  remote.CommitFromElsewhere(kOrders, "{\"name\":\"Orders\",\"n\":7}\n", "Theirs");
  ASSERT_OK(api.UpdateDefinition(app, kHomeChanged));

  ASSERT_OK_AND_ASSIGN(const auto pushed, api.Push(app, "Second"));

  EXPECT_THAT(pushed.merged_files(), ElementsAre(HasSubstr("orders.json")));
  EXPECT_THAT(remote.File("master", kHome), HasSubstr("\"n\": 2"));
  EXPECT_THAT(remote.File("master", kOrders), HasSubstr("7"));
  ASSERT_OK_AND_ASSIGN(const auto version, api.GetVersion(app));
  EXPECT_THAT(version.definition(), HasSubstr("7"));
  EXPECT_FALSE(version.has_unpushed_changes());
}

TEST_P(ConcurrentChangesTest, UnpushedChangesAreNeverLostSilently) {
  Installation gitsync({.transport = GetParam()});
  Api& api = gitsync.api();
  const AppAndVersion app = api.CreateApp(gitsync.dev(), "Shop", kBase);
  ASSERT_OK(api.Push(app, "First"));
  gitsync.remote().CommitFromElsewhere(kOrders, "{\"name\":\"Orders\",\"n\":7}\n",
                                       "Theirs");
  ASSERT_OK(api.UpdateDefinition(app, kHomeChanged));

  const auto refused = api.Pull(app.app_id);
  ASSERT_OK_AND_ASSIGN(const auto kept, api.GetVersion(app));
  ASSERT_OK_AND_ASSIGN(const auto pulled, api.Pull(app.app_id, true));

  EXPECT_THAT(refused, StatusIs(absl::StatusCode::kAborted, "LOCAL_CHANGES"));
  EXPECT_EQ(kept.definition(), kHomeChanged);
  EXPECT_TRUE(pulled.changed());
  ASSERT_OK_AND_ASSIGN(const auto version, api.GetVersion(app));
  EXPECT_THAT(version.definition(), HasSubstr("7"));
  EXPECT_FALSE(version.has_unpushed_changes());
}

TEST_P(ConcurrentChangesTest, RewrittenHistoryIsReportedAndPulled) {
  Installation gitsync({.transport = GetParam()});
  Api& api = gitsync.api();
  TestRemote& remote = gitsync.remote();
  const std::string start = remote.CommitFromElsewhere("README.md", "x", "Start");
  const AppAndVersion app = api.CreateApp(gitsync.dev(), "Shop", kBase);
  ASSERT_OK(api.Push(app, "First"));
  const std::string kept = remote.Head();
  ASSERT_OK(api.UpdateDefinition(app, kHomeChanged));
  ASSERT_OK(api.Push(app, "Dropped by somebody"));
  remote.Git({"update-ref", "refs/heads/master", kept});

  ASSERT_OK_AND_ASSIGN(const auto updates, api.CheckForUpdates(app.app_id));
  ASSERT_OK_AND_ASSIGN(const auto pulled, api.Pull(app.app_id));

  EXPECT_TRUE(updates.diverged());
  EXPECT_EQ(updates.latest_commit_id(), kept);
  EXPECT_TRUE(pulled.changed());
  EXPECT_THAT(remote.Log(), ElementsAre("First", "Start"));
  ASSERT_OK_AND_ASSIGN(const auto version, api.GetVersion(app));
  EXPECT_THAT(version.definition(), testing::Not(HasSubstr("2")));
}

// Two organizations and somebody else push to one branch at once.
TEST_P(ConcurrentChangesTest, PushesAtOnceAllGetIn) {
  constexpr int kPushes = 8;
  Installation gitsync({.transport = GetParam()});
  std::vector<AppAndVersion> apps;
  for (int i = 0; i < kPushes; ++i) {
    apps.push_back(gitsync.api().CreateApp(
        i % 2 == 0 ? gitsync.dev() : gitsync.staging(), absl::StrCat("App ", i),
        absl::StrCat("{\"n\":", i, "}")));
  }
  std::vector<std::string> commits(kPushes);
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < kPushes; ++i) {
      threads.emplace_back([&, i] {
        const auto pushed = gitsync.api().Push(apps[i], absl::StrCat("Push ", i));
        EXPECT_TRUE(pushed.ok()) << pushed.status();
        if (pushed.ok()) commits[i] = pushed->commit_id();
      });
    }
  }

  const std::vector<std::string> log = gitsync.remote().Log();
  EXPECT_THAT(log, SizeIs(kPushes));
  for (int i = 0; i < kPushes; ++i) {
    EXPECT_THAT(log, Contains(absl::StrCat("Push ", i)));
    EXPECT_EQ(gitsync.remote().Git({"log", "-1", "--format=%s", commits[i]}),
              absl::StrCat("Push ", i));
  }
  EXPECT_THAT(gitsync.remote().Git({"log", "--merges", "--format=%s"}), IsEmpty());
  EXPECT_TRUE(gitsync.remote().FsckClean());
}

}  // namespace
}  // namespace gitsync
