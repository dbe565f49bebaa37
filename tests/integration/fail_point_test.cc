// Crashes, errors and delays at each fail point, while callers push, pull, create apps
// from git and promote: what was acknowledged is in the remote and in the store, once.
//
// GITSYNC_CRASHES_AT_EACH and GITSYNC_CRASH_SEED in the environment make it longer and
// repeat it; tests/crash/run does the former.

#include <filesystem>
#include <fstream>
#include <iostream>
#include <optional>
#include <random>
#include <regex>
#include <set>
#include <sstream>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "tests/integration/push_load.h"
#include "tests/integration/sync_caller.h"
#include "tests/support/slowness.h"

namespace gitsync {
namespace {

// Every fail point of the program: the names are agreed on here.
constexpr const char* kFailPoints[] = {
    "create/fetched", "create/recorded", "create/recording", "fetch/asking",
    "fetch/received", "promote/fetched", "promote/recorded", "promote/recording",
    "pull/fetched",   "pull/recorded",   "pull/recording",   "store/commit",
};

TEST(FailPointTableTest, HasEveryFailPointOfTheSources) {
  const std::regex call("FailPoint\\(\"([^\"]+)\"\\)");
  std::set<std::string> found;
  for (const char* top : {"server", "storage"}) {
    const std::filesystem::path root = std::filesystem::path(GITSYNC_SOURCE_DIR) / top;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(root)) {
      if (entry.path().extension() != ".cc") continue;
      std::ostringstream text;
      text << std::ifstream(entry.path()).rdbuf();
      const std::string source = text.str();
      for (std::sregex_iterator at(source.begin(), source.end(), call), end; at != end;
           ++at) {
        found.insert((*at)[1]);
      }
    }
  }

  EXPECT_EQ(found,
            std::set<std::string>(std::begin(kFailPoints), std::end(kFailPoints)));
}

class FailPointTest : public ::testing::Test {
 protected:
  FailPointTest() : random_(seed_) {
    std::cout << "GITSYNC_CRASH_SEED=" << seed_ << std::endl;
    // So that recovery finds pushes under way.
    slow_.SetHook("pre-receive", "#!/bin/sh\nsleep 0.0$(($$ % 10))\n");
    load_.AddCallers("one", installation_.remote(), 8);
    load_.AddCallers("two", slow_, 8);
  }

  void Start() {
    load_.Start();
    sync_.Start();
  }

  void ServerEnded() {
    load_.ServerEnded();
    sync_.ServerEnded();
  }

  void Kill() {
    load_.Pause();
    server().Kill9();
    ServerEnded();
  }

  // Starts the ended server with fail points and lets the callers go on.
  void Restart(const std::string& fail_points) {
    server().Restart({absl::StrCat("FAIL_POINTS=", fail_points)});
    if (!server().HasEnded()) Start();
  }

  void Recover() {
    recovered_.push_back(load_.Recover());
    sync_.Start();
  }

  // Makes the server crash at the N-th passage of a fail point. Recovery passes its
  // points only after another end.
  void CrashAt(const std::string& name, int passage) {
    const absl::Time give_up = absl::Now() + absl::Seconds(30) * kSlowness;
    while (absl::Now() < give_up) {
      Restart(absl::StrCat(name, "=crash@", passage));
      const absl::Time again = absl::Now() + absl::Seconds(2) * kSlowness;
      while (!server().HasEnded() && absl::Now() < again) {
        absl::SleepFor(absl::Milliseconds(2));
      }
      if (server().HasEnded()) return ServerEnded();
      Kill();
      passage = 1;
    }
    ADD_FAILURE() << "nothing came to " << name;
  }

  // Whether a fail point did something in this run, or does before long.
  bool AwaitPassage(const std::string& name, size_t logged) {
    const absl::Time give_up = absl::Now() + absl::Seconds(5) * kSlowness;
    while (absl::Now() < give_up) {
      const std::string log = server().Log().substr(logged);
      if (absl::StrContains(log, absl::StrCat("\"name\":\"", name, "\""))) return true;
      absl::SleepFor(absl::Milliseconds(20));
    }
    return false;
  }

  void JudgeAll() {
    load_.Finish();
    sync_.Finish();
    const int synced = sync_.Judge();
    EXPECT_GT(synced, 0);
    std::cout << synced << " pulls, creations and promotions acknowledged" << std::endl;
    ExpectQuick(recovered_);
    load_.Judge();
  }

  GitsyncdProcess& server() { return installation_.server(); }

  const unsigned seed_ = FromEnvironment("GITSYNC_CRASH_SEED", std::random_device()());
  std::mt19937 random_;
  Installation installation_{{.server = {.program = "gitsyncd_with_fail_points"}}};
  TestRemote slow_;
  // INTERNAL is what a fail point says that fails.
  const std::set<std::string> expected_ = {"INTERRUPTED", "OUTCOME_UNKNOWN",
                                           "INTERNAL"};
  PushLoad load_{&installation_, expected_, seed_};
  SyncCaller sync_{&installation_, "sync", expected_};
  std::vector<absl::Duration> recovered_;
};

TEST_F(FailPointTest, NothingIsLostOrDoneTwiceByCrashes) {
  const auto crashes = static_cast<int>(FromEnvironment("GITSYNC_CRASHES_AT_EACH", 1));
  ASSERT_FALSE(HasFailure());
  Start();
  ASSERT_TRUE(load_.AwaitAcknowledgement());

  Kill();
  int done = 0;
  for (const char* name : kFailPoints) {
    for (int i = 0; i < crashes && !HasFailure(); ++i, ++done) {
      SCOPED_TRACE(name);
      CrashAt(name, std::uniform_int_distribution<>(1, 3)(random_));
      Recover();
      Kill();
    }
  }
  Recover();

  JudgeAll();
  std::cout << done << " crashes, " << crashes << " at each of "
            << std::size(kFailPoints) << " fail points" << std::endl;
}

TEST_F(FailPointTest, NothingIsLostOrDoneTwiceByErrors) {
  ASSERT_FALSE(HasFailure());
  Start();
  ASSERT_TRUE(load_.AwaitAcknowledgement());

  for (const char* name : kFailPoints) {
    SCOPED_TRACE(name);
    Kill();
    const size_t logged = server().Log().size();
    // Not the first two: the store's are those without which no start succeeds.
    Restart(absl::StrCat(name, "=error@", 3 + random_() % 3));
    ASSERT_TRUE(AwaitPassage(name, logged));
  }
  Kill();
  Recover();

  JudgeAll();
}

TEST_F(FailPointTest, NothingIsLostOrDoneTwiceByDelays) {
  ASSERT_FALSE(HasFailure());
  Start();
  ASSERT_TRUE(load_.AwaitAcknowledgement());
  Kill();
  const size_t logged = server().Log().size();
  std::string delays;
  for (const char* name : kFailPoints) {
    absl::StrAppend(&delays, name, "=delay:", 50 + random_() % 200, "ms@2;");
  }

  Restart(delays);
  for (const char* name : kFailPoints) {
    ASSERT_TRUE(AwaitPassage(name, logged)) << name;
  }

  JudgeAll();
}

}  // namespace
}  // namespace gitsync
