#include "server/gateway/http/http_error.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "google/rpc/error_details.pb.h"
#include "server/base/error.h"
#include "server/base/reason.h"
#include "server/base/rpc_status.h"
#include "tests/support/status_matchers.h"

namespace gitsync::gateway {
namespace {

using testing::HasSubstr;
using testing::Not;

absl::Status AppNotFound() {
  return Error(absl::StatusCode::kNotFound, gitsync::reason::kAppNotFound,
               "There is no app \"x\".")
      .With("app_id", "x")
      .Violation("app_id", "no such app");
}

grpc::Status AsGrpc(const absl::Status& status) {
  return grpc::Status(static_cast<grpc::StatusCode>(status.code()),
                      std::string(status.message()),
                      ToRpcStatus(status).SerializeAsString());
}

TEST(HttpStatusTest, CodesAreMappedAsGoogleRpcSays) {
  const int expected[] = {200, 499, 500, 400, 504, 404, 409, 403, 429,
                          400, 409, 400, 501, 500, 503, 500, 401};
  for (int code = 0; code <= 16; ++code) EXPECT_EQ(HttpStatusOf(code), expected[code]);
  EXPECT_EQ(HttpStatusOf(99), 500);
}

TEST(ErrorResponseTest, BodyHasCodeMessageAndTypedDetails) {
  const HttpResponse response = ErrorResponse(ErrorOfCall(AsGrpc(AppNotFound())), "r");

  EXPECT_EQ(response.status, 404);
  EXPECT_THAT(response.body,
              testing::StartsWith(R"({"code":5,"message":"There is no app \"x\".",)"
                                  R"("details":[{)"));
  EXPECT_THAT(response.body,
              HasSubstr(R"({"@type":"type.googleapis.com/google.rpc.ErrorInfo",)"
                        R"("reason":"APP_NOT_FOUND","domain":"gitsync",)"
                        R"("metadata":{"app_id":"x"}})"));
  EXPECT_THAT(response.body, HasSubstr(R"("fieldViolations":[{"field":"app_id",)"));
  EXPECT_EQ(FindHeader(response.headers, "content-type"), "application/json");
  EXPECT_EQ(FindHeader(response.headers, "cache-control"), "no-store");
  EXPECT_EQ(FindHeader(response.headers, "retry-after"), "");
}

TEST(ErrorResponseTest, RequestInfoIsThatOfTheBackendOrOurs) {
  const std::string ours = ErrorResponse(AppNotFound(), "r-1").body;
  EXPECT_THAT(ours,
              HasSubstr(R"({"@type":"type.googleapis.com/google.rpc.RequestInfo",)"
                        R"("requestId":"r-1"}]})"));

  google::rpc::Status error = ToRpcStatus(AppNotFound());
  AddRequestInfo("r-2", &error);
  const std::string theirs = ErrorResponse(error, "r-1").body;
  EXPECT_THAT(theirs, HasSubstr(R"("requestId":"r-2")"));
  EXPECT_THAT(theirs, Not(HasSubstr("r-1")));
}

TEST(ErrorResponseTest, MetadataIsSortedByKey) {
  Error error(absl::StatusCode::kAborted, gitsync::reason::kAppConflict, "No.");
  error.With("c", "3").With("a", "1").With("d", "4").With("b", "2");

  EXPECT_THAT(ErrorResponse(error, "r").body,
              HasSubstr(R"("metadata":{"a":"1","b":"2","c":"3","d":"4"})"));
}

TEST(ErrorResponseTest, RetryInfoBecomesRetryAfterRoundedUp) {
  const auto after = [](absl::Duration delay) {
    const HttpResponse response =
        ErrorResponse(Error(absl::StatusCode::kUnavailable, "X", "Later.")
                          .RetryAfter(delay)
                          .ToStatus(),
                      "r");
    return std::string(FindHeader(response.headers, "Retry-After"));
  };
  EXPECT_EQ(after(absl::Milliseconds(1)), "1");
  EXPECT_EQ(after(absl::Milliseconds(2500)), "3");
  EXPECT_EQ(after(absl::Seconds(7)), "7");
}

TEST(ErrorResponseTest, UnauthenticatedSaysHowToAuthenticate) {
  for (const absl::string_view reason :
       {gitsync::reason::kMissingCredentials, gitsync::reason::kInvalidCredentials}) {
    const HttpResponse response = ErrorResponse(
        Error(absl::StatusCode::kUnauthenticated, reason, "Who are you?").ToStatus(),
        "r");

    EXPECT_EQ(response.status, 401);
    EXPECT_EQ(FindHeader(response.headers, "WWW-Authenticate"),
              "Bearer realm=\"gitsync\"");
  }
}

TEST(ErrorResponseTest, RemotesRefusalDoesNotAskTheCallerToAuthenticate) {
  const HttpResponse response =
      ErrorResponse(Error(absl::StatusCode::kUnauthenticated,
                          gitsync::reason::kRemoteAuthFailed, "The remote says no.")
                        .ToStatus(),
                    "r");

  EXPECT_EQ(response.status, 401);
  EXPECT_EQ(FindHeader(response.headers, "WWW-Authenticate"), "");
}

TEST(ErrorResponseTest, StatusMayDifferFromTheCodes) {
  EXPECT_EQ(ErrorResponse(AppNotFound(), "r", 405).status, 405);
}

TEST(ErrorJsonTest, UnknownDetailIsLeftOut) {
  google::rpc::Status error = ToRpcStatus(AppNotFound());
  google::protobuf::Any* unknown = error.add_details();
  unknown->set_type_url("type.googleapis.com/no.such.Type");
  unknown->set_value("x");

  const std::string json = ErrorJson(error);

  EXPECT_THAT(json, Not(HasSubstr("no.such")));
  EXPECT_THAT(json, HasSubstr("APP_NOT_FOUND"));
}

TEST(ErrorJsonTest, MessageIsAlwaysValidJson) {
  google::rpc::Status error;
  error.set_code(3);
  EXPECT_EQ(ErrorJson(error), R"({"code":3,"message":"","details":[]})");
  error.set_message("a\"\n\x01");
  EXPECT_EQ(ErrorJson(error), R"({"code":3,"message":"a\"\n\u0001","details":[]})");
}

TEST(ErrorOfCallTest, WhatGrpcItselfSaysIsNotPassedOn) {
  for (const grpc::StatusCode code :
       {grpc::StatusCode::UNAVAILABLE, grpc::StatusCode::DEADLINE_EXCEEDED,
        grpc::StatusCode::CANCELLED, grpc::StatusCode::UNIMPLEMENTED,
        grpc::StatusCode::RESOURCE_EXHAUSTED, grpc::StatusCode::INTERNAL,
        grpc::StatusCode::UNKNOWN}) {
    const google::rpc::Status error =
        ErrorOfCall(grpc::Status(code, "connect to ipv4:10.0.0.1:7420 failed"));
    const std::string json = ErrorJson(error);
    EXPECT_THAT(json, Not(HasSubstr("10.0.0.1")));
    EXPECT_THAT(json, HasSubstr("google.rpc.ErrorInfo"));
  }
  EXPECT_EQ(ErrorResponse(ErrorOfCall({grpc::StatusCode::UNAVAILABLE, ""}), "r").status,
            503);
  EXPECT_EQ(ErrorOfCall({grpc::StatusCode::UNKNOWN, ""}).code(), 13);
}

}  // namespace
}  // namespace gitsync::gateway
