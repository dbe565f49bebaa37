#include "server/rpc/call/call_admission.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <vector>

#include "tests/support/status_matchers.h"

namespace gitsync {
namespace {

using ::testing::ElementsAre;

TEST(CallAdmissionTest, LastCallIsCancelledFirst) {
  CallAdmission gate({});
  std::vector<int> cancelled;
  std::vector<CallAdmission::Ticket> tickets;
  std::vector<Cancellation::Registration> registrations;
  for (int call : {1, 2, 3}) {
    auto cancellation = std::make_shared<Cancellation>();
    registrations.push_back(
        cancellation->OnCancel([&cancelled, call] { cancelled.push_back(call); }));
    ASSERT_OK_AND_ASSIGN(tickets.emplace_back(), gate.Admit(0, cancellation));
  }

  gate.CancelAll();

  EXPECT_THAT(cancelled, ElementsAre(3, 2, 1));
}

}  // namespace
}  // namespace gitsync
