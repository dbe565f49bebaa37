#include "server/gateway/gateway_server.h"

#include <gmock/gmock.h>
#include <google/protobuf/util/json_util.h>
#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>

#include <functional>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/synchronization/notification.h"
#include "absl/time/clock.h"
#include "gitsync/v1/operation_service.grpc.pb.h"
#include "gitsync/v1/organization_service.grpc.pb.h"
#include "google/rpc/status.pb.h"
#include "server/base/error.h"
#include "server/base/reason.h"
#include "server/base/rpc_status.h"
#include "tests/support/raw_http.h"
#include "tests/support/status_matchers.h"

namespace gitsync::gateway {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::StartsWith;

// A server that does what a test says.
class FakeBackend : public v1::OrganizationService::Service,
                    public v1::OperationService::Service {
 public:
  grpc::Status CreateOrganization(grpc::ServerContext* context,
                                  const v1::CreateOrganizationRequest* request,
                                  v1::Organization* response) override {
    Note(*context);
    request_id = request->request_id();
    response->set_id("o-1");
    response->set_name(request->name());
    return error;
  }
  grpc::Status GetOrganization(grpc::ServerContext* context,
                               const v1::GetOrganizationRequest* request,
                               v1::Organization* response) override {
    Note(*context);
    if (request->organization_id() == "wait") {
      entered.Notify();
      while (!context->IsCancelled()) absl::SleepFor(absl::Milliseconds(2));
      cancelled.Notify();
      return grpc::Status::CANCELLED;
    }
    response->set_id(request->organization_id());
    return error;
  }
  grpc::Status WatchOperation(
      grpc::ServerContext*, const v1::WatchOperationRequest*,
      grpc::ServerWriter<v1::WatchOperationResponse>* writer) override {
    for (int i = 0; i < messages; ++i) {
      v1::WatchOperationResponse response;
      response.mutable_operation()->set_id(absl::StrCat("op-", i));
      writer->Write(response);
    }
    return error;
  }

  std::map<std::string, std::string> metadata;
  absl::Duration time_left;
  std::string request_id;
  grpc::Status error;
  int messages = 0;
  absl::Notification entered;
  absl::Notification cancelled;

 private:
  void Note(const grpc::ServerContext& context) {
    for (const auto& [key, value] : context.client_metadata()) {
      metadata[std::string(key.data(), key.size())] =
          std::string(value.data(), value.size());
    }
    time_left = absl::FromChrono(context.deadline()) - absl::Now();
  }
};

absl::Status ReadByReflection(absl::string_view json,
                              google::protobuf::Message* request) {
  const auto status =
      google::protobuf::util::JsonStringToMessage({json.data(), json.size()}, request);
  if (status.ok()) return absl::OkStatus();
  return Error(absl::StatusCode::kInvalidArgument, gitsync::reason::kInvalidRequest,
               std::string(status.message()));
}

absl::Status WriteByReflection(const google::protobuf::Message& response,
                               std::string* json) {
  EXPECT_TRUE(google::protobuf::util::MessageToJsonString(response, json).ok());
  // What a value that has no JSON form is like.
  if (absl::StrContains(*json, "op-7")) return InternalError("not UTF-8");
  return absl::OkStatus();
}

template <typename Message>
const google::protobuf::Message& Default() {
  return Message::default_instance();
}

const MethodTable& TestMethods() {
  static const auto* const table = new MethodTable{
      {"/gitsync.v1.OrganizationService/CreateOrganization",
       &Default<v1::CreateOrganizationRequest>,
       &Default<v1::Organization>,
       false,
       201,
       {{"POST", "/organizations", "", "", "*", &ReadByReflection,
         &WriteByReflection}}},
      {"/gitsync.v1.OrganizationService/GetOrganization",
       &Default<v1::GetOrganizationRequest>,
       &Default<v1::Organization>,
       false,
       200,
       {{"GET", "/organizations/{organization_id}", "", "", "", nullptr,
         &WriteByReflection}}},
      {"/gitsync.v1.OperationService/WatchOperation",
       &Default<v1::WatchOperationRequest>,
       &Default<v1::WatchOperationResponse>,
       true,
       200,
       {{"GET", "/operations/{operation_id}:watch", "", "", "", nullptr,
         &WriteByReflection}}},
  };
  return *table;
}

class GatewayServerTest : public testing::Test {
 protected:
  void SetUp() override {
    grpc::ServerBuilder builder;
    builder.RegisterService(static_cast<v1::OrganizationService::Service*>(&backend_));
    builder.RegisterService(static_cast<v1::OperationService::Service*>(&backend_));
    server_ = builder.BuildAndStart();
    options_.api.channel = server_->InProcessChannel(grpc::ChannelArguments());
    // gRPC 1.51 aborts now and then when the last channel with callbacks goes a few
    // milliseconds after the first one came: its threads are still starting.
    static auto* const kept = new std::vector<std::shared_ptr<grpc::Channel>>();
    kept->push_back(options_.api.channel);
    options_.api.methods = {&TestMethods()};
    options_.api.documents = {
        {"/doc", "text/plain", kDocument, "", "default-src 'self'"}};
    options_.http.tick = absl::Milliseconds(20);
    absl::StatusOr<std::unique_ptr<GatewayServer>> gateway =
        GatewayServer::Start(options_);
    ASSERT_OK(gateway);
    gateway_ = *std::move(gateway);
  }
  void TearDown() override {
    gateway_.reset();
    server_->Shutdown();
  }

  RawHttp Raw() { return RawHttp(gateway_->address()); }
  HttpAnswer Post(absl::string_view body, absl::string_view headers = "") {
    RawHttp http = Raw();
    http.Send(absl::StrCat(
        "POST /organizations HTTP/1.1\r\nHost: h\r\nContent-Length: ", body.size(),
        "\r\n", headers, "\r\n", body));
    return http.Read();
  }

  static constexpr absl::string_view kDocument = "a document";
  FakeBackend backend_;
  std::unique_ptr<grpc::Server> server_;
  GatewayServer::Options options_;
  std::unique_ptr<GatewayServer> gateway_;
};

TEST_F(GatewayServerTest, RequestBecomesACall) {
  const HttpAnswer answer =
      Post(R"({"name":"dev"})",
           "Authorization: Bearer t\r\nX-Request-Id: r-1\r\nIdempotency-Key: k-1\r\n"
           "Grpc-Timeout: 100S\r\nX-Other: x\r\nCookie: c\r\n");

  EXPECT_EQ(answer.status, 201);
  EXPECT_EQ(answer.body, R"({"id":"o-1","name":"dev"})");
  EXPECT_EQ(answer.headers.at("x-request-id"), "r-1");
  EXPECT_EQ(backend_.metadata["authorization"], "Bearer t");
  EXPECT_EQ(backend_.metadata["x-request-id"], "r-1");
  EXPECT_EQ(backend_.request_id, "k-1");
  EXPECT_EQ(backend_.metadata.count("x-other") + backend_.metadata.count("cookie"), 0u);
  EXPECT_LE(backend_.time_left, absl::Seconds(100.1));
  EXPECT_GT(backend_.time_left, absl::Seconds(5));
}

TEST_F(GatewayServerTest, DeadlineIsAtMostTheConfiguredOne) {
  EXPECT_EQ(Post("", "Grpc-Timeout: 9H\r\n").status, 201);

  EXPECT_LE(backend_.time_left, options_.api.max_timeout + absl::Seconds(0.1));
}

TEST_F(GatewayServerTest, ConflictingIdempotencyKeyIsRefused) {
  const HttpAnswer answer = Post(R"({"requestId":"a"})", "Idempotency-Key: b\r\n");

  EXPECT_EQ(answer.status, 400);
  EXPECT_THAT(answer.body, HasSubstr("Idempotency-Key"));
}

TEST_F(GatewayServerTest, BodyOfAnotherTypeIsRefused) {
  EXPECT_EQ(Post("{}", "Content-Type: application/json; charset=utf-8\r\n").status,
            201);
  EXPECT_EQ(Post("{}", "Content-Type: text/plain\r\n").status, 415);
  EXPECT_EQ(Post("", "Content-Type: text/plain\r\n").status, 201);
  EXPECT_EQ(Post("{}", "Content-Encoding: Identity\r\n").status, 201);
  EXPECT_EQ(Post("{}", "Content-Encoding: gzip\r\n").status, 415);
  EXPECT_EQ(Post("{}", "Content-Encoding: identity\r\nContent-Encoding: br\r\n").status,
            415);
  EXPECT_EQ(Post("", "Content-Encoding: gzip\r\n").status, 201);
  EXPECT_EQ(Post("{}", "Idempotency-Key: \xff\r\n").status, 400);
  EXPECT_EQ(Post("{}", "Authorization: a\r\nAuthorization: b\r\n").status, 400);
}

TEST_F(GatewayServerTest, LargeBodyIsReadElsewhereWithTheSameResult) {
  const std::string name(200000, 'n');
  const HttpAnswer answer =
      Post(absl::StrCat(R"({"name":")", name, "\"}"), "Authorization: Bearer t\r\n");

  EXPECT_EQ(answer.status, 201);
  EXPECT_EQ(answer.body, absl::StrCat(R"({"id":"o-1","name":")", name, "\"}"));
}

TEST_F(GatewayServerTest, ErrorOfTheBackendIsPassedOn) {
  backend_.error = grpc::Status(
      grpc::StatusCode::RESOURCE_EXHAUSTED, "busy",
      ToRpcStatus(Error(absl::StatusCode::kResourceExhausted, "SERVER_BUSY", "busy")
                      .RetryAfter(absl::Seconds(3)))
          .SerializeAsString());
  const HttpAnswer answer = Raw().Ask("GET /organizations/1");

  EXPECT_EQ(answer.status, 429);
  EXPECT_EQ(answer.headers.at("retry-after"), "3");
  EXPECT_THAT(answer.body, AllOf(StartsWith(R"({"code":8,"message":"busy",)"),
                                 HasSubstr(R"("retryDelay":"3s")")));
}

TEST_F(GatewayServerTest, StreamIsOneLineAMessage) {
  backend_.messages = 5;
  RawHttp http = Raw();
  const HttpAnswer answer = http.Ask("GET /operations/x:watch");

  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.headers.at("content-type"), "application/x-ndjson");
  std::string expected;
  for (int i = 0; i < 5; ++i) {
    absl::StrAppend(&expected, R"({"operation":{"id":"op-)", i, "\"}}\n");
  }
  EXPECT_EQ(answer.body, expected);
  EXPECT_EQ(http.Ask("GET /organizations/1").status, 200);
}

TEST_F(GatewayServerTest, ErrorAfterMessagesIsTheLastLine) {
  backend_.messages = 1;
  backend_.error =
      grpc::Status(grpc::StatusCode::ABORTED, "no more",
                   ToRpcStatus(Error(absl::StatusCode::kAborted, "X", "no more"))
                       .SerializeAsString());
  const HttpAnswer answer = Raw().Ask("GET /operations/x:watch");

  EXPECT_EQ(answer.status, 200);
  EXPECT_THAT(
      answer.body,
      HasSubstr("\n{\"error\":{\"code\":10,\"message\":\"no more\",\"details\":["));
}

TEST_F(GatewayServerTest, ErrorBeforeMessagesIsTheAnswer) {
  backend_.error = grpc::Status(
      grpc::StatusCode::NOT_FOUND, "none",
      ToRpcStatus(Error(absl::StatusCode::kNotFound, "X", "none")).SerializeAsString());
  EXPECT_EQ(Raw().Ask("GET /operations/x:watch").status, 404);

  backend_.error = grpc::Status::OK;
  const HttpAnswer empty = Raw().Ask("GET /operations/x:watch");
  EXPECT_EQ(empty.status, 200);
  EXPECT_EQ(empty.body, "");
}

TEST_F(GatewayServerTest, MessageWithoutJsonFormEndsTheStreamWithAnError) {
  backend_.messages = 10;
  const HttpAnswer answer = Raw().Ask("GET /operations/x:watch");

  EXPECT_THAT(answer.body, HasSubstr("op-6"));
  EXPECT_THAT(answer.body, HasSubstr("\n{\"error\":{\"code\":13,"));
}

TEST_F(GatewayServerTest, HeadOfAStreamEndsAtOnce) {
  backend_.messages = 1000;
  RawHttp http = Raw();

  EXPECT_EQ(http.Ask("HEAD /operations/x:watch").status, 200);
  EXPECT_EQ(http.Ask("GET /organizations/1").status, 200);
}

TEST_F(GatewayServerTest, ClientThatGoesCancelsTheCall) {
  {
    RawHttp http = Raw();
    http.Send("GET /organizations/wait HTTP/1.1\r\nHost: h\r\n\r\n");
    backend_.entered.WaitForNotification();
  }
  EXPECT_TRUE(backend_.cancelled.WaitForNotificationWithTimeout(absl::Seconds(10)));
}

TEST_F(GatewayServerTest, StopCancelsCallsAtItsDeadline) {
  RawHttp http = Raw();
  http.Send("GET /organizations/wait HTTP/1.1\r\nHost: h\r\n\r\n");
  backend_.entered.WaitForNotification();

  gateway_->Stop(absl::Now() + absl::Milliseconds(50));

  EXPECT_TRUE(backend_.cancelled.WaitForNotificationWithTimeout(absl::Seconds(10)));
  EXPECT_TRUE(http.AtEnd());
}

TEST_F(GatewayServerTest, DeadlineEndsTheCall) {
  const HttpAnswer answer =
      Raw().Ask("GET /organizations/wait", "Grpc-Timeout: 50m\r\n");

  EXPECT_EQ(answer.status, 504);
  EXPECT_THAT(answer.body, HasSubstr("DEADLINE_EXCEEDED"));
}

TEST_F(GatewayServerTest, DocumentsAreServed) {
  RawHttp http = Raw();
  const HttpAnswer plain = http.Ask("GET /doc?x=%zz");
  const HttpAnswer head = http.Ask("HEAD /doc");
  const HttpAnswer packed = http.Ask("GET /doc", "Accept-Encoding: gzip\r\n");
  const HttpAnswer wrong = http.Ask("POST /doc");

  EXPECT_EQ(plain.status, 200);
  EXPECT_EQ(plain.body, kDocument);
  EXPECT_EQ(plain.headers.at("content-type"), "text/plain");
  EXPECT_EQ(plain.headers.at("content-security-policy"), "default-src 'self'");
  EXPECT_EQ(head.headers.at("content-length"), absl::StrCat(kDocument.size()));
  EXPECT_EQ(packed.headers.at("content-encoding"), "gzip");
  EXPECT_EQ(wrong.status, 405);
  EXPECT_EQ(wrong.headers.at("allow"), "GET, HEAD, OPTIONS");
}

TEST_F(GatewayServerTest, FieldsAreNamedAsRestHasThem) {
  backend_.error = grpc::Status(
      grpc::StatusCode::INVALID_ARGUMENT, "organization_id: must be a UUID",
      ToRpcStatus(Error(absl::StatusCode::kInvalidArgument, "INVALID_REQUEST", "")
                      .With("organization_id", "7")
                      .Violation("organization_id", "must be a UUID"))
          .SerializeAsString());
  const HttpAnswer answer = Raw().Ask("GET /organizations/7");

  EXPECT_THAT(answer.body, AllOf(HasSubstr("\"organizationId: must be a UUID\""),
                                 HasSubstr("\"field\":\"organizationId\""),
                                 HasSubstr("\"metadata\":{\"organization_id\"")));
}

struct RefusedRequest {
  std::string name;
  std::string request;  // but for the Host header
  int status;
  std::string reason;
};

class GatewayRefusalTest : public GatewayServerTest,
                           public testing::WithParamInterface<RefusedRequest> {};

TEST_P(GatewayRefusalTest, IsTypedAndNamesTheRequest) {
  RawHttp http = Raw();
  const size_t line = GetParam().request.find("\r\n");
  const HttpAnswer answer =
      http.Ask(GetParam().request.substr(0, line),
               line == std::string::npos ? "" : GetParam().request.substr(line + 2));

  EXPECT_EQ(answer.status, GetParam().status);
  EXPECT_THAT(answer.body,
              HasSubstr(absl::StrCat("\"reason\":\"", GetParam().reason, "\"")));
  EXPECT_THAT(answer.body, HasSubstr(absl::StrCat("\"requestId\":\"",
                                                  answer.headers.at("x-request-id"))));
  EXPECT_LT(answer.body.size(), 2000u);
  EXPECT_EQ(Raw().Ask("GET /organizations/1").status, 200);
}

INSTANTIATE_TEST_SUITE_P(
    Requests, GatewayRefusalTest,
    testing::Values(
        RefusedRequest{"BrokenUtf8InThePath", "GET /organizations/%ff", 400,
                       "INVALID_REQUEST"},
        RefusedRequest{"OverlongUtf8InThePath", "GET /organizations/%C0%AF", 400,
                       "INVALID_REQUEST"},
        RefusedRequest{"RawByteInThePath", "GET /organizations/\xff", 400,
                       "INVALID_REQUEST"},
        RefusedRequest{"NulInThePath", "GET /organizations/%00", 400,
                       "INVALID_REQUEST"},
        RefusedRequest{"HalfAnEscapeInThePath", "GET /organizations/%4", 400,
                       "INVALID_REQUEST"},
        RefusedRequest{"BrokenUtf8InTheQuery", "GET /organizations/1?a=%ff", 400,
                       "INVALID_REQUEST"},
        RefusedRequest{"BrokenUtf8InAQueryName", "GET /organizations/1?%80=1", 400,
                       "INVALID_REQUEST"},
        RefusedRequest{"UnknownQuery", "GET /organizations/1?pageSiz=3", 400,
                       "INVALID_REQUEST"},
        RefusedRequest{"SameQueryTwice",
                       "GET /organizations/1?organizationId=1&organization_id=1", 400,
                       "INVALID_REQUEST"},
        RefusedRequest{"ByteInARequestId",
                       "GET /organizations/1\r\nX-Request-Id: \xff\r\n", 400,
                       "INVALID_REQUEST"},
        RefusedRequest{"ByteInAToken",
                       "GET /organizations/1\r\nAuthorization: Bearer \xe4\r\n", 400,
                       "INVALID_REQUEST"},
        RefusedRequest{"LongPath", absl::StrCat("GET /", std::string(6000, 'a')), 404,
                       "ROUTE_NOT_FOUND"},
        RefusedRequest{
            "ManySegments",
            absl::StrCat("GET ",
                         absl::StrJoin(std::vector<std::string>(3000, "/"), "a")),
            404, "ROUTE_NOT_FOUND"},
        RefusedRequest{"LongerThanAnyPath",
                       absl::StrCat("GET /", std::string(100000, 'a')), 431,
                       "HEADERS_TOO_LARGE"},
        RefusedRequest{"UnknownVerb", "GET /operations/1:wach", 404, "ROUTE_NOT_FOUND"},
        RefusedRequest{"UnknownEncodedVerb", "GET /operations/1%3awach", 404,
                       "ROUTE_NOT_FOUND"},
        RefusedRequest{"VerbOfAnotherMethod",
                       "POST /operations/1:watch\r\nContent-Length: 0\r\n", 405,
                       "METHOD_NOT_ALLOWED"},
        RefusedRequest{"UnknownMethod", "BREW /organizations/1", 405,
                       "METHOD_NOT_ALLOWED"},
        RefusedRequest{"MethodInLowerCase", "get /organizations/1", 405,
                       "METHOD_NOT_ALLOWED"},
        RefusedRequest{"OptionsOfNothing", "OPTIONS /nothing", 404, "ROUTE_NOT_FOUND"}),
    [](const auto& test) { return test.param.name; });

TEST_F(GatewayServerTest, HeadOfARefusalHasItsStatusAndNoBody) {
  for (const auto& [target, status] :
       {std::pair("/nothing", 404), std::pair("/organizations/%ff", 400),
        std::pair("/organizations", 405)}) {
    RawHttp http = Raw();
    http.Send(absl::StrCat("HEAD ", target, " HTTP/1.1\r\nHost: h\r\n\r\n"));
    const HttpAnswer answer = http.Read(/*head=*/true);
    EXPECT_EQ(answer.status, status) << target;
    EXPECT_EQ(answer.body, "");
    EXPECT_NE(answer.headers.at("content-length"), "0");
    EXPECT_EQ(http.Ask("GET /organizations/1").status, 200) << target;
  }
}

TEST_F(GatewayServerTest, TargetMayBeAbsoluteOrAnAsterisk) {
  RawHttp http = Raw();

  EXPECT_EQ(http.Ask("GET http://h/organizations/1").status, 200);
  EXPECT_EQ(http.Ask("OPTIONS *").status, 204);
  EXPECT_EQ(http.Ask("GET *").status, 400);
  EXPECT_EQ(http.Ask("GET /organizations/1#x").status, 400);
  EXPECT_EQ(http.Ask("GET http://h").status, 404);
}

}  // namespace
}  // namespace gitsync::gateway
