#include "server/rpc/call/grpc_status.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"
#include "server/base/error.h"
#include "server/base/reason.h"
#include "tests/support/status_matchers.h"

namespace gitsync {
namespace {

google::rpc::Status DetailsOf(const grpc::Status& status) {
  google::rpc::Status details;
  EXPECT_TRUE(details.ParseFromString(status.error_details()));
  return details;
}

template <typename Message>
Message Find(const google::rpc::Status& details) {
  Message message;
  for (const auto& any : details.details()) {
    if (any.Is<Message>()) {
      EXPECT_TRUE(any.UnpackTo(&message));
    }
  }
  return message;
}

TEST(GrpcStatusTest, DetailsGoAlong) {
  const absl::Status error =
      Error(absl::StatusCode::kNotFound, reason::kAppNotFound, "There is no app.")
          .With("app_id", "7");

  const grpc::Status status = ToGrpcStatus(error, "request-1");

  EXPECT_EQ(status.error_code(), grpc::StatusCode::NOT_FOUND);
  EXPECT_EQ(status.error_message(), "There is no app.");
  const google::rpc::Status details = DetailsOf(status);
  EXPECT_EQ(details.code(), 5);
  EXPECT_EQ(Find<google::rpc::ErrorInfo>(details).reason(), "APP_NOT_FOUND");
  EXPECT_EQ(Find<google::rpc::ErrorInfo>(details).metadata().at("app_id"), "7");
  EXPECT_EQ(Find<google::rpc::RequestInfo>(details).request_id(), "request-1");
}

TEST(GrpcStatusTest, DetailsAreInOneOrder) {
  // absl::Status orders its payloads anew for each status.
  for (int i = 0; i < 50; ++i) {
    const google::rpc::Status details = DetailsOf(ToGrpcStatus(
        Error(absl::StatusCode::kUnavailable, reason::kServerBusy, "Later.")
            .RetryAfter(absl::Seconds(1))
            .Violation("name", "is empty"),
        "r"));

    ASSERT_EQ(details.details_size(), 4);
    EXPECT_TRUE(details.details(0).Is<google::rpc::ErrorInfo>());
    EXPECT_TRUE(details.details(1).Is<google::rpc::BadRequest>());
    EXPECT_TRUE(details.details(2).Is<google::rpc::RetryInfo>());
    EXPECT_TRUE(details.details(3).Is<google::rpc::RequestInfo>());
  }
}

TEST(GrpcStatusTest, InternalDetailStaysHere) {
  const grpc::Status status = ToGrpcStatus(InternalError("SELECT secret"), "r");

  EXPECT_EQ(status.error_code(), grpc::StatusCode::INTERNAL);
  EXPECT_EQ(status.error_details().find("SELECT"), std::string::npos);
  EXPECT_EQ(status.error_message().find("SELECT"), std::string::npos);
}

TEST(GrpcStatusTest, ErrorWithoutReasonIsAFaultOfOurs) {
  EXPECT_THAT(Typed(absl::NotFoundError("no row")),
              StatusIs(absl::StatusCode::kInternal, reason::kInternal));
  EXPECT_THAT(Typed(absl::CancelledError("")),
              StatusIs(absl::StatusCode::kCancelled, reason::kCancelled));
  EXPECT_OK(Typed(absl::OkStatus()));
}

TEST(GrpcStatusTest, LongDetailsAreCutToWhatClientsTake) {
  std::string files;
  for (int i = 0; i < 500; ++i) {
    absl::StrAppend(&files, "apps/orders/definition/", i, ".json\n");
  }
  Error error(absl::StatusCode::kAborted, reason::kAppConflict, std::string(5000, 'm'));
  error.With("files", files).With("app_id", "7");
  for (int i = 0; i < 500; ++i) error.Violation(absl::StrCat("f", i), "is wrong");

  const grpc::Status status = ToGrpcStatus(error, "r");

  EXPECT_LT(status.error_details().size() + status.error_message().size(), 5500u);
  const google::rpc::Status details = DetailsOf(status);
  const auto info = Find<google::rpc::ErrorInfo>(details);
  EXPECT_EQ(info.reason(), "APP_CONFLICT");
  EXPECT_EQ(info.metadata().at("app_id"), "7");
  // Whole lines are left.
  EXPECT_EQ(files.find(info.metadata().at("files") + "\n"), 0u);
  EXPECT_GT(info.metadata().at("files").size(), 500u);
  EXPECT_GE(Find<google::rpc::BadRequest>(details).field_violations_size(), 1);
}

TEST(GrpcStatusTest, MessageIsCutBetweenCharacters) {
  std::string message = "x";
  for (int i = 0; i < 600; ++i) message += "\xc3\xa9";

  const grpc::Status status = ToGrpcStatus(
      Error(absl::StatusCode::kAborted, reason::kRemoteRejected, message), "r");

  EXPECT_LE(status.error_message().size(), 1000u);
  EXPECT_EQ(status.error_message().size() % 2, 1u);
}

}  // namespace
}  // namespace gitsync
