#include "server/git/transport/login_debt.h"

#include <gtest/gtest.h>

#include "server/base/steady_clock.h"

namespace gitsync {
namespace {

TEST(LoginDebtTest, TimeUntilIsWhenSoMuchIsForgotten) {
  const absl::Time now = SteadyNow();
  LoginDebt debt;
  debt.Charge(absl::Seconds(10), now);

  EXPECT_EQ(debt.TimeUntil(absl::Seconds(10), now), absl::ZeroDuration());
  const absl::Duration wait = debt.TimeUntil(absl::Seconds(5), now);
  EXPECT_GE(wait, LoginDebt::kRefill);
  EXPECT_LT(wait, LoginDebt::kRefill + absl::Milliseconds(1));
  EXPECT_LE(debt.Owed(now + wait), absl::Seconds(5));
}

}  // namespace
}  // namespace gitsync
