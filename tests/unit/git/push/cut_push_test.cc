// Pushes that are cut at each byte: the outcome is right, and nothing hangs.

#include <atomic>
#include <iostream>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/synchronization/mutex.h"
#include "server/base/error.h"
#include "tests/unit/git/cut_fixture.h"

namespace gitsync {
namespace {

class CutPushTest : public CutTest {
 protected:
  struct Pushed {
    absl::Status status;
    std::string commit_id;
    std::string intended_commit_id;
  };

  Pushed PushApp(const Site& site, const std::string& app, const std::string& message,
                 const Context& context, const std::string& earlier_commit = "") {
    PushItem item;
    item.request = Request({{"app.json", app}}, message);
    item.request.folder = absl::StrCat("apps/", app);
    if (!earlier_commit.empty()) item.request.earlier_commits = {earlier_commit};
    Pushed pushed;
    pushed.status = absl::UnknownError("not answered");
    PushHooks hooks;
    hooks.record_intents = [&](const std::vector<PushIntentInfo>& intents) {
      pushed.intended_commit_id = intents.front().commit_id;
      return absl::OkStatus();
    };
    hooks.answer = [&](std::vector<PushAnswer> answers) {
      pushed.status = answers.front().result.status();
      if (pushed.status.ok()) pushed.commit_id = answers.front().result->commit_id;
    };
    cut_engine_->StartPush(site.repository, "main", context)->Push({item}, hooks);
    return pushed;
  }

  // Pushes while the conversation is cut, then again, as its caller would. What is said
  // to have happened is kept, to be compared with the log.
  void CutPush(const Site& site, size_t at) {
    const std::string name = absl::StrCat("cut-at-", at);
    const Context context = CutNext(site, GitService::kReceivePack, at);

    const Pushed first = PushApp(site, name, name, context);

    EndCut(site, GitService::kReceivePack, first.status);
    if (first.status.ok()) {
      ++done_;
      return Said(site, {{name, first.commit_id}});
    }
    const bool unknown = ReasonOf(first.status) == reason::kOutcomeUnknown;
    ++(unknown ? unknown_ : not_done_);
    // Under another message, which tells which of the two it is that is there.
    const std::string repeated = absl::StrCat(name, "-again");
    const Pushed again = PushApp(site, name, repeated, Context(),
                                 unknown ? first.intended_commit_id : "");
    EXPECT_OK(again.status) << first.status;
    const bool first_was_done = unknown && again.commit_id == first.intended_commit_id;
    Said(site, {{first_was_done ? name : repeated, again.commit_id}});
  }

  void Said(const Site& site, const std::map<std::string, std::string>& commits) {
    absl::MutexLock lock(&mutex_);
    said_[site.folder].insert(commits.begin(), commits.end());
  }

  // Commits by message; each only once.
  std::map<std::string, std::string> Log(const Site& site) {
    std::map<std::string, std::string> commits;
    for (const absl::string_view line :
         absl::StrSplit(GitAt(site.folder, "log --format='%H %s' main"), '\n')) {
      const std::pair<std::string, std::string> commit =
          absl::StrSplit(line, absl::MaxSplits(' ', 1));
      EXPECT_TRUE(commits.insert({commit.second, commit.first}).second)
          << site.folder << " twice: " << line;
    }
    return commits;
  }

  std::atomic<int> done_ = 0;
  std::atomic<int> not_done_ = 0;
  std::atomic<int> unknown_ = 0;
  absl::Mutex mutex_;
  // By the site's folder; commits by message.
  std::map<std::string, std::map<std::string, std::string>> said_;
};
GITSYNC_AT_EACH_CUT(CutPushTest);

TEST_P(CutPushTest, IsDoneOnceOrNotAtAllOrFoundOut) {
  // How much a whole push is, to cut around the end of the pack and in the report.
  const Site whole = MakeSite();
  ASSERT_OK(PushApp(whole, "start", "start", Context()).status);
  ASSERT_OK(PushApp(whole, "whole-push", "whole-push", Context()).status);
  const size_t total = BytesOfLast(whole, GitService::kReceivePack);
  const std::vector<size_t> places = PlacesIn(total);
  const std::vector<Site> sites = MakeCopiesOf(whole);
  for (const Site& site : sites) said_[site.folder] = Log(whole);

  CutEach(sites, places,
          [&](const Site& site, size_t place) { CutPush(site, places[place]); });

  for (const Site& site : sites) {
    EXPECT_EQ(Log(site), said_[site.folder]) << site.folder;
    EXPECT_EQ(GitAt(site.folder, "fsck --strict --full --no-dangling --no-progress"),
              "");
    EXPECT_EQ(GitAt(site.folder, "rev-list --min-parents=2 main"), "");
  }
  EXPECT_EQ(done_ + not_done_ + unknown_, places.size());
  std::cout << places.size() << " cuts of " << total << " bytes: " << done_ << " done, "
            << not_done_ << " not done, " << unknown_ << " unknown and found out"
            << std::endl;
}

}  // namespace
}  // namespace gitsync
