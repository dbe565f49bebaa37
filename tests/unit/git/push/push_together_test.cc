#include <atomic>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "server/base/reason.h"
#include "tests/unit/git/engine_fixture.h"

namespace gitsync {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;

class PushTogetherTest : public EngineTest {
 protected:
  static PushItem Item(const std::string& app, const std::string& content) {
    PushItem item;
    item.request = Request({{"app.json", content}}, absl::StrCat("push of ", app));
    item.request.folder = absl::StrCat("apps/", app);
    return item;
  }

  // Subjects of the branch's commits, oldest first.
  std::vector<std::string> Subjects() const {
    return absl::StrSplit(Git("log --reverse --format=%s main"), '\n');
  }
};

TEST_F(PushTogetherTest, EachGetsACommitInOrderInOneConversation) {
  const auto results = PushTogether({Item("a", "1"), Item("b", "2"), Item("c", "3")});

  for (const auto& result : results) ASSERT_OK(result);
  EXPECT_EQ(transport_.receive_packs, 1);
  EXPECT_THAT(Subjects(), ElementsAre("push of a", "push of b", "push of c"));
  EXPECT_EQ(results[0]->commit_id, Git("rev-parse main~2"));
  EXPECT_EQ(results[1]->commit_id, Git("rev-parse main~1"));
  EXPECT_EQ(results[2]->commit_id, TipOf());
  EXPECT_EQ(results[1]->tree_id, Git("rev-parse main~1:apps/b"));
  EXPECT_THAT(intents_, SizeIs(3));
  EXPECT_EQ(intents_[2].base_commit_id, results[1]->commit_id);
  EXPECT_EQ(intents_[2].item, 2u);
  ExpectFsckClean();
}

TEST_F(PushTogetherTest, ManyMoreFollowOnTheSameMirror) {
  for (int round = 0; round < 3; ++round) {
    std::vector<PushItem> items;
    for (int i = 0; i < 60; ++i) {
      items.push_back(Item(absl::StrCat("app-", i), absl::StrCat(round, "-", i)));
      items.back().request.force = true;
    }
    for (const auto& result : PushTogether(items)) ASSERT_OK(result);
  }

  EXPECT_EQ(CommitsOn(), 180);
  EXPECT_EQ(transport_.receive_packs, 3);
  EXPECT_EQ(transport_.upload_packs, 0);
  EXPECT_EQ(FileAt("apps/app-59/app.json"), "2-59");
  ExpectFsckClean();
}

TEST_F(PushTogetherTest, SameContentInTwoAppsIsSentOnce) {
  for (const auto& result : PushTogether({Item("a", "same"), Item("b", "same")})) {
    ASSERT_OK(result);
  }

  EXPECT_EQ(FileAt("apps/b/app.json"), "same");
  ExpectFsckClean();
}

TEST_F(PushTogetherTest, ConflictTakesOnlyThatOneOut) {
  CommitFromElsewhere("apps/b/app.json", "theirs");

  const auto results = PushTogether({Item("a", "1"), Item("b", "2"), Item("c", "3")});

  EXPECT_OK(results[0]);
  EXPECT_THAT(results[1], StatusIs(absl::StatusCode::kAborted, reason::kAppConflict));
  EXPECT_OK(results[2]);
  EXPECT_THAT(Subjects(),
              ElementsAre("edit apps/b/app.json", "push of a", "push of c"));
  ExpectFsckClean();
}

TEST_F(PushTogetherTest, RequestThatIsUnfitTakesOnlyThatOneOut) {
  const auto results = PushTogether({Item("a", "1"), Item("../b", "2")});

  EXPECT_OK(results[0]);
  EXPECT_THAT(results[1], HasCode(absl::StatusCode::kInternal));
  EXPECT_THAT(Subjects(), ElementsAre("push of a"));
}

TEST_F(PushTogetherTest, WhatIsThereAlreadyMakesNoCommit) {
  ASSERT_OK(PushTogether({Item("a", "1"), Item("b", "2")}).back());
  const std::string before = TipOf();

  const auto results = PushTogether({Item("a", "1"), Item("c", "3"), Item("b", "2")});

  for (const auto& result : results) ASSERT_OK(result);
  EXPECT_FALSE(results[0]->changed);
  EXPECT_EQ(results[0]->commit_id, Git(absl::StrCat("rev-parse ", before, "~1")));
  EXPECT_TRUE(results[1]->changed);
  EXPECT_FALSE(results[2]->changed);
  EXPECT_EQ(results[2]->commit_id, before);
  EXPECT_EQ(results[2]->tree_id, Git("rev-parse main:apps/b"));
  EXPECT_THAT(Subjects(), ElementsAre("push of a", "push of b", "push of c"));
}

TEST_F(PushTogetherTest, WhatOneBeforeItBringsIsAnsweredWithItsCommit) {
  ASSERT_OK(PushTogether({Item("a", "1")}).back());
  std::vector<PushItem> items = {Item("a", "2"), Item("b", "1"), Item("a", "2"),
                                 Item("b", "1")};
  for (PushItem& item : items) item.request.force = true;

  const auto results = PushTogether(items);

  for (const auto& result : results) ASSERT_OK(result);
  for (const size_t again : {2u, 3u}) {
    EXPECT_FALSE(results[again]->changed);
    const std::string folder = items[again].request.folder;
    EXPECT_EQ(Git(absl::StrCat("rev-parse ", results[again]->commit_id, ":", folder)),
              Git(absl::StrCat("rev-parse main:", folder)));
  }
  EXPECT_THAT(Subjects(), ElementsAre("push of a", "push of a", "push of b"));
}

TEST_F(PushTogetherTest, NewBranchTakesThemAll) {
  CommitFromElsewhere("README", "hello", "base");
  std::vector<PushItem> items = {Item("a", "1"), Item("b", "2")};
  for (PushItem& item : items) item.request.base_branch = "base";

  for (const auto& result : PushTogether(items)) ASSERT_OK(result);

  EXPECT_THAT(Subjects(), ElementsAre("edit README", "push of a", "push of b"));
}

TEST_F(PushTogetherTest, OneThatIsCalledOffIsLeftOut) {
  std::vector<PushItem> items = {Item("a", "1"), Item("b", "2"), Item("c", "3")};
  items[1].claim = [] { return false; };

  const auto results = PushTogether(items);

  EXPECT_OK(results[0]);
  EXPECT_THAT(results[1], HasCode(absl::StatusCode::kUnknown)) << "was answered";
  EXPECT_OK(results[2]);
  EXPECT_THAT(Subjects(), ElementsAre("push of a", "push of c"));
  ExpectFsckClean();
}

TEST_F(PushTogetherTest, AllCalledOffSendNothing) {
  PushItem item = Item("a", "1");
  item.claim = [] { return false; };

  PushTogether({item});

  EXPECT_EQ(Git("for-each-ref"), "");
}

TEST_F(PushTogetherTest, CommitThatAHookDislikesIsFoundAndTheOthersGoThrough) {
  WriteHook("pre-receive",
            "while read old new ref; do\n"
            "  [ $old = 0000000000000000000000000000000000000000 ] && range=$new ||"
            " range=$old..$new\n"
            "  if git log --format=%s $range | grep -q 'of bad'; then\n"
            "    echo 'bad is forbidden' >&2; exit 1\n"
            "  fi\n"
            "done");

  const auto results =
      PushTogether({Item("a", "1"), Item("b", "2"), Item("bad", "3"), Item("c", "4"),
                    Item("d", "5"), Item("bad-2", "6"), Item("e", "7")});

  for (const size_t i : {0, 1, 3, 4, 6}) EXPECT_OK(results[i]);
  for (const size_t i : {2, 5}) {
    ASSERT_THAT(results[i], StatusIs(absl::StatusCode::kFailedPrecondition,
                                     reason::kRemoteRejected));
    EXPECT_THAT(results[i].status().message(), HasSubstr("bad is forbidden"));
  }
  EXPECT_THAT(Subjects(), ElementsAre("push of a", "push of b", "push of c",
                                      "push of d", "push of e"));
  ExpectFsckClean();
}

TEST_F(PushTogetherTest, RemoteThatMovedMeanwhileIsBuiltOn) {
  ASSERT_OK(PushTogether({Item("a", "0")}).front());
  int moves = 2;
  before_send_ = [&] {
    if (moves-- > 0) CommitFromElsewhere(absl::StrCat("other/", moves), "x");
  };

  for (const auto& result : PushTogether({Item("b", "1"), Item("c", "2")})) {
    ASSERT_OK(result);
  }

  EXPECT_THAT(Subjects(), ElementsAre("push of a", "edit other/1", "edit other/0",
                                      "push of b", "push of c"));
  ExpectFsckClean();
}

TEST_F(PushTogetherTest, LostReportIsReadFromTheRefForAll) {
  confirm_budget_ = absl::Seconds(5);
  Restart();
  transport_.break_at = BreakAt::kReport;
  transport_.breaks = 1;

  const auto results = PushTogether({Item("a", "1"), Item("b", "2")});

  for (const auto& result : results) ASSERT_OK(result);
  EXPECT_EQ(results[0]->commit_id, Git("rev-parse main~1"));
  EXPECT_EQ(results[1]->commit_id, TipOf());
}

TEST_F(PushTogetherTest, LostReportWithTheRefUnmovedIsUnknownForEachThatWasSent) {
  ASSERT_OK(PushTogether({Item("a", "1")}).front());
  transport_.break_at = BreakAt::kReportWithoutPush;
  transport_.breaks = 1;

  const auto results = PushTogether({Item("b", "2"), Item("a", "1"), Item("c", "3")});

  EXPECT_THAT(results[0],
              StatusIs(absl::StatusCode::kUnavailable, reason::kOutcomeUnknown));
  EXPECT_THAT(results[2],
              StatusIs(absl::StatusCode::kUnavailable, reason::kOutcomeUnknown));
  ASSERT_OK(results[1]);
  EXPECT_FALSE(results[1]->changed);
  EXPECT_THAT(Subjects(), ElementsAre("push of a"));

  // A later run finds out.
  std::vector<PushItem> again = {Item("b", "2"), Item("c", "3")};
  again[0].request.earlier_commits = {intents_[1].commit_id};
  again[1].request.earlier_commits = {intents_[2].commit_id};
  for (const auto& result : PushTogether(again)) ASSERT_OK(result);
  EXPECT_THAT(Subjects(), ElementsAre("push of a", "push of b", "push of c"));
}

TEST_F(PushTogetherTest, UnreachableRemoteIsEverybodysAnswer) {
  transport_.break_at = BreakAt::kOpen;
  transport_.breaks = 10;

  EXPECT_THAT(PushTogether({Item("a", "1"), Item("b", "2")}),
              testing::Each(StatusIs(absl::StatusCode::kUnavailable,
                                     reason::kRemoteUnreachable)));
}

}  // namespace
}  // namespace gitsync
