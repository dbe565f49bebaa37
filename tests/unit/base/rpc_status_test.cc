#include "server/base/rpc_status.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/cord.h"
#include "absl/strings/str_cat.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"
#include "server/base/error.h"
#include "server/base/reason.h"

namespace gitsync {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

std::vector<std::string> TypesOf(const google::rpc::Status& error) {
  std::vector<std::string> types;
  for (const auto& detail : error.details()) {
    types.push_back(detail.type_url().substr(detail.type_url().rfind('.') + 1));
  }
  return types;
}

absl::Status Busy() {
  Error error(absl::StatusCode::kUnavailable, reason::kServerBusy, "Later.");
  error.RetryAfter(absl::Seconds(1)).Violation("name", "is empty");
  for (int i = 9; i >= 0; --i) error.With(absl::StrCat("key_", i), "value");
  return error;
}

TEST(RpcStatusTest, EqualErrorsAreEqualBytes) {
  const std::string first = ToRpcStatus(Busy()).SerializeAsString();
  // absl::Status and protobuf's maps order what they hold anew each time.
  for (int i = 0; i < 50; ++i) {
    ASSERT_EQ(ToRpcStatus(Busy()).SerializeAsString(), first);
  }
}

TEST(RpcStatusTest, MetadataIsSortedByKey) {
  const google::rpc::Status error = ToRpcStatus(Busy());
  const std::string& info = error.details(0).value();

  for (int i = 0; i < 9; ++i) {
    EXPECT_LT(info.find(absl::StrCat("key_", i)),
              info.find(absl::StrCat("key_", i + 1)));
  }
}

TEST(RpcStatusTest, KnownDetailsComeFirstAndOthersByType) {
  absl::Status status = Busy();
  for (const char* type : {"google.rpc.Help", "a.B", "google.rpc.DebugInfo", "z.Z"}) {
    status.SetPayload(absl::StrCat("type.googleapis.com/", type), absl::Cord());
  }

  EXPECT_THAT(TypesOf(ToRpcStatus(status)),
              ElementsAre("ErrorInfo", "BadRequest", "RetryInfo", "B", "DebugInfo",
                          "Help", "Z"));
}

TEST(RpcStatusTest, PayloadForTheLogStaysHere) {
  EXPECT_THAT(ToRpcStatus(InternalError("SELECT secret")).SerializeAsString(),
              Not(HasSubstr("SELECT")));
}

TEST(AddRequestInfoTest, IsTheLastDetailAndThereOnce) {
  google::rpc::Status error = ToRpcStatus(Busy());

  AddRequestInfo("r-1", &error);
  AddRequestInfo("r-2", &error);

  EXPECT_THAT(TypesOf(error),
              ElementsAre("ErrorInfo", "BadRequest", "RetryInfo", "RequestInfo"));
  google::rpc::RequestInfo info;
  ASSERT_TRUE(error.details(3).UnpackTo(&info));
  EXPECT_EQ(info.request_id(), "r-1");
}

}  // namespace
}  // namespace gitsync
