// Matchers for absl::Status and absl::StatusOr.

#ifndef GITSYNC_TESTS_SUPPORT_STATUS_MATCHERS_H_
#define GITSYNC_TESTS_SUPPORT_STATUS_MATCHERS_H_

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "server/base/error.h"
#include "server/base/reason.h"
#include "server/base/status_macros.h"

namespace gitsync {

inline const absl::Status& ToStatus(const absl::Status& status) { return status; }
template <typename T>
const absl::Status& ToStatus(const absl::StatusOr<T>& status) {
  return status.status();
}

// Matches a status, or a StatusOr, with this code.
MATCHER_P(HasCode, code, "") {
  *result_listener << "which is " << ToStatus(arg);
  return ToStatus(arg).code() == code;
}

// Matches a status or StatusOr with this code and this reason (server/base/reason.h).
MATCHER_P2(StatusIs, code, reason, "") {
  const absl::Status& status = ToStatus(arg);
  *result_listener << "which is " << status << " (" << ReasonOf(status) << ")";
  return status.code() == code && absl::string_view(reason) == ReasonOf(status);
}

// Matches a status that ended by its caller's deadline. Which of the two reasons it has
// depends only on where the deadline found it, and so on how busy the machine was.
MATCHER(EndedByDeadline, "") {
  const absl::Status& status = ToStatus(arg);
  const std::string why = ReasonOf(status);
  *result_listener << "which is " << status << " (" << why << ")";
  return status.code() == absl::StatusCode::kDeadlineExceeded &&
         (why == reason::kRemoteTimeout || why == reason::kDeadlineExceeded);
}

#define EXPECT_OK(expression) \
  GITSYNC_CHECK_OK(GITSYNC_UNIQUE(gitsync_status_), expression, ADD_FAILURE())
#define ASSERT_OK(expression) \
  GITSYNC_CHECK_OK(GITSYNC_UNIQUE(gitsync_status_), expression, FAIL())
#define GITSYNC_CHECK_OK(status, expression, failure)                       \
  GTEST_AMBIGUOUS_ELSE_BLOCKER_                                             \
  if (const auto status = ::gitsync::ToStatus((expression)); status.ok()) { \
  } else                                                                    \
    failure << #expression << " is " << status

// Declares `declaration` with the value of a StatusOr, or fails the test.
#define ASSERT_OK_AND_ASSIGN(declaration, expression) \
  GITSYNC_ASSERT_OK_AND_ASSIGN(GITSYNC_UNIQUE(gitsync_or_), declaration, expression)
#define GITSYNC_ASSERT_OK_AND_ASSIGN(value, declaration, expression)  \
  auto value = (expression);                                          \
  ASSERT_TRUE(value.ok()) << #expression << " is " << value.status(); \
  declaration = *std::move(value)

}  // namespace gitsync

#endif  // GITSYNC_TESTS_SUPPORT_STATUS_MATCHERS_H_
