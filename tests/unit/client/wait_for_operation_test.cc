#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <thread>

#include "client/lib/client.h"
#include "tests/support/status_matchers.h"
#include "tests/unit/client/scripted_server.h"

namespace gitsync::client {
namespace {

using ::testing::ElementsAre;
using Writer = grpc::ServerWriter<v1::WatchOperationResponse>;

void Send(Writer& writer, v1::OperationState state, v1::OperationPhase phase) {
  v1::WatchOperationResponse response;
  response.mutable_operation()->set_id("op");
  response.mutable_operation()->set_state(state);
  response.mutable_operation()->set_phase(phase);
  writer.Write(response);
}

class WaitForOperationTest : public ::testing::Test {
 protected:
  WaitForOperationTest() {
    ClientOptions options;
    options.endpoint = server_.endpoint();
    client_ = *Client::Create(options);
  }

  // The phases that `on_progress` saw are added to `phases_`.
  absl::StatusOr<v1::Operation> Wait(absl::Duration limit = absl::Seconds(20),
                                     std::stop_token stop = {}) {
    return client_->WaitForOperation(
        "op", absl::Now() + limit,
        [this](const v1::Operation& operation) {
          phases_.push_back(operation.phase());
        },
        stop);
  }

  void Serve(
      std::function<grpc::Status(grpc::ServerContext&, int attempt, Writer&)> f) {
    server_.operations.WatchOperationScript.Does(
        [this, f](grpc::ServerContext& context, const v1::WatchOperationRequest&,
                  Writer& writer) { return f(context, ++attempts_, writer); });
  }

  ScriptedServer server_;
  std::unique_ptr<Client> client_;
  std::atomic<int> attempts_ = 0;
  std::vector<v1::OperationPhase> phases_;
};

TEST_F(WaitForOperationTest, EndedOperationIsReturnedAfterItsPhases) {
  Serve([](grpc::ServerContext&, int, Writer& writer) {
    Send(writer, v1::OPERATION_STATE_RUNNING, v1::OPERATION_PHASE_FETCHING);
    Send(writer, v1::OPERATION_STATE_RUNNING, v1::OPERATION_PHASE_PUSHING);
    Send(writer, v1::OPERATION_STATE_SUCCEEDED, v1::OPERATION_PHASE_DONE);
    return grpc::Status::OK;
  });

  const auto operation = Wait();

  ASSERT_OK(operation);
  EXPECT_EQ(operation->state(), v1::OPERATION_STATE_SUCCEEDED);
  EXPECT_THAT(phases_,
              ElementsAre(v1::OPERATION_PHASE_FETCHING, v1::OPERATION_PHASE_PUSHING,
                          v1::OPERATION_PHASE_DONE));
  EXPECT_EQ(server_.operations.WatchOperationScript.request().operation_id(), "op");
}

TEST_F(WaitForOperationTest, BrokenStreamIsOpenedAgain) {
  Serve([](grpc::ServerContext&, int attempt, Writer& writer) {
    Send(writer, v1::OPERATION_STATE_RUNNING, v1::OPERATION_PHASE_PUSHING);
    if (attempt == 1) return grpc::Status(grpc::StatusCode::UNAVAILABLE, "gone");
    if (attempt == 2) return grpc::Status::OK;
    Send(writer, v1::OPERATION_STATE_FAILED, v1::OPERATION_PHASE_DONE);
    return grpc::Status::OK;
  });

  const auto operation = Wait();

  ASSERT_OK(operation);
  EXPECT_EQ(operation->state(), v1::OPERATION_STATE_FAILED);
  EXPECT_EQ(attempts_, 3);
  EXPECT_THAT(phases_,
              ElementsAre(v1::OPERATION_PHASE_PUSHING, v1::OPERATION_PHASE_DONE));
}

TEST_F(WaitForOperationTest, UnknownOperationIsAnError) {
  Serve([](grpc::ServerContext&, int, Writer&) {
    return ToGrpc(
        {grpc::StatusCode::NOT_FOUND, "OPERATION_NOT_FOUND", "None.", {}, {}});
  });

  EXPECT_THAT(Wait(), StatusIs(absl::StatusCode::kNotFound, "OPERATION_NOT_FOUND"));
  EXPECT_EQ(attempts_, 1);
}

TEST_F(WaitForOperationTest, DeadlineEndsTheWait) {
  Serve([](grpc::ServerContext& context, int, Writer&) { return Stall(context); });

  EXPECT_THAT(Wait(absl::Milliseconds(80)),
              HasCode(absl::StatusCode::kDeadlineExceeded));
}

TEST_F(WaitForOperationTest, StopEndsTheWait) {
  std::stop_source stop;
  Serve([&stop](grpc::ServerContext& context, int, Writer&) {
    stop.request_stop();
    return Stall(context);
  });

  EXPECT_THAT(Wait(absl::Seconds(20), stop.get_token()),
              HasCode(absl::StatusCode::kCancelled));
}

}  // namespace
}  // namespace gitsync::client
