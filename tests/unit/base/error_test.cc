#include "server/base/error.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "absl/strings/match.h"
#include "server/base/reason.h"
#include "server/base/status_macros.h"
#include "tests/support/status_matchers.h"

namespace gitsync {
namespace {

TEST(ErrorTest, CarriesReasonAndMetadata) {
  const absl::Status status =
      Error(absl::StatusCode::kNotFound, reason::kAppNotFound, "There is no such app.")
          .With("app_id", "a-1");
  EXPECT_THAT(status, StatusIs(absl::StatusCode::kNotFound, reason::kAppNotFound));
  EXPECT_EQ(status.message(), "There is no such app.");
  EXPECT_EQ(MetadataOf(status, "app_id"), "a-1");
  EXPECT_EQ(MetadataOf(status, "other"), "");
}

TEST(ErrorTest, OtherStatusesHaveNoReason) {
  EXPECT_EQ(ReasonOf(absl::NotFoundError("x")), "");
  EXPECT_EQ(ReasonOf(absl::OkStatus()), "");
}

TEST(ErrorTest, DetailsAreSentUnderTheirTypeUrls) {
  const absl::Status status =
      Error(absl::StatusCode::kInvalidArgument, reason::kInvalidRequest, "m")
          .Violation("name", "is empty")
          .RetryAfter(absl::Milliseconds(1500));
  for (const char* type : {"ErrorInfo", "BadRequest", "RetryInfo"}) {
    EXPECT_TRUE(
        status.GetPayload(std::string("type.googleapis.com/google.rpc.") + type))
        << type;
  }
}

TEST(ErrorTest, RetryDelayIsThatOfTheError) {
  const Error error(absl::StatusCode::kUnavailable, reason::kRemoteUnreachable, "m");
  EXPECT_EQ(RetryDelayOf(error), std::nullopt);
  EXPECT_EQ(RetryDelayOf(absl::OkStatus()), std::nullopt);
  EXPECT_EQ(RetryDelayOf(
                Error(absl::StatusCode::kUnavailable, reason::kRemoteUnreachable, "m")
                    .RetryAfter(absl::Milliseconds(1500))),
            absl::Milliseconds(1500));
}

TEST(ErrorTest, WithMessageKeepsCodeAndDetails) {
  const absl::Status status = WithMessage(
      Error(absl::StatusCode::kAborted, reason::kRemoteChanged, "a").With("k", "v"),
      "b");
  EXPECT_THAT(status, StatusIs(absl::StatusCode::kAborted, reason::kRemoteChanged));
  EXPECT_EQ(status.message(), "b");
  EXPECT_EQ(MetadataOf(status, "k"), "v");
}

TEST(ErrorTest, InternalErrorHidesItsDetail) {
  const absl::Status status = InternalError("SELECT secret");
  EXPECT_THAT(status, StatusIs(absl::StatusCode::kInternal, reason::kInternal));
  EXPECT_FALSE(absl::StrContains(status.message(), "SELECT"));
}

absl::StatusOr<int> Twice(absl::StatusOr<int> value) {
  ASSIGN_OR_RETURN(const int number, value);
  RETURN_IF_ERROR(number < 0 ? absl::OutOfRangeError("negative") : absl::OkStatus());
  return 2 * number;
}

TEST(StatusMacrosTest, PassValuesAndErrorsOn) {
  EXPECT_EQ(*Twice(2), 4);
  EXPECT_THAT(Twice(-1), HasCode(absl::StatusCode::kOutOfRange));
  EXPECT_THAT(Twice(absl::AbortedError("x")), HasCode(absl::StatusCode::kAborted));
}

}  // namespace
}  // namespace gitsync
