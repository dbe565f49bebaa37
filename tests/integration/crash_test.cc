// Pushes while the server is killed again and again: what it acknowledged is in the
// remote and in the store, once.
//
// GITSYNC_CRASH_ROUNDS and GITSYNC_CRASH_SEED in the environment repeat a run;
// tests/crash/run makes it long.

#include <iostream>
#include <random>
#include <vector>

#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "tests/integration/push_load.h"
#include "tests/support/slowness.h"

namespace gitsync {
namespace {

const int kRounds = kSanitized ? 8 : 50;

using CrashTest = TransportTest;
GITSYNC_OVER_EACH_TRANSPORT(CrashTest);

TEST_P(CrashTest, AcknowledgedPushesSurviveKillsOnce) {
  const unsigned seed = FromEnvironment("GITSYNC_CRASH_SEED", std::random_device()());
  const int rounds = static_cast<int>(FromEnvironment("GITSYNC_CRASH_ROUNDS", kRounds));
  std::cout << "GITSYNC_CRASH_SEED=" << seed << " GITSYNC_CRASH_ROUNDS=" << rounds
            << std::endl;
  std::mt19937 random(seed);
  Installation gitsync({.transport = GetParam()});
  // Takes its time between the pack and the ref, so that many pushes are killed there.
  TestRemote slow;
  slow.SetHook("pre-receive", "#!/bin/sh\nsleep 0.0$(($$ % 10))\n");
  // A server that was started again may say that an interrupted push is lost or not
  // settled.
  PushLoad load(&gitsync, {"INTERRUPTED", "OUTCOME_UNKNOWN"}, random());
  // Two organizations share a repository and its branch.
  load.AddCallers("one", gitsync.remote(), 6);
  load.AddCallers("two", gitsync.remote(), 4);
  load.AddCallers("three", slow, 6);
  ASSERT_FALSE(HasFailure());
  load.Start();

  std::vector<absl::Duration> recoveries;
  for (int round = 0; round < rounds && !HasFailure(); ++round) {
    // Every other kill comes when pushes are under way for certain, however slow the
    // machine is; the rest may hit the start and the recovery.
    if (round % 2 == 0) {
      ASSERT_TRUE(load.AwaitAcknowledgement());
    }
    absl::SleepFor(
        absl::Milliseconds(std::uniform_int_distribution<>(10, 300)(random)));
    load.Pause();
    gitsync.server().Kill9();
    load.ServerEnded();
    if (round % 4 == 1) {
      recoveries.push_back(load.Recover());
    } else {
      gitsync.server().Restart();
      load.Start();
    }
  }
  load.Finish();

  ExpectQuick(recoveries);
  EXPECT_GE(load.Judge().acknowledged, rounds / 2);
}

}  // namespace
}  // namespace gitsync
