#include "server/gateway/transcoding/rest_names.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "gitsync/v1/operation_service.pb.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"
#include "server/base/error.h"
#include "server/base/reason.h"
#include "server/base/rpc_status.h"
#include "tests/unit/gateway/every_type.h"

namespace gitsync::gateway {
namespace {

using testing::HasSubstr;

Method ListOperations() {
  Method method;
  method.request = +[]() -> const google::protobuf::Message& {
    return v1::ListOperationsRequest::default_instance();
  };
  method.response = +[]() -> const google::protobuf::Message& {
    return v1::ListOperationsResponse::default_instance();
  };
  return method;
}

struct Renamed {
  const char* name;
  const char* field;
  const char* rest;
};

class RestFieldPathTest : public testing::TestWithParam<Renamed> {};

TEST_P(RestFieldPathTest, IsAsJsonHasIt) {
  EXPECT_EQ(RestFieldPath(*EveryType().GetDescriptor(), GetParam().field),
            GetParam().rest);
}

INSTANTIATE_TEST_SUITE_P(
    Paths, RestFieldPathTest,
    testing::Values(
        Renamed{"Field", "an_int32", "anInt32"}, Renamed{"OneWord", "first", "first"},
        Renamed{"Nested", "inner.display_name", "inner.displayName"},
        Renamed{"NestedTwice", "inner.inner.display_name", "inner.inner.displayName"},
        Renamed{"Element", "strings[3]", "strings[3]"},
        Renamed{"UnknownInside", "inner.no_field.a_b", "inner.no_field.a_b"},
        Renamed{"Unknown", "x_request_id", "x_request_id"},
        Renamed{"Header", "x-request-id", "x-request-id"}, Renamed{"Empty", "", ""},
        Renamed{"EmptyName", "inner..display_name", "inner..display_name"},
        Renamed{"DotAtTheEnd", "an_int32.", "anInt32."},
        Renamed{"BelowAScalar", "an_int32.a_b", "anInt32.a_b"},
        Renamed{"AlreadyRest", "anInt32", "anInt32"}),
    [](const auto& test) { return test.param.name; });

struct RestSentence {
  const char* name;
  const char* text;
  const char* rest;
};

class RestTextTest : public testing::TestWithParam<RestSentence> {};

TEST_P(RestTextTest, NamesFieldsOfTheMethodAlone) {
  google::rpc::Status error =
      ToRpcStatus(Error(absl::StatusCode::kInvalidArgument,
                        gitsync::reason::kInvalidRequest, GetParam().text)
                      .Violation("organization_id", GetParam().text));

  UseRestNames(ListOperations(), &error);

  EXPECT_EQ(error.message(), GetParam().rest);
  google::rpc::BadRequest bad_request;
  ASSERT_TRUE(error.details(1).UnpackTo(&bad_request));
  EXPECT_EQ(bad_request.field_violations(0).field(), "organizationId");
  EXPECT_EQ(bad_request.field_violations(0).description(), GetParam().rest);
}

INSTANTIATE_TEST_SUITE_P(
    Texts, RestTextTest,
    testing::Values(
        RestSentence{"OfTheRequest", "is required unless app_id is given",
                     "is required unless appId is given"},
        RestSentence{"OfTheResponse", "is not a next_page_token of this listing",
                     "is not a nextPageToken of this listing"},
        RestSentence{"BeforeAColon",
                     "The request is not valid: organization_id: is required.",
                     "The request is not valid: organizationId: is required."},
        RestSentence{"BeforeAFullStop", "Send app_id.", "Send appId."},
        RestSentence{"OfNoMessage", "Set allow_private_remotes.",
                     "Set allow_private_remotes."},
        RestSentence{"InQuotationMarks", "there is no \"app_id\", but app_id",
                     "there is no \"app_id\", but appId"},
        RestSentence{"InALongerWord", "my_app_id and app_ids", "my_app_id and app_ids"},
        RestSentence{"NotAscii", "\xc3\xa4 app_id \xe2\x82\xac",
                     "\xc3\xa4 appId \xe2\x82\xac"},
        RestSentence{"WithoutNames", "is required", "is required"}),
    [](const auto& test) { return test.param.name; });

TEST(UseRestNamesTest, ErrorThatNamesNoFieldsIsLeftAlone) {
  google::rpc::Status error = ToRpcStatus(
      Error(absl::StatusCode::kNotFound, gitsync::reason::kAppNotFound, "app_id")
          .With("app_id", "app_id"));
  const std::string before = error.SerializeAsString();

  UseRestNames(ListOperations(), &error);

  EXPECT_EQ(error.SerializeAsString(), before);
}

TEST(UseRestNamesTest, EveryViolationIsRenamedInItsPlace) {
  google::rpc::Status error = ToRpcStatus(
      Error(absl::StatusCode::kInvalidArgument, gitsync::reason::kInvalidRequest, "No.")
          .Violation("page_size", "a")
          .Violation("page_token", "b")
          .RetryAfter(absl::Seconds(1)));

  UseRestNames(ListOperations(), &error);

  ASSERT_EQ(error.details_size(), 3);
  EXPECT_THAT(error.details(1).DebugString(), HasSubstr("pageSize"));
  EXPECT_THAT(error.details(1).DebugString(), HasSubstr("pageToken"));
}

}  // namespace
}  // namespace gitsync::gateway
