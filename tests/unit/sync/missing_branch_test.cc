// The configured branch is not in the repository, which has others.

#include <string>
#include <vector>

#include "server/base/error.h"
#include "server/base/reason.h"
#include "tests/unit/sync/sync_harness.h"

namespace gitsync {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

auto IsMissing() {
  return StatusIs(absl::StatusCode::kFailedPrecondition, reason::kGitBranchMissing);
}

class MissingBranchTest : public SyncTest {
 protected:
  void SetUp() override {
    SyncTest::SetUp();
    other_ = AddOrganization("Other");
    Connect(other_, "live");
  }

  absl::StatusOr<ListGitAppsResult> ListGitApps(const std::string& organization_id) {
    ListGitAppsInput input;
    input.organization_id = organization_id;
    return Await<ListGitAppsResult>(
        [&](auto done) { service_->ListGitApps(Admin(), input, Context(), done); });
  }
  ConnectionStepResult TestBranch(const std::string& organization_id) {
    const auto steps = Await<std::vector<ConnectionStepResult>>([&](auto done) {
      service_->TestGitConnection(Admin(), organization_id, Context(), done);
    });
    EXPECT_OK(steps);
    for (const ConnectionStepResult& step : *steps) {
      if (step.name == "branch") return step;
    }
    return {};
  }
  absl::StatusOr<FinalizeResult> Finalize(const std::string& organization_id) {
    return Await<FinalizeResult>([&](auto done) {
      service_->FinalizeGitConfig(Admin(), {organization_id, ""}, Context(), nullptr,
                                  done);
    });
  }

  std::string other_;
};

TEST_F(MissingBranchTest, FirstPushStartsFromTheDefaultBranch) {
  const NewApp there = AddAppWith(dev_, "There", "{}");
  ASSERT_OK(Push(there, "there"));
  remote_.CommitFromElsewhere("README.md", "hello", "readme", "unrelated");
  const NewApp orders = AddAppWith(other_, "Orders", "{}");

  const auto pushed = Push(orders, "first");

  ASSERT_OK(pushed);
  EXPECT_EQ(remote_.Head("live"), pushed->commit_id);
  EXPECT_THAT(remote_.Log("live"), ElementsAre("first", "there"));
  EXPECT_THAT(remote_.Log(), ElementsAre("there"));
  EXPECT_TRUE(remote_.FsckClean());
}

TEST_F(MissingBranchTest, FolderOfAnAppOnTheDefaultBranchIsNotTakenByAnother) {
  ASSERT_OK(Push(AddAppWith(dev_, "Orders", R"({"a":1})"), "there"));
  const NewApp same_name = AddAppWith(other_, "Orders", R"({"a":2})");

  ASSERT_OK(Push(same_name, "first"));

  EXPECT_THAT(remote_.File("live", "apps/orders/definition/definition.json"),
              HasSubstr("1"));
  EXPECT_THAT(StoredApp(same_name.app.id).git_state->folder, HasSubstr("apps/orders-"));
}

TEST_F(MissingBranchTest, EmptyRepositoryGetsItsFirstCommit) {
  const NewApp orders = AddAppWith(other_, "Orders", "{}");
  const auto before = ListGitApps(other_);
  ASSERT_OK(before);
  EXPECT_THAT(before->apps, IsEmpty());

  ASSERT_OK(Push(orders, "first"));

  EXPECT_THAT(remote_.Log("live"), ElementsAre("first"));
}

TEST_F(MissingBranchTest, BranchThatWasRenamedIsNotMadeAgain) {
  const NewApp orders = AddAppWith(dev_, "Orders", "{}");
  ASSERT_OK(Push(orders, "first"));
  remote_.Git({"branch", "-m", "master", "trunk"});
  Edit(orders.version, R"({"a":1})");
  const NewApp later = AddAppWith(dev_, "Later", "{}");

  for (const absl::Status& status :
       {Push(orders, "second").status(), Push(later, "third").status(),
        Push(orders, "to another", false, "feature").status(),
        Pull(orders.app.id).status(), Promote(orders.app.id).status(),
        Updates(orders.app.id).status(), ListGitApps(dev_).status()}) {
    EXPECT_THAT(status, IsMissing());
    EXPECT_THAT(std::string(status.message()), HasSubstr("trunk (the default)"));
    EXPECT_EQ(MetadataOf(status, "default_branch"), "trunk");
    EXPECT_EQ(MetadataOf(status, "branch"), "master");
  }
  EXPECT_EQ(remote_.Git({"for-each-ref", "--format=%(refname)"}), "refs/heads/trunk");

  // The way out.
  ASSERT_OK(Write([&](Transaction& tx) -> absl::Status {
    ASSIGN_OR_RETURN(GitConfigRow config, tx.git_configs().Get(dev_));
    config.branch = "trunk";
    return tx.git_configs().Put(config);
  }));
  ASSERT_OK(Push(orders, "second"));
  EXPECT_THAT(remote_.Log("trunk"), ElementsAre("second", "first"));
}

TEST_F(MissingBranchTest, BranchThatWasNeverThereIsToldBeforeTheFirstPush) {
  ASSERT_OK(Push(AddAppWith(dev_, "There", "{}"), "there"));
  remote_.CommitFromElsewhere("README.md", "hello", "readme", "drafts");

  const auto listed = ListGitApps(other_);
  const auto finalized = Finalize(other_);
  const ConnectionStepResult step = TestBranch(other_);

  EXPECT_THAT(listed.status(), IsMissing());
  ASSERT_OK(finalized);
  EXPECT_FALSE(finalized->branch_exists);
  EXPECT_FALSE(finalized->repository_empty);
  EXPECT_THAT(finalized->branches.names, ElementsAre("master", "drafts"));
  EXPECT_EQ(finalized->branches.default_name, "master");
  EXPECT_EQ(step.outcome, ConnectionStepResult::Outcome::kWarning);
  EXPECT_THAT(step.detail, HasSubstr("master (the default) and drafts"));
  EXPECT_THAT(step.fix, HasSubstr("from master"));
}

TEST_F(MissingBranchTest, TestFailsOnceTheBranchWasSynced) {
  ASSERT_OK(Push(AddAppWith(dev_, "There", "{}"), "there"));
  remote_.Git({"branch", "-m", "master", "trunk"});

  const ConnectionStepResult step = TestBranch(dev_);

  EXPECT_EQ(step.outcome, ConnectionStepResult::Outcome::kFailed);
  EXPECT_THAT(step.detail, HasSubstr("trunk"));
}

TEST_F(MissingBranchTest, WithoutADefaultBranchThePushIsRefused) {
  remote_.CommitFromElsewhere("README.md", "hello", "readme", "one");
  remote_.CommitFromElsewhere("README.md", "hello", "readme", "two");

  const auto pushed = Push(AddAppWith(other_, "Orders", "{}"), "first");

  EXPECT_THAT(pushed.status(), IsMissing());
  EXPECT_THAT(std::string(pushed.status().message()), HasSubstr("one and two"));
  EXPECT_EQ(remote_.Head("live"), "");
  EXPECT_EQ(TestBranch(other_).outcome, ConnectionStepResult::Outcome::kFailed);
}

TEST_F(MissingBranchTest, TagOfItsNameIsNotTheBranch) {
  const NewApp orders = AddAppWith(dev_, "Orders", "{}");
  ASSERT_OK(Push(orders, "first"));
  remote_.Git({"tag", "master", "master"});
  remote_.Git({"branch", "-m", "master", "trunk"});

  EXPECT_THAT(Pull(orders.app.id).status(), IsMissing());
  EXPECT_THAT(Push(orders, "again").status(), IsMissing());
}

}  // namespace
}  // namespace gitsync
