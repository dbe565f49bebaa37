// Apps that are created from git together, since they waited for the same repository.

#include <future>
#include <map>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "server/base/error.h"
#include "server/base/reason.h"
#include "tests/unit/sync/sync_harness.h"

namespace gitsync {
namespace {

using testing::HasSubstr;

class CreateTogetherTest : public SyncTest {
 protected:
  using Result = std::future<absl::StatusOr<OperationRow>>;

  void SetUp() override {
    SyncTest::SetUp();
    for (const char* name : {"Zero", "One", "Two", "Three"}) {
      const NewApp made =
          AddAppWith(dev_, name, absl::StrCat(R"({"is":")", name, "\"}"));
      ASSERT_OK(Push(made, "first"));
      id_of_[name] = made.app.git_app_id;
    }
    staging_ = AddOrganization("Staging");
    Connect(staging_);
    transport_.SetHeld(true);
    opened_before_ = transport_.opened();
    // What is created meanwhile waits for this one.
    first_ = Create(id_of_["Zero"]);
    while (transport_.opened() == opened_before_) absl::SleepFor(absl::Milliseconds(1));
  }

  void TearDown() override {
    transport_.SetHeld(false);
    SyncTest::TearDown();
  }

  // Starts to create an app.
  Result Create(const std::string& git_app_id, const std::string& name = "",
                const std::string& ref = "master", const Context& context = Context()) {
    const auto promise = std::make_shared<std::promise<absl::StatusOr<OperationRow>>>();
    service_->CreateFromGit(
        Editor(staging_), {staging_, git_app_id, ref, name}, {}, context,
        [promise](absl::StatusOr<OperationRow> row) { promise->set_value(row); });
    return promise->get_future();
  }

  int OpenedSince() const { return transport_.opened() - opened_before_; }

  std::map<std::string, std::string> id_of_;
  std::string staging_;
  int opened_before_ = 0;
  Result first_;
};

TEST_F(CreateTogetherTest, OneLookAtTheRemoteIsEnough) {
  Result one = Create(id_of_["One"]);
  Result two = Create(id_of_["Two"]);
  Result three = Create(id_of_["Three"]);

  transport_.SetHeld(false);
  ASSERT_OK(first_.get());
  for (Result* result : {&one, &two, &three}) {
    const auto created = result->get();
    ASSERT_OK(created);
    EXPECT_EQ(created->commit_id, remote_.Git({"rev-parse", "master"}));
    EXPECT_THAT(DefinitionOf(created->version_id),
                HasSubstr(absl::StrCat("\"", StoredApp(created->app_id).name, "\"")));
  }

  EXPECT_EQ(OpenedSince(), 2);
}

TEST_F(CreateTogetherTest, WhatIsWrongWithOneIsNotTheOthers) {
  Result unknown = Create("no-such-app");
  Result taken = Create(id_of_["One"], /*name=*/"Zero");
  Result elsewhere = Create(id_of_["Three"], "", /*ref=*/"no-such-branch");
  Result good = Create(id_of_["Two"]);

  transport_.SetHeld(false);

  EXPECT_OK(first_.get());
  EXPECT_OK(good.get());
  EXPECT_THAT(unknown.get(),
              StatusIs(absl::StatusCode::kNotFound, reason::kGitAppNotFound));
  EXPECT_THAT(taken.get(),
              StatusIs(absl::StatusCode::kAlreadyExists, reason::kAppNameTaken));
  EXPECT_THAT(elsewhere.get(),
              StatusIs(absl::StatusCode::kNotFound, reason::kGitRefNotFound));
}

TEST_F(CreateTogetherTest, FailureLeavesNothingInItsRecord) {
  Result taken = Create(id_of_["One"], /*name=*/"Zero");

  transport_.SetHeld(false);
  ASSERT_THAT(taken.get(), HasCode(absl::StatusCode::kAlreadyExists));

  const auto rows = Read(
      [&](const Transaction& tx) { return tx.operations().List(staging_, "", {}); });
  ASSERT_OK(rows);
  const OperationRow& row = rows->rows.front();
  EXPECT_EQ(row.state, OperationState::kFailed);
  EXPECT_EQ(row.error_reason, reason::kAppNameTaken);
  EXPECT_EQ(row.app_id, "");
  EXPECT_EQ(row.version_id, "");
}

TEST_F(CreateTogetherTest, CancellationTakesOnlyItsOwnOut) {
  Context context;
  Result cancelled = Create(id_of_["One"], "", "master", context);
  Result good = Create(id_of_["Two"]);

  context.cancellation->Cancel();
  EXPECT_THAT(cancelled.get(), HasCode(absl::StatusCode::kCancelled));
  transport_.SetHeld(false);

  EXPECT_OK(good.get());
  EXPECT_OK(Create(id_of_["One"]).get());
}

TEST_F(CreateTogetherTest, RemoteThatFailsIsToldToAll) {
  Result one = Create(id_of_["One"]);
  Result two = Create(id_of_["Two"]);

  transport_.SetDown(
      Error(absl::StatusCode::kUnavailable, reason::kRemoteUnreachable, "down"));
  transport_.SetHeld(false);

  for (Result* result : {&first_, &one, &two}) {
    EXPECT_THAT(result->get(),
                StatusIs(absl::StatusCode::kUnavailable, reason::kRemoteUnreachable));
  }
}

}  // namespace
}  // namespace gitsync
