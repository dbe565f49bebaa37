#include "server/rpc/call/valid_text.h"

#include <gtest/gtest.h>

#include "gitsync/v1/git_sync_service.pb.h"
#include "google/rpc/error_details.pb.h"

namespace gitsync {
namespace {

constexpr char kInvalid[] =
    "gr\xf6\xdf"
    "e";
constexpr char kValid[] =
    "gr\xef\xbf\xbd\xef\xbf\xbd"
    "e";

// Whether a receiver could read it.
template <typename Message>
bool CanBeRead(const Message& message) {
  return Message().ParseFromString(message.SerializeAsString());
}

TEST(ValidTextTest, EveryTextOfAMessageIsMadeUtf8) {
  v1::PushAppVersionResponse response;
  response.set_branch(kInvalid);
  response.mutable_operation()->set_error_message(kInvalid);
  response.add_merged_files("fine");
  response.add_merged_files(kInvalid);
  ASSERT_FALSE(CanBeRead(response));

  MakeTextValid(response);

  EXPECT_TRUE(CanBeRead(response));
  EXPECT_EQ(response.branch(), kValid);
  EXPECT_EQ(response.operation().error_message(), kValid);
  EXPECT_EQ(response.merged_files(0), "fine");
  EXPECT_EQ(response.merged_files(1), kValid);
}

TEST(ValidTextTest, RepeatedMessagesAndMapsAreLookedInto) {
  v1::ListGitAppsResponse list;
  list.add_apps()->set_name("fine");
  list.add_apps()->mutable_last_commit()->mutable_author()->set_name(kInvalid);
  google::rpc::ErrorInfo info;
  (*info.mutable_metadata())["files"] = kInvalid;

  MakeTextValid(list);
  MakeTextValid(info);

  EXPECT_EQ(list.apps(1).last_commit().author().name(), kValid);
  EXPECT_EQ(info.metadata().at("files"), kValid);
  EXPECT_TRUE(CanBeRead(list));
  EXPECT_TRUE(CanBeRead(info));
}

TEST(ValidTextTest, WhatIsNotSetStaysSo) {
  v1::PushAppVersionResponse response;
  MakeTextValid(response);
  EXPECT_FALSE(response.has_operation());
}

}  // namespace
}  // namespace gitsync
