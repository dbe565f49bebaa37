#include "server/gateway/transcoding/request_binder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "server/base/error.h"
#include "server/base/reason.h"
#include "tests/support/status_matchers.h"
#include "tests/unit/gateway/every_type.h"

namespace gitsync::gateway {
namespace {

using testing::HasSubstr;

absl::Status ReadJson(absl::string_view json, google::protobuf::Message* request) {
  const auto status =
      google::protobuf::util::JsonStringToMessage({json.data(), json.size()}, request);
  if (status.ok()) return absl::OkStatus();
  return Error(absl::StatusCode::kInvalidArgument, reason::kInvalidRequest,
               std::string(status.message()));
}

// Reads into the field `inner`.
absl::Status ReadInner(absl::string_view json, google::protobuf::Message* request) {
  return ReadJson(json,
                  request->GetReflection()->MutableMessage(
                      request, request->GetDescriptor()->FindFieldByName("inner")));
}

Method MethodWith(const char* http_method, HttpBinding binding) {
  Method method;
  method.full_name = http_method;
  method.request = &EveryType;
  method.response = &EveryType;
  binding.http_method = http_method;
  method.bindings = {binding};
  return method;
}

const MethodTable& BinderTable() {
  static const auto* const table = new MethodTable{
      MethodWith("GET", {"", "/t/{a_string}", "", "", "", nullptr, nullptr}),
      MethodWith("POST", {"", "/t/{a_string}", "mode", "git", "*", &ReadJson, nullptr}),
      MethodWith("PATCH", {"", "/t/{inner.display_name}/{an_int32}", "", "", "inner",
                           &ReadInner, nullptr}),
  };
  return *table;
}

class RequestBinderTest : public testing::Test {
 protected:
  absl::Status Bind(absl::string_view method, absl::string_view target,
                    absl::string_view body = "") {
    request_ = NewEveryType();
    const size_t mark = target.find('?');
    QueryParameters query;
    if (mark != absl::string_view::npos) {
      ASSIGN_OR_RETURN(query, ParseQuery(target.substr(mark + 1)));
    }
    ASSIGN_OR_RETURN(const RouteMatch match,
                     matcher_.Match(method, target.substr(0, mark), query));
    EXPECT_EQ(match.outcome, RouteMatch::Outcome::kFound) << target;
    return BindRequest(match, query, body, request_.get());
  }

  std::string Bound(absl::string_view method, absl::string_view target,
                    absl::string_view body = "") {
    const absl::Status status = Bind(method, target, body);
    return status.ok() ? Text(*request_) : std::string(status.message());
  }

  RouteMatcher matcher_ = *RouteMatcher::Create({&BinderTable()});
  std::unique_ptr<google::protobuf::Message> request_;
};

TEST_F(RequestBinderTest, PathAndQueryAreBound) {
  EXPECT_EQ(
      Bound("GET", "/t/x%20y?anInt32=3&inner.displayName=a+b&numbers=1&numbers=2"),
      "an_int32: 3 a_string: \"x y\" inner { display_name: \"a b\" } "
      "numbers: 1 numbers: 2");
  EXPECT_EQ(
      Bound("GET", "/t/x?inner.inner.display_name=a&inner.display_name=b"),
      "a_string: \"x\" inner { display_name: \"b\" inner { display_name: \"a\" } }");
}

TEST_F(RequestBinderTest, BodyAndPathAreBound) {
  EXPECT_EQ(Bound("POST", "/t/x?mode=git", R"({"anInt32": 3})"),
            "an_int32: 3 a_string: \"x\"");
  EXPECT_EQ(Bound("POST", "/t/x?mode=git", ""), "a_string: \"x\"");
  EXPECT_EQ(Bound("PATCH", "/t/x/7?a_bool=true", R"({"inner": {"displayName": "y"}})"),
            "an_int32: 7 a_bool: true inner { display_name: \"x\" "
            "inner { display_name: \"y\" } }");
}

TEST_F(RequestBinderTest, UnknownParameterIsNamed) {
  const absl::Status status = Bind("GET", "/t/x?pageSiz=3");

  EXPECT_THAT(status, StatusIs(absl::StatusCode::kInvalidArgument, "INVALID_REQUEST"));
  EXPECT_THAT(std::string(status.message()), HasSubstr("pageSiz"));
}

TEST_F(RequestBinderTest, WrongValueIsNamed) {
  EXPECT_THAT(Bound("GET", "/t/x?anInt32=many"), HasSubstr("anInt32: must be a whole"));
  EXPECT_THAT(Bound("GET", "/t/x?an_int32=many"),
              HasSubstr("an_int32: must be a whole"));
  EXPECT_THAT(Bound("GET", "/t/x?inner.displayName=a&a_bool=x"), HasSubstr("a_bool"));
  EXPECT_THAT(Bound("GET", "/t/x?numbers=many"), HasSubstr("numbers: must be a whole"));
  EXPECT_THAT(Bound("PATCH", "/t/x/many"), HasSubstr("anInt32: must be a whole"));
}

TEST_F(RequestBinderTest, SingularParameterGivenTwiceIsRefused) {
  EXPECT_THAT(Bound("GET", "/t/x?an_int32=3&anInt32=3"), HasSubstr("given twice"));
  EXPECT_THAT(Bound("GET", "/t/x?an_int32=0&an_int32=1"), HasSubstr("given twice"));
}

TEST_F(RequestBinderTest, FieldOfThePathMayBeRepeatedWithTheSameValueOnly) {
  EXPECT_EQ(Bound("GET", "/t/x?a_string=x"), "a_string: \"x\"");
  EXPECT_THAT(Bound("GET", "/t/x?a_string=y"), HasSubstr("another value"));
  EXPECT_EQ(Bound("POST", "/t/x?mode=git", R"({"aString": "x"})"), "a_string: \"x\"");
  EXPECT_THAT(Bound("POST", "/t/x?mode=git", R"({"aString": "y"})"),
              HasSubstr("aString: has another value"));
  EXPECT_THAT(Bound("PATCH", "/t/x/7", R"({"displayName": "y"})"),
              HasSubstr("inner.displayName: has another value"));
  EXPECT_THAT(Bound("PATCH", "/t/x/7?an_int32=8"), HasSubstr("another value"));
}

TEST_F(RequestBinderTest, TwoFieldsOfOneOneofAreRefused) {
  EXPECT_EQ(Bound("GET", "/t/x?first=a"), "a_string: \"x\" first: \"a\"");
  EXPECT_THAT(Bound("GET", "/t/x?first=a&second=b"), HasSubstr("together with"));
}

TEST_F(RequestBinderTest, QueryBesideAWholeBodyIsRefused) {
  EXPECT_THAT(Bound("POST", "/t/x?mode=git&an_int32=3"), HasSubstr("an_int32"));
  EXPECT_THAT(Bound("POST", "/t/x?mode=git&mode=other"), HasSubstr("mode"));
  EXPECT_EQ(Bound("POST", "/t/x?mode=git&mode=git"), "a_string: \"x\"");
  EXPECT_THAT(Bound("PATCH", "/t/x/7?inner.inner.display_name=a"),
              HasSubstr("goes into the JSON body"));
}

TEST_F(RequestBinderTest, ByteOrderMarkBeforeUtf8IsNoPartOfTheBody) {
  for (const char* body : {"\xef\xbb\xbf{\"anInt32\": 3}", "{\"anInt32\": 3}",
                           "\xef\xbb\xbf \r\n{\"anInt32\": 3}"}) {
    EXPECT_EQ(Bound("POST", "/t/x?mode=git", body), "an_int32: 3 a_string: \"x\"");
  }
  EXPECT_EQ(Bound("POST", "/t/x?mode=git", "\xef\xbb\xbf"), "a_string: \"x\"");
  // One alone, at the beginning alone.
  for (const char* body : {"\xef\xbb\xbf\xef\xbb\xbf{}", "{}\xef\xbb\xbf", "\xef\xbb{}",
                           "\xef\xbb\xbf{\"anInt32\": x}"}) {
    EXPECT_THAT(Bind("POST", "/t/x?mode=git", body),
                StatusIs(absl::StatusCode::kInvalidArgument, "INVALID_REQUEST"));
  }
}

TEST_F(RequestBinderTest, OtherEncodingOfTheBodyIsNamed) {
  for (const absl::string_view body :
       {absl::string_view("\xff\xfe{\0}\0", 6), absl::string_view("\xfe\xff\0{\0}", 6),
        absl::string_view("{\0}\0", 4), absl::string_view("\0{\0}", 4),
        absl::string_view("\xff\xfe\0\0{\0\0\0", 8),
        absl::string_view("\0\0\0{\0\0\0}", 8)}) {
    EXPECT_THAT(Bound("POST", "/t/x?mode=git", body), HasSubstr("UTF-16 or UTF-32"));
  }
}

TEST_F(RequestBinderTest, BodyWhereNoneIsTakenIsRefused) {
  EXPECT_THAT(Bound("GET", "/t/x", "{}"), HasSubstr("takes no body"));
}

TEST_F(RequestBinderTest, BadBodyIsRefused) {
  EXPECT_THAT(Bind("POST", "/t/x?mode=git", "{"),
              StatusIs(absl::StatusCode::kInvalidArgument, "INVALID_REQUEST"));
}

TEST(BindIdempotencyKeyTest, FillsInTheRequestId) {
  const auto request = NewEveryType();

  EXPECT_OK(BindIdempotencyKey("k-1", request.get()));
  EXPECT_EQ(Text(*request), "request_id: \"k-1\"");
  EXPECT_OK(BindIdempotencyKey("k-1", request.get()));
  EXPECT_THAT(BindIdempotencyKey("k-2", request.get()),
              StatusIs(absl::StatusCode::kInvalidArgument, "INVALID_REQUEST"));
}

TEST(BindIdempotencyKeyTest, RequestWithoutRequestIdIsLeftAlone) {
  google::protobuf::StringValue request;

  EXPECT_OK(BindIdempotencyKey("k-1", &request));
  EXPECT_EQ(Text(request), "");
}

}  // namespace
}  // namespace gitsync::gateway
