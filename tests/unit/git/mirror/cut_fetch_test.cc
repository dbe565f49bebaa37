// Fetches that are cut at each byte: they fail for what happened to them or succeed,
// nothing hangs, and the mirror is as good as before.

#include <atomic>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/synchronization/mutex.h"
#include "server/base/error.h"
#include "tests/unit/git/cut_fixture.h"
#include "tests/unit/git/random_text.h"

namespace gitsync {
namespace {

using testing::AnyOfArray;

// What the mirror knows of and tells the remote: so much that it is cut, too.
constexpr size_t kHistory = 4;
constexpr size_t kCommits = 400;

class CutFetchTest : public CutTest {
 protected:
  // Lets the remote have commits that change a file: a short history, and many that
  // continue it, each in another way, so that each is as much to fetch as another.
  void MakeCommits() {
    std::ofstream stream(absl::StrCat(dir_, "/commits"));
    for (size_t i = 1; i <= kHistory + kCommits; ++i) {
      const std::string content = RandomText(100, i);
      stream << "commit refs/heads/new\nmark :" << i
             << "\ncommitter Other <other@example.com> 1700000000 +0000\ndata 0\n";
      if (i > kHistory) stream << "from :" << kHistory << "\n";
      stream << "M 644 inline apps/orders/app.json\ndata " << content.size() << "\n"
             << content << "\n";
    }
    stream.close();
    Git("fast-import --quiet --export-marks=../marks <commits");
    Git("update-ref -d refs/heads/new");
    std::ifstream marks(absl::StrCat(dir_, "/marks"));
    for (std::string mark, id; marks >> mark >> id;) {
      commits_[std::stoul(mark.substr(1))] = id;
    }
  }

  // Moves the remote's "main".
  void MoveTo(const Site& site, size_t commit) const {
    const std::string ref = absl::StrCat(dir_, "/", site.folder, "/refs/heads/main");
    std::ofstream(ref + ".new") << commits_.at(commit) << "\n";
    std::filesystem::rename(ref + ".new", ref);
  }

  absl::Status Fetch(const Site& site, size_t commit, const Context& context) {
    const auto resolved =
        cut_engine_->Resolve(site.repository, "main", nullptr, context);
    if (!resolved.ok()) return resolved.status();
    EXPECT_EQ(resolved->commit_id, commits_.at(commit));
    // And all that it leads to.
    const auto read =
        cut_engine_->ReadFolder(site.repository, resolved->commit_id, "apps/orders");
    EXPECT_OK(read);
    if (read.ok()) {
      EXPECT_EQ(read->files.at("app.json"), RandomText(100, commit));
    }
    return absl::OkStatus();
  }

  // That git finds no fault with what is in the mirror, and nothing that is lacking of
  // a commit that was fetched.
  void ExpectSoundMirror(const Site& site, size_t commit) const {
    EXPECT_EQ(GitAt(MirrorOf(site), absl::StrCat("fsck --strict --no-dangling "
                                                 "--no-progress ",
                                                 commits_.at(commit))),
              "");
  }

  // Fetches while the conversation is cut, then again, as its caller would.
  void CutFetch(const Site& site, size_t commit, size_t at) {
    MoveTo(site, commit);
    const Context context = CutNext(site, GitService::kUploadPack, at);

    const absl::Status first = Fetch(site, commit, context);

    EndCut(site, GitService::kUploadPack, first);
    size_t before = 0;
    {
      absl::MutexLock lock(&mutex_);
      before = std::exchange(fetched_[site.folder], commit);
      ++outcomes_[first.ok() ? "OK"
                             : absl::StrCat(absl::StatusCodeToString(first.code()), " ",
                                            ReasonOf(first))];
    }
    if (first.ok()) return;
    ExpectSoundMirror(site, before);
    EXPECT_OK(Fetch(site, commit, Context())) << first;
  }

  // What is in a mirror as long as it has not been made anew.
  std::string MarkIn(const Site& site) const {
    return absl::StrCat(dir_, "/", MirrorOf(site), "/mark");
  }

  // By code and reason.
  static std::vector<std::string> RightOutcomes() {
    switch (std::get<Cut::Kind>(GetParam())) {
      case Cut::Kind::kEnd:
        // What upload-pack says of it may still come.
        return {"OK", "INTERNAL REMOTE_PROTOCOL_ERROR",
                "UNAVAILABLE REMOTE_UNREACHABLE", "UNAVAILABLE REMOTE_COMMAND_FAILED"};
      case Cut::Kind::kReset:
        return {"OK", "UNAVAILABLE REMOTE_UNREACHABLE"};
      case Cut::Kind::kStall:
        // The second before the remote was asked anything, on a busy machine.
        return {"OK", "DEADLINE_EXCEEDED REMOTE_TIMEOUT",
                "DEADLINE_EXCEEDED DEADLINE_EXCEEDED"};
    }
    return {};
  }

  std::map<size_t, std::string> commits_;
  absl::Mutex mutex_;
  std::map<std::string, size_t> fetched_;  // by the site's folder
  std::map<std::string, int> outcomes_;
};
GITSYNC_AT_EACH_CUT(CutFetchTest);

TEST_P(CutFetchTest, FailsOrSucceedsAndLeavesASoundMirror) {
  MakeCommits();
  const Site whole = MakeSite();
  for (const size_t commit : {kHistory + 1, kHistory + 2}) {
    MoveTo(whole, commit);
    ASSERT_OK(Fetch(whole, commit, Context()));
  }
  const size_t total = BytesOfLast(whole, GitService::kUploadPack);
  const std::vector<size_t> places = PlacesIn(total);
  const size_t first = kHistory + 3;
  ASSERT_LE(first + places.size(), commits_.size());
  const std::vector<Site> sites = MakeCopiesOf(whole);
  for (const Site& site : sites) {
    fetched_[site.folder] = first - 1;
    std::ofstream(MarkIn(site)) << "here";
  }

  CutEach(sites, places, [&](const Site& site, size_t place) {
    CutFetch(site, first + place, places[place]);
  });

  for (const Site& site : sites) {
    ExpectSoundMirror(site, fetched_[site.folder]);
    EXPECT_TRUE(std::filesystem::exists(MarkIn(site))) << "the mirror was dropped";
  }
  for (const auto& [outcome, count] : outcomes_) {
    EXPECT_THAT(outcome, AnyOfArray(RightOutcomes())) << count;
  }
  std::cout << places.size() << " cuts of " << total
            << " bytes: " << absl::StrJoin(outcomes_, ", ", absl::PairFormatter(" "))
            << std::endl;
}

}  // namespace
}  // namespace gitsync
