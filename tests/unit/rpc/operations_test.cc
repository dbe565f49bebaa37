// Calls with work in hand: cancellation, deadlines, watching, draining.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>
#include <thread>

#include "tests/unit/rpc/rpc_harness.h"

namespace gitsync {
namespace {

using testing::IsEmpty;
using testing::Not;
using Code = absl::StatusCode;

class OperationsTest : public RpcTest {
 protected:
  void SetUp() override {
    RpcTest::SetUp();
    organization_ = AddOrganization("Org");
    ConnectGit(organization_);
    app_ = AddApp(organization_, "Orders");
  }

  // A push that the engine holds.
  std::future<absl::StatusOr<v1::PushAppVersionResponse>> StartHeldPush() {
    engine_.Hold();
    auto push =
        std::async(std::launch::async, [this] { return PushAppVersion(PushOf(app_)); });
    EXPECT_TRUE(engine_.AwaitHeld(1));
    return push;
  }

  std::vector<v1::Operation> Operations() {
    v1::ListOperationsRequest list;
    list.set_organization_id(organization_);
    const auto operations = ListOperations(list);
    EXPECT_OK(operations);
    if (!operations.ok()) return {};
    return {operations->operations().begin(), operations->operations().end()};
  }

  v1::Operation OnlyOperation() {
    const std::vector<v1::Operation> operations = Operations();
    EXPECT_EQ(operations.size(), 1u);
    return operations.empty() ? v1::Operation() : operations.front();
  }

  // Waits until the operation has ended.
  v1::Operation Ended(const std::string& id) {
    v1::GetOperationRequest get;
    get.set_operation_id(id);
    for (int i = 0; i < 1000; ++i) {
      const auto operation = GetOperation(get);
      EXPECT_OK(operation);
      if (operation->state() != v1::OPERATION_STATE_RUNNING) return *operation;
      absl::SleepFor(absl::Milliseconds(5));
    }
    ADD_FAILURE() << "the operation does not end";
    return {};
  }

  std::string organization_;
  v1::App app_;
};

TEST_F(OperationsTest, CallerThatGoesAwayCancelsTheWork) {
  engine_.Hold();
  grpc::ClientContext context;
  context.AddMetadata("authorization", absl::StrCat("Bearer ", kAdmin));
  v1::PushAppVersionResponse response;
  std::future<grpc::Status> push = std::async(std::launch::async, [&] {
    return v1::GitSyncService::NewStub(channel_)->PushAppVersion(&context, PushOf(app_),
                                                                 &response);
  });
  ASSERT_TRUE(engine_.AwaitHeld(1));

  context.TryCancel();

  EXPECT_EQ(push.get().error_code(), grpc::StatusCode::CANCELLED);
  EXPECT_EQ(Ended(OnlyOperation().id()).state(), v1::OPERATION_STATE_CANCELLED);
  EXPECT_THAT(engine_.last_interruption(),
              StatusIs(Code::kCancelled, reason::kCancelled));
}

TEST_F(OperationsTest, DeadlineReachesTheWork) {
  engine_.Hold();
  // On a busy machine it takes longer until the call comes to its work.
  for (absl::Duration limit = absl::Milliseconds(300); engine_.last_interruption().ok();
       limit *= 4) {
    grpc::ClientContext context;
    context.set_deadline(absl::ToChronoTime(absl::Now() + limit));
    context.AddMetadata("authorization", absl::StrCat("Bearer ", kAdmin));
    v1::PushAppVersionResponse response;

    const grpc::Status status = v1::GitSyncService::NewStub(channel_)->PushAppVersion(
        &context, PushOf(app_), &response);

    ASSERT_EQ(status.error_code(), grpc::StatusCode::DEADLINE_EXCEEDED);
    for (const v1::Operation& operation : Operations()) {
      EXPECT_NE(Ended(operation.id()).state(), v1::OPERATION_STATE_SUCCEEDED);
    }
  }
}

TEST_F(OperationsTest, CancelOperationEndsIt) {
  auto push = StartHeldPush();
  v1::CancelOperationRequest cancel;
  cancel.set_operation_id(OnlyOperation().id());

  EXPECT_OK(CancelOperation(cancel));

  EXPECT_THAT(push.get(), StatusIs(Code::kCancelled, reason::kCancelled));
  EXPECT_EQ(Ended(cancel.operation_id()).state(), v1::OPERATION_STATE_CANCELLED);
  EXPECT_OK(CancelOperation(cancel));
}

TEST_F(OperationsTest, CancelOperationNeedsEditor) {
  auto push = StartHeldPush();
  v1::CancelOperationRequest cancel;
  cancel.set_operation_id(OnlyOperation().id());
  const std::string viewer = AddToken(v1::ROLE_VIEWER, organization_);

  EXPECT_THAT(CancelOperation(cancel, viewer),
              StatusIs(Code::kPermissionDenied, reason::kRoleRequired));

  engine_.Release();
  EXPECT_OK(push.get());
}

class WatchTest : public OperationsTest {
 protected:
  // The states that a watch sends until it ends.
  struct Seen {
    std::vector<v1::Operation> operations;
    absl::Status end;
  };

  std::unique_ptr<grpc::ClientReader<v1::WatchOperationResponse>> Watch(
      grpc::ClientContext& context, const std::string& id) {
    context.AddMetadata("authorization", absl::StrCat("Bearer ", kAdmin));
    v1::WatchOperationRequest request;
    request.set_operation_id(id);
    stub_ = v1::OperationService::NewStub(channel_);
    return stub_->WatchOperation(&context, request);
  }

  static Seen ReadAll(grpc::ClientReader<v1::WatchOperationResponse>& reader) {
    Seen seen;
    v1::WatchOperationResponse response;
    while (reader.Read(&response)) seen.operations.push_back(response.operation());
    seen.end = FromGrpc(reader.Finish());
    return seen;
  }

  std::unique_ptr<v1::OperationService::Stub> stub_;
};

TEST_F(WatchTest, SendsTheStateNowAndTheEnd) {
  auto push = StartHeldPush();
  grpc::ClientContext context;
  const auto reader = Watch(context, OnlyOperation().id());
  v1::WatchOperationResponse first;
  ASSERT_TRUE(reader->Read(&first));

  engine_.Release();
  const Seen rest = ReadAll(*reader);

  EXPECT_EQ(first.operation().state(), v1::OPERATION_STATE_RUNNING);
  EXPECT_EQ(first.operation().phase(), v1::OPERATION_PHASE_CONNECTING);
  ASSERT_THAT(rest.operations, Not(IsEmpty()));
  EXPECT_EQ(rest.operations.back().state(), v1::OPERATION_STATE_SUCCEEDED);
  EXPECT_EQ(rest.operations.back().commit_id(), std::string(40, 'c'));
  EXPECT_OK(rest.end);
  EXPECT_OK(push.get());
}

TEST_F(WatchTest, EndedOperationIsSentOnce) {
  ASSERT_OK(PushAppVersion(PushOf(app_)));
  grpc::ClientContext context;

  const Seen seen = ReadAll(*Watch(context, OnlyOperation().id()));

  ASSERT_EQ(seen.operations.size(), 1u);
  EXPECT_EQ(seen.operations[0].state(), v1::OPERATION_STATE_SUCCEEDED);
  EXPECT_OK(seen.end);
}

TEST_F(WatchTest, UnknownOperationIsNotFound) {
  grpc::ClientContext context;

  const Seen seen = ReadAll(*Watch(context, NewUuid()));

  EXPECT_THAT(seen.operations, IsEmpty());
  EXPECT_THAT(seen.end, StatusIs(Code::kNotFound, reason::kOperationNotFound));
}

TEST_F(WatchTest, WatcherThatGoesAwayLeavesTheOperationAlone) {
  auto push = StartHeldPush();
  grpc::ClientContext context;
  const auto reader = Watch(context, OnlyOperation().id());
  v1::WatchOperationResponse first;
  ASSERT_TRUE(reader->Read(&first));

  context.TryCancel();
  ReadAll(*reader);
  engine_.Release();

  EXPECT_OK(push.get());
}

TEST_F(OperationsTest, DrainFinishesWhatIsInHandAndRefusesTheRest) {
  auto push = StartHeldPush();
  std::thread drain([this] { server_->Drain(absl::Now() + absl::Seconds(10)); });
  absl::StatusOr<v1::ListOrganizationsResponse> refused;
  do {
    refused = ListOrganizations({});
  } while (refused.ok());

  engine_.Release();
  drain.join();

  EXPECT_THAT(refused, StatusIs(Code::kUnavailable, reason::kShuttingDown));
  EXPECT_OK(push.get());
}

TEST_F(OperationsTest, DrainCancelsAtItsDeadline) {
  auto push = StartHeldPush();
  grpc::ClientContext context;
  context.AddMetadata("authorization", absl::StrCat("Bearer ", kAdmin));
  v1::WatchOperationRequest request;
  request.set_operation_id(OnlyOperation().id());
  const auto stub = v1::OperationService::NewStub(channel_);
  const auto reader = stub->WatchOperation(&context, request);
  v1::WatchOperationResponse response;
  ASSERT_TRUE(reader->Read(&response));

  server_->Drain(absl::Now() + absl::Milliseconds(50));
  pool_->Shutdown(absl::Now());
  server_->Shutdown();

  // Neither caller cancelled anything.
  EXPECT_THAT(push.get(), StatusIs(Code::kUnavailable, reason::kShuttingDown));
  while (reader->Read(&response)) {
  }
  EXPECT_THAT(FromGrpc(reader->Finish()),
              StatusIs(Code::kUnavailable, reason::kShuttingDown));
}

}  // namespace
}  // namespace gitsync
