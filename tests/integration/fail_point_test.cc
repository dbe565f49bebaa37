// Crashes, errors and delays at each fail point, while callers push, pull, create apps
// from git and promote: what was acknowledged is in the remote and in the store, once.
//
// GITSYNC_CRASHES_AT_EACH and GITSYNC_CRASH_SEED in the environment make it longer and
// repeat it; tests/crash/run does the former.

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <random>
#include <regex>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "tests/integration/push_load.h"
#include "tests/integration/sync_caller.h"
#include "tests/support/slowness.h"

namespace gitsync {
namespace {

// How long something may take to come to a fail point: less than ctest allows, so that
// what came instead is judged and shown.
constexpr absl::Duration kPatience = absl::Minutes(3);

// Every fail point of the program: the names are agreed on here.
struct Point {
  const char* name;
  // What has to happen for the program to come there: where it crashed before, and what
  // happens besides.
  const char* crashed_at = "";
  const char* besides = "";
};

constexpr Point kFailPoints[] = {
    {"operation/planned"},
    {"operation/failing", "operation/planned"},
    {"operation/answering"},
    {"push/planned"},
    {"push/intent_recorded"},
    {"push/sending"},
    {"push/in_pack"},
    {"push/sent"},
    {"push/confirming", "", "push/sent=error"},
    {"push/reported"},
    {"push/recording"},
    {"push/recorded"},
    {"push/keeping"},
    {"push/kept"},
    {"recovery/taking_up", "push/reported"},
    {"recovery/looking", "push/reported"},
    {"recovery/found", "push/reported"},
    {"recovery/recorded", "push/reported"},
    {"recovery/again", "push/sending"},
    {"fetch/asking"},
    {"fetch/received"},
    {"pull/fetched"},
    {"pull/recording"},
    {"pull/recorded"},
    {"create/fetched"},
    {"create/recording"},
    {"create/recorded"},
    {"promote/fetched"},
    {"promote/recording"},
    {"promote/recorded"},
    {"store/commit"},
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

  std::set<std::string> known;
  for (const Point& point : kFailPoints) known.insert(point.name);
  EXPECT_EQ(found, known);
}

// Which points a test goes through: all in the long form, else some, others each time.
std::vector<Point> PointsToTest(std::mt19937& random) {
  std::vector<Point> points(std::begin(kFailPoints), std::end(kFailPoints));
  if (std::getenv("GITSYNC_CRASHES_AT_EACH") == nullptr) {
    std::shuffle(points.begin(), points.end(), random);
    // A thread sanitizer's build takes a minute or more for each.
    points.resize(kSlowness > 1 ? 1 : kSanitized ? 4 : 8);
  }
  return points;
}

const absl::Duration kUsualLimit = absl::Seconds(3) * kSlowness;

class FailPointTest : public ::testing::Test {
 protected:
  FailPointTest() : random_(seed_) {
    std::cout << "GITSYNC_CRASH_SEED=" << seed_ << std::endl;
    // So that recovery finds pushes under way.
    slow_.SetHook("pre-receive", "#!/bin/sh\nsleep 0.0$(($$ % 10))\n");
    load_.AddCallers("one", installation_.remote(), 6);
    load_.AddCallers("two", installation_.remote(), 4);
    load_.AddCallers("three", slow_, 6);
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

  // Makes the server, which has ended, crash at a passage of a fail point.
  void CrashAt(const Point& point, int passage) {
    const absl::Time give_up = absl::Now() + kPatience;
    absl::Duration limit = kUsualLimit;
    while (absl::Now() < give_up) {
      if (*point.crashed_at != '\0') ComeTo(point);
      Restart(absl::StrCat(point.besides, ";", point.name, "=crash@", passage));
      if (AwaitEnd(limit)) return;
      Kill();
      passage = 1;
      // On a slow machine it takes longer to come there.
      limit *= 2;
    }
    ADD_FAILURE() << "nothing came to " << point.name;
  }

  // Crashes where recovery has to go on from there to the point.
  void ComeTo(const Point& point) {
    Restart(absl::StrCat(point.crashed_at, "=crash"));
    if (!AwaitEnd(kUsualLimit)) Kill();
  }

  // Whether the server ends by itself within `limit`.
  bool AwaitEnd(absl::Duration limit) {
    const absl::Time give_up = absl::Now() + limit;
    while (!server().HasEnded()) {
      if (absl::Now() > give_up) return false;
      absl::SleepFor(absl::Milliseconds(2));
    }
    ServerEnded();
    return true;
  }

  // Expects that a fail point did something in this run, or does before long.
  void ExpectPassage(const std::string& name, size_t logged) {
    const absl::Time give_up = absl::Now() + kPatience;
    while (!absl::StrContains(server().LogSoFar().substr(logged),
                              absl::StrCat("\"name\":\"", name, "\""))) {
      ASSERT_LT(absl::Now(), give_up) << "nothing came to " << name;
      absl::SleepFor(absl::Milliseconds(20));
    }
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
  for (const Point& point : PointsToTest(random_)) {
    for (int i = 0; i < crashes && !HasFailure(); ++i, ++done) {
      SCOPED_TRACE(point.name);
      CrashAt(point, std::uniform_int_distribution<>(1, 3)(random_));
      Recover();
      Kill();
    }
  }
  Recover();

  JudgeAll();
  std::cout << done << " crashes at fail points, " << crashes << " at each"
            << std::endl;
}

TEST_F(FailPointTest, NothingIsLostOrDoneTwiceByErrors) {
  ASSERT_FALSE(HasFailure());
  Start();
  ASSERT_TRUE(load_.AwaitAcknowledgement());

  for (const Point& point : PointsToTest(random_)) {
    if (HasFailure()) break;
    SCOPED_TRACE(point.name);
    Kill();
    if (*point.crashed_at != '\0') ComeTo(point);
    const size_t logged = server().Log().size();
    // Of the store not the first two, without which no start succeeds.
    const bool early = *point.crashed_at != '\0';
    Restart(absl::StrCat(point.besides, ";", point.name, "=error@",
                         early ? 1 : 3 + random_() % 3));
    ExpectPassage(point.name, logged);
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
  for (const Point& point : kFailPoints) {
    absl::StrAppend(&delays, point.name, "=delay:", 50 + random_() % 200, "ms@1;");
  }

  Restart(delays);
  for (const Point& point : kFailPoints) {
    // Those that only recovery or a broken connection comes to may stay out.
    if (*point.crashed_at != '\0' || *point.besides != '\0') continue;
    if (!HasFailure()) ExpectPassage(point.name, logged);
  }

  JudgeAll();
}

}  // namespace
}  // namespace gitsync
