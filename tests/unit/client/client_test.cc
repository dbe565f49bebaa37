#include "client/lib/client.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "tests/support/slowness.h"
#include "tests/support/status_matchers.h"
#include "tests/unit/client/scripted_server.h"

namespace gitsync::client {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Pair;

using Apps = v1::AppService::Stub;
using Organizations = v1::OrganizationService::Stub;

constexpr char kUuidPattern[] =
    "[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}";

std::unique_ptr<Client> Connect(const ScriptedServer& server, std::string token = "") {
  ClientOptions options;
  options.endpoint = server.endpoint();
  options.access_token = std::move(token);
  auto client = Client::Create(options);
  EXPECT_TRUE(client.ok()) << client.status();
  return *std::move(client);
}

TEST(ClientTest, CallCarriesTokenAndUserAgent) {
  ScriptedServer server;
  server.apps.GetAppScript.Answers(v1::App());
  const auto client = Connect(server, "secret-token");

  ASSERT_OK(client->Call(&Apps::GetApp, v1::GetAppRequest()));

  EXPECT_EQ(server.apps.GetAppScript.metadata("authorization"), "Bearer secret-token");
  EXPECT_THAT(server.apps.GetAppScript.metadata("user-agent"),
              HasSubstr("gitsync-client/"));
}

TEST(ClientTest, NoTokenSendsNoAuthorization) {
  ScriptedServer server;
  server.apps.GetAppScript.Answers(v1::App());

  ASSERT_OK(Connect(server)->Call(&Apps::GetApp, v1::GetAppRequest()));

  EXPECT_EQ(server.apps.GetAppScript.metadata("authorization"), "");
}

TEST(ClientTest, MutationWithoutRequestIdGetsOne) {
  ScriptedServer server;
  server.apps.CreateAppScript.Answers(v1::App());
  const auto client = Connect(server);
  v1::CreateAppRequest request;
  request.set_name("Orders");

  ASSERT_OK(client->Call(&Apps::CreateApp, request));
  ASSERT_OK(client->Call(&Apps::CreateApp, request));

  const auto requests = server.apps.CreateAppScript.requests();
  ASSERT_EQ(requests.size(), 2u);
  EXPECT_THAT(requests[0].request_id(), ::testing::MatchesRegex(kUuidPattern));
  EXPECT_NE(requests[0].request_id(), requests[1].request_id());
  EXPECT_EQ(requests[0].name(), "Orders");
}

TEST(ClientTest, MutationWithRequestIdKeepsIt) {
  ScriptedServer server;
  server.apps.CreateAppScript.Answers(v1::App());
  v1::CreateAppRequest request;
  request.set_request_id("mine");

  ASSERT_OK(Connect(server)->Call(&Apps::CreateApp, request));

  EXPECT_EQ(server.apps.CreateAppScript.request().request_id(), "mine");
}

TEST(ClientTest, StubCallCarriesTokenAndRequestIdToo) {
  ScriptedServer server;
  server.apps.CreateAppScript.Answers(v1::App());
  const auto client = Connect(server, "t");
  grpc::ClientContext context;
  v1::App app;

  ASSERT_TRUE(
      client->stub<Apps>().CreateApp(&context, v1::CreateAppRequest(), &app).ok());

  EXPECT_EQ(server.apps.CreateAppScript.metadata("authorization"), "Bearer t");
  EXPECT_NE(server.apps.CreateAppScript.request().request_id(), "");
}

TEST(ClientTest, UnavailableIsRetriedWithTheSameRequestId) {
  ScriptedServer server;
  std::atomic<int> calls = 0;
  server.apps.CreateAppScript.Does(
      [&](grpc::ServerContext&, const v1::CreateAppRequest&, v1::App& app) {
        if (++calls < 3) return grpc::Status(grpc::StatusCode::UNAVAILABLE, "later");
        app.set_id("a");
        return grpc::Status::OK;
      });

  const auto app = Connect(server)->Call(&Apps::CreateApp, v1::CreateAppRequest());

  ASSERT_OK(app);
  EXPECT_EQ(app->id(), "a");
  const auto requests = server.apps.CreateAppScript.requests();
  ASSERT_EQ(requests.size(), 3u);
  EXPECT_EQ(requests[0].request_id(), requests[2].request_id());
}

TEST(ClientTest, OtherErrorsAreNotRetried) {
  ScriptedServer server;
  server.apps.CreateAppScript.Fails({grpc::StatusCode::ABORTED, "no"});

  const auto app = Connect(server)->Call(&Apps::CreateApp, v1::CreateAppRequest());

  EXPECT_THAT(app, HasCode(absl::StatusCode::kAborted));
  EXPECT_EQ(server.apps.CreateAppScript.requests().size(), 1u);
}

TEST(ClientTest, ServerErrorIsTyped) {
  ScriptedServer server;
  server.apps.GetAppScript.Does(
      [](grpc::ServerContext& context, const v1::GetAppRequest&, v1::App&) {
        context.AddTrailingMetadata("x-request-id", "r-7");
        return ToGrpc({grpc::StatusCode::INVALID_ARGUMENT,
                       "INVALID_REQUEST",
                       "Two fields are wrong.",
                       {{"files", "a.json"}},
                       {{"app_id", "is not a UUID"}},
                       3});
      });

  const auto app = Connect(server)->Call(&Apps::GetApp, v1::GetAppRequest());

  const ErrorDetails error = ErrorOf(app.status());
  EXPECT_EQ(error.code, absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(error.reason, "INVALID_REQUEST");
  EXPECT_EQ(error.message, "Two fields are wrong.");
  EXPECT_THAT(error.metadata, ElementsAre(Pair("files", "a.json")));
  ASSERT_EQ(error.field_violations.size(), 1u);
  EXPECT_EQ(error.field_violations[0].field, "app_id");
  EXPECT_EQ(error.field_violations[0].description, "is not a UUID");
  EXPECT_EQ(error.retry_delay, absl::Seconds(3));
  EXPECT_EQ(error.request_id, "r-7");
}

TEST(ClientTest, ErrorWithoutDetailsHasNoReason) {
  ScriptedServer server;
  server.apps.GetAppScript.Fails({grpc::StatusCode::INTERNAL, "oops", "not a proto"});

  const auto app = Connect(server)->Call(&Apps::GetApp, v1::GetAppRequest());

  const ErrorDetails error = ErrorOf(app.status());
  EXPECT_EQ(error.code, absl::StatusCode::kInternal);
  EXPECT_EQ(error.reason, "");
  EXPECT_EQ(error.retry_delay, std::nullopt);
}

TEST(ClientTest, UnreachableServerIsUnavailable) {
  ClientOptions options;
  options.endpoint = ScriptedServer().endpoint();
  const auto client = Client::Create(options);
  ASSERT_OK(client);

  const auto app = (*client)->Call(&Apps::GetApp, v1::GetAppRequest());

  EXPECT_THAT(app, HasCode(absl::StatusCode::kUnavailable));
}

TEST(ClientTest, TimeoutEndsTheCall) {
  ScriptedServer server;
  server.apps.GetAppScript.Does([](grpc::ServerContext& context,
                                   const v1::GetAppRequest&,
                                   v1::App&) { return Stall(context); });

  const auto app = Connect(server)->Call(&Apps::GetApp, v1::GetAppRequest(),
                                         {.timeout = absl::Milliseconds(50)});

  EXPECT_THAT(app, HasCode(absl::StatusCode::kDeadlineExceeded));
}

TEST(ClientTest, StopCancelsTheCall) {
  ScriptedServer server;
  std::stop_source stop;
  server.apps.GetAppScript.Does(
      [&](grpc::ServerContext& context, const v1::GetAppRequest&, v1::App&) {
        stop.request_stop();
        return Stall(context);
      });

  const auto app = Connect(server)->Call(&Apps::GetApp, v1::GetAppRequest(),
                                         {.stop = stop.get_token()});

  EXPECT_THAT(app, HasCode(absl::StatusCode::kCancelled));
}

TEST(ClientTest, DefinitionOf32MebibytesIsReceivedAndSent) {
  if (kSlowness > 1) GTEST_SKIP() << "takes minutes here; there are no threads in it";
  ScriptedServer server;
  v1::Version version;
  version.set_definition(std::string(32 << 20, 'x'));
  server.apps.CreateVersionScript.Answers(version);
  v1::CreateVersionRequest request;
  request.set_definition(version.definition());

  const auto created = Connect(server)->Call(&Apps::CreateVersion, request);

  ASSERT_OK(created);
  EXPECT_EQ(created->definition().size(), size_t{32 << 20});
  EXPECT_EQ(server.apps.CreateVersionScript.request().definition().size(),
            size_t{32 << 20});
}

// Serves organizations named by number, as many as a page may have.
void ServeNumbers(ScriptedServer& server, int count) {
  server.organizations.ListOrganizationsScript.Does(
      [count](grpc::ServerContext&, const v1::ListOrganizationsRequest& request,
              v1::ListOrganizationsResponse& response) {
        int next = request.page_token().empty() ? 0 : std::stoi(request.page_token());
        for (int i = 0; i < std::min(request.page_size(), 2) && next < count; ++i) {
          response.add_organizations()->set_name(std::to_string(next++));
        }
        if (next < count) response.set_next_page_token(std::to_string(next));
        return grpc::Status::OK;
      });
}

TEST(ClientTest, ListAllFollowsPages) {
  ScriptedServer server;
  ServeNumbers(server, 5);

  const auto list = Connect(server)->ListAll(&Organizations::ListOrganizations,
                                             v1::ListOrganizationsRequest());

  ASSERT_OK(list);
  EXPECT_EQ(list->organizations_size(), 5);
  EXPECT_EQ(list->organizations(4).name(), "4");
  EXPECT_EQ(list->next_page_token(), "");
}

TEST(ClientTest, ListAllStopsAtLimit) {
  ScriptedServer server;
  ServeNumbers(server, 5);

  const auto list = Connect(server)->ListAll(&Organizations::ListOrganizations,
                                             v1::ListOrganizationsRequest(), 3);

  ASSERT_OK(list);
  EXPECT_EQ(list->organizations_size(), 3);
  EXPECT_EQ(list->next_page_token(), "3");
}

}  // namespace
}  // namespace gitsync::client
