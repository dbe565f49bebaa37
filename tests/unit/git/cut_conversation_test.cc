// Conversations that are cut at each byte: the outcome is right, and the deadline kept.

#include <atomic>
#include <thread>
#include <tuple>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/time/clock.h"
#include "server/base/error.h"
#include "tests/support/slowness.h"
#include "tests/unit/git/cutting_transport.h"
#include "tests/unit/git/engine_fixture.h"

namespace gitsync {
namespace {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr size_t kStep = 20;
#else
constexpr size_t kStep = 1;
#endif
constexpr size_t kEachByteUpTo = 200;
// What is cut once waits for its deadline while the others go on.
constexpr int kWorkers = 8;
constexpr absl::Duration kStallDeadline = absl::Milliseconds(400 * kSlowness);

class CutConversationTest
    : public EngineTest,
      public testing::WithParamInterface<std::tuple<Cut::Direction, Cut::Kind>> {
 protected:
  CutConversationTest() {
    Libgit2Engine::Options options;
    options.mirrors_dir = absl::StrCat(dir_, "/cut-mirrors");
    options.committer = {"GitSync", "gitsync@example.com"};
    options.transport = &cutting_;
    options.confirm_budget = absl::Milliseconds(200);
    cut_engine_ = std::make_unique<Libgit2Engine>(options);
  }

  // A repository that one worker has for itself.
  struct Site {
    Repository repository;
    std::string folder;  // below dir_
  };

  Site MakeSite(int worker) {
    Site site;
    site.folder = absl::StrCat("remote-", worker, ".git");
    Sh(absl::StrCat("git init -q --bare -b main ", site.folder));
    site.repository.mirror_id = absl::StrCat("mirror-", worker);
    site.repository.remote.url.scheme = GitUrl::Scheme::kFile;
    site.repository.remote.url.path = absl::StrCat(dir_, "/", site.folder);
    return site;
  }

  struct Pushed {
    absl::Status status;
    std::string commit_id;
    std::string intended_commit_id;
  };

  Pushed PushCase(const Site& site, const std::string& name, const Context& context,
                  const std::string& earlier_commit = "") {
    PushItem item;
    item.request = Request({{"app.json", name}}, name);
    item.request.folder = absl::StrCat("apps/", name);
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

  // How often the branch has a commit of this name, and its id.
  std::vector<std::string> CommitsNamed(const Site& site, const std::string& name) {
    const std::string log =
        Sh(absl::StrCat("git -C ", site.folder, " log --format=%H --grep='^", name,
                        "$' main 2>/dev/null || true"));
    if (log.empty()) return {};
    return absl::StrSplit(log, '\n');
  }

  // Pushes while the conversation is cut, then again, as its caller would.
  void CutPush(const Site& site, const Cut& cut) {
    const std::string name = absl::StrCat("cut-at-", cut.after_bytes);
    SCOPED_TRACE(name);
    Context context;
    if (cut.kind == Cut::Kind::kStall) context.deadline = absl::Now() + kStallDeadline;
    cutting_.CutNext(site.repository.remote.url.path, GitService::kReceivePack, cut);

    const Pushed first = PushCase(site, name, context);

    if (cut.kind == Cut::Kind::kStall) {
      EXPECT_LT(absl::Now() - context.deadline, absl::Seconds(1) * kSlowness);
    }
    const std::vector<std::string> between = CommitsNamed(site, name);
    const bool unknown = ReasonOf(first.status) == reason::kOutcomeUnknown;
    ++(first.status.ok() ? done_ : unknown ? unknown_ : not_done_);
    if (first.status.ok()) {
      EXPECT_EQ(between, std::vector<std::string>({first.commit_id}));
      return;
    }
    if (!unknown) {
      EXPECT_EQ(between, std::vector<std::string>()) << first.status;
    }
    const Pushed again =
        PushCase(site, name, Context(), unknown ? first.intended_commit_id : "");
    EXPECT_OK(again.status);
    EXPECT_EQ(CommitsNamed(site, name), std::vector<std::string>({again.commit_id}))
        << first.status;
  }

  CuttingTransport cutting_;
  std::unique_ptr<Libgit2Engine> cut_engine_;
  std::atomic<int> done_ = 0;
  std::atomic<int> not_done_ = 0;
  std::atomic<int> unknown_ = 0;
};

std::string NameOf(
    const testing::TestParamInfo<CutConversationTest::ParamType>& parameters) {
  const auto [direction, kind] = parameters.param;
  const char* const kinds[] = {"End", "Reset", "Stall"};
  return absl::StrCat(
      kinds[static_cast<int>(kind)],
      direction == Cut::Direction::kFromRemote ? "FromRemote" : "ToRemote");
}

INSTANTIATE_TEST_SUITE_P(At, CutConversationTest,
                         testing::Combine(testing::Values(Cut::Direction::kFromRemote,
                                                          Cut::Direction::kToRemote),
                                          testing::Values(Cut::Kind::kEnd,
                                                          Cut::Kind::kReset,
                                                          Cut::Kind::kStall)),
                         NameOf);

TEST_P(CutConversationTest, PushIsDoneOnceOrNotAtAllOrFoundOut) {
  const auto [direction, kind] = GetParam();
  // How much a whole push is, to cut around the end of the pack and in the report.
  const Site measured = MakeSite(0);
  ASSERT_OK(PushCase(measured, "start", Context()).status);
  ASSERT_OK(PushCase(measured, "cut-at-100", Context()).status);
  const Traffic whole = cutting_.LastTraffic(measured.repository.remote.url.path,
                                             GitService::kReceivePack);
  const size_t total =
      direction == Cut::Direction::kFromRemote ? whole.from_remote : whole.to_remote;
  ASSERT_GT(total, kEachByteUpTo);
  std::vector<size_t> places;
  for (size_t at = 0; at < kEachByteUpTo; at += kStep) places.push_back(at);
  for (size_t at = kEachByteUpTo; at < total - 30; at += 17) places.push_back(at);
  for (size_t at = total - 30; at < total + 2; ++at) places.push_back(at);

  std::atomic<size_t> next = 0;
  std::vector<Site> sites;
  for (int worker = 1; worker <= kWorkers; ++worker) {
    sites.push_back(MakeSite(worker));
    ASSERT_OK(PushCase(sites.back(), "start", Context()).status);
  }
  {
    std::vector<std::jthread> workers;
    for (const Site& site : sites) {
      workers.emplace_back([&, kind = kind, direction = direction] {
        for (size_t i = next++; i < places.size(); i = next++) {
          CutPush(site, {direction, kind, places[i]});
        }
      });
    }
  }

  for (const Site& site : sites) {
    EXPECT_EQ(Sh(absl::StrCat("git -C ", site.folder,
                              " fsck --strict --full --no-dangling --no-progress")),
              "");
    EXPECT_EQ(
        Sh(absl::StrCat("git -C ", site.folder, " rev-list --min-parents=2 main")), "");
  }
  EXPECT_GT(done_ + not_done_ + unknown_, 0);
  std::cout << places.size() << " cuts of " << total << " bytes: " << done_ << " done, "
            << not_done_ << " not done, " << unknown_ << " unknown and found out"
            << std::endl;
}

}  // namespace
}  // namespace gitsync
