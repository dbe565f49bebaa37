#include "server/git/push/branch_locks.h"

#include <gtest/gtest.h>

#include <atomic>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "absl/time/clock.h"
#include "server/base/reason.h"
#include "tests/support/status_matchers.h"

namespace gitsync {
namespace {

GitUrl Url(const std::string& path) {
  GitUrl url;
  url.host = "example.com";
  url.port = 22;
  url.path = path;
  return url;
}

Context Within(absl::Duration limit) {
  Context context;
  context.deadline = absl::Now() + limit;
  return context;
}

TEST(BranchLocksTest, BranchesAndRepositoriesDoNotWaitForEachOther) {
  BranchLocks turns;
  const auto first = turns.Take(Url("/a"), "main", Context());

  EXPECT_OK(turns.Take(Url("/a"), "other", Within(absl::Seconds(10))));
  EXPECT_OK(turns.Take(Url("/b"), "main", Within(absl::Seconds(10))));
  EXPECT_THAT(turns.Take(Url("/a"), "main", Within(absl::Milliseconds(20))),
              StatusIs(absl::StatusCode::kDeadlineExceeded, reason::kDeadlineExceeded));
}

TEST(BranchLocksTest, OneWritesAtATimeAndWhoGaveUpIsNotWaitedFor) {
  BranchLocks turns;
  std::optional<absl::StatusOr<BranchLocks::Lock>> first(
      turns.Take(Url("/a"), "main", Context()));
  std::atomic<int> writing = 0;
  std::atomic<int> written = 0;
  std::vector<std::jthread> threads;
  Context cancelled;
  for (int i = 0; i < 6; ++i) {
    threads.emplace_back([&, i] {
      const auto turn = turns.Take(Url("/a"), "main", i == 2 ? cancelled : Context());
      EXPECT_EQ(turn.ok(), i != 2);
      if (!turn.ok()) return;
      EXPECT_EQ(++writing, 1);
      ++written;
      --writing;
    });
  }

  cancelled.cancellation->Cancel();
  threads[2].join();
  EXPECT_EQ(written, 0);
  first.reset();
  threads.clear();

  EXPECT_EQ(written, 5);
}

}  // namespace
}  // namespace gitsync
