// What the plugin refuses to generate, each with file and line.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "tests/unit/gateway/codegen/compile.h"

namespace gitsync::gateway::codegen {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StartsWith;

// Twelve lines, so that what is put after it starts on line 13.
constexpr char kHead[] = R"(syntax = "proto3";
package test;
import "google/api/annotations.proto";
import "gitsync/options/v1/rest.proto";
message Inner { string name = 1; }
message Request {
  string a = 1; string b = 2; Inner inner = 3;
  repeated string many = 4; map<string, string> pairs = 5; bool camel_case = 6;
}
message Response { string a = 1; }
service S {
  rpc First(Request) returns (Response) { option (google.api.http) = {get: "/first/{a}"}; }
)";

// `rpc` is the body of a second RPC, on line 14 and further.
std::string Service(const std::string& rpc) {
  return absl::StrCat(kHead, "  rpc Second(Request) returns (Response) {\n", rpc,
                      "\n  }\n}\n");
}

std::string WithRule(const std::string& rule) {
  return Service(absl::StrCat("    option (google.api.http) = {", rule, "};"));
}

struct Refused {
  const char* name;
  const char* rule;
  const char* problem;
};

class RuleRefusalTest : public ::testing::TestWithParam<Refused> {};

TEST_P(RuleRefusalTest, IsRefusedWithFileAndLine) {
  const Compiled compiled = Compile({{"s.proto", WithRule(GetParam().rule)}});

  EXPECT_THAT(compiled.error, StartsWith("s.proto:14: test.S.Second: "));
  EXPECT_THAT(compiled.error, HasSubstr(GetParam().problem));
  EXPECT_THAT(compiled.files, IsEmpty());
}

INSTANTIATE_TEST_SUITE_P(
    Rules, RuleRefusalTest,
    ::testing::Values(
        Refused{"NoPath", "body: \"*\"", "the rule has no path"},
        Refused{"NoHttpMethod", "custom: {path: \"/x\"}", "the rule has no path"},
        Refused{"BadTemplate", "get: \"/x/{a\"",
                "bad path template \"/x/{a\", column 6: expected '}'"},
        Refused{"AnyCountNotLast", "get: \"/x/{a=**}/y\"",
                "\"**\" has to be the last segment"},
        Refused{"RepeatedPathField", "get: \"/x/{a}/{a}\"",
                "the field \"a\" is there twice"},
        Refused{"UnknownPathField", "get: \"/x/{c}\"",
                "the path names the field \"c\", but test.Request has no \"c\""},
        Refused{"UnknownNestedPathField", "get: \"/x/{inner.c}\"",
                "the path names the field \"inner.c\", but test.Inner has no \"c\""},
        Refused{"CamelCasePathField", "get: \"/x/{camelCase}\"",
                "has no \"camelCase\""},
        Refused{"PathThroughScalar", "get: \"/x/{a.b}\"", "\"a\" is not a message"},
        Refused{"PathThroughRepeated", "get: \"/x/{many.b}\"",
                "\"many\" is not a message"},
        Refused{"MessageInPath", "get: \"/x/{inner}\"", "and it is a message"},
        Refused{"RepeatedInPath", "get: \"/x/{many}\"", "and it is repeated"},
        Refused{"MapInPath", "get: \"/x/{pairs}\"", "and it is a map"},
        Refused{"BodyOnGet", "get: \"/x\" body: \"*\"", "GET can't have a body"},
        Refused{"BodyOnDelete", "delete: \"/x\" body: \"inner\"",
                "DELETE can't have a body"},
        Refused{"UnknownBody", "post: \"/x\" body: \"c\"",
                "body names the field \"c\", but test.Request has none of this name"},
        Refused{"NestedBody", "post: \"/x\" body: \"inner.name\"",
                "has none of this name"},
        Refused{"UnknownResponseBody", "get: \"/x\" response_body: \"b\"",
                "response_body names the field \"b\", but test.Response has none"},
        Refused{"NestedAdditionalBindings",
                "get: \"/x\" additional_bindings {get: \"/y\" additional_bindings "
                "{get: \"/z\"}}",
                "additional_bindings can't have additional_bindings"},
        Refused{"AdditionalBindingIsChecked",
                "get: \"/x\" additional_bindings {get: \"/x/{c}\"}",
                "the path names the field \"c\""},
        Refused{"SameRoute", "get: \"/first/{b}\"",
                "GET /first/{b} is ambiguous: GET /first/{a} of test.S.First "
                "(s.proto:12) matches the same requests"},
        Refused{"SameRouteOfOneMethod",
                "get: \"/x/{a}\" additional_bindings {get: \"/x/*\"}",
                "GET /x/* is ambiguous"},
        Refused{"CrossingRoutes",
                "get: \"/x/{a}/c\" additional_bindings {get: \"/x/b/{a}\"}",
                "matches some of the same requests"},
        Refused{"AnyHttpMethod", "custom: {kind: \"*\" path: \"/x\"}",
                "no route is of all HTTP methods; add a binding for each"}),
    [](const auto& test) { return test.param.name; });

TEST(RefusalTest, StreamOfRequestsIsRefused) {
  const std::string proto = absl::StrCat(kHead, R"(
  rpc Second(stream Request) returns (Response) {
    option (google.api.http) = {post: "/x" body: "*"};
  }
})");

  EXPECT_THAT(
      Compile({{"s.proto", proto}}).error,
      StartsWith("s.proto:15: test.S.Second: a stream of requests has no HTTP"));
}

TEST(RefusalTest, SuccessStatusHasToBeOne) {
  for (const char* status : {"199", "300", "404", "-1"}) {
    const std::string proto =
        Service(absl::StrCat("    option (google.api.http) = {get: \"/x\"};\n"
                             "    option (gitsync.options.v1.rest) = {success_status: ",
                             status, "};"));

    EXPECT_THAT(Compile({{"s.proto", proto}}).error,
                StartsWith(absl::StrCat("s.proto:15: test.S.Second: success_status is ",
                                        status)));
  }
}

TEST(RefusalTest, RequiredQueryHasToBeWhole) {
  for (const char* query : {"{}", "{name: \"x\"}", "{value: \"x\"}"}) {
    const std::string proto =
        Service(absl::StrCat("    option (google.api.http) = {get: \"/x\"};\n"
                             "    option (gitsync.options.v1.rest) = {required_query: ",
                             query, "};"));

    EXPECT_THAT(
        Compile({{"s.proto", proto}}).error,
        StartsWith(
            "s.proto:15: test.S.Second: required_query needs a name and a value"));
  }
}

TEST(RefusalTest, RequiredQueryIsNoField) {
  for (const char* name : {"a", "camelCase", "camel_case"}) {
    const std::string proto = Service(absl::StrCat(
        "    option (google.api.http) = {get: \"/x\"};\n"
        "    option (gitsync.options.v1.rest) = {required_query: {name: \"",
        name, "\" value: \"v\"}};"));

    EXPECT_THAT(Compile({{"s.proto", proto}}).error,
                HasSubstr("required_query has the name of the field"));
  }
}

TEST(RefusalTest, SameRequiredQueryIsAmbiguous) {
  const std::string option =
      "option (gitsync.options.v1.rest) = {required_query: {name: \"m\" value: "
      "\"v\"}};";
  const std::string proto = absl::StrCat(
      Service(absl::StrCat("option (google.api.http) = {get: \"/x\"};", option)),
      "service T {\n"
      "  rpc Third(Request) returns (Response) {\n",
      option, "\n    option (google.api.http) = {get: \"/x\"};\n  }\n}\n");

  EXPECT_THAT(Compile({{"s.proto", proto}}).error,
              StartsWith("s.proto:20: test.T.Third: GET /x is ambiguous: GET /x of "
                         "test.S.Second (s.proto:14)"));
}

TEST(RefusalTest, RoutesAreComparedAcrossFiles) {
  const std::string other = R"(syntax = "proto3";
package other;
import "google/api/annotations.proto";
message Request { string x = 1; }
service S {
  rpc Get(Request) returns (Request) {
    option (google.api.http) = {get: "/first/{x}"};
  }
})";

  EXPECT_THAT(Compile({{"a.proto", WithRule("get: \"/x\"")}, {"b.proto", other}}).error,
              StartsWith("b.proto:7: other.S.Get: GET /first/{x} is ambiguous: GET "
                         "/first/{a} of test.S.First (a.proto:12)"));
}

TEST(RefusalTest, NestedJsonIsForStrings) {
  for (const char* type : {"int32", "bytes", "Inner", "map<string, string>"}) {
    const std::string proto = absl::StrCat(
        WithRule("post: \"/x\" body: \"*\""), "message More {\n  ", type,
        " f = 1 [(gitsync.options.v1.nested_json) = true];\n}\n",
        "service T { rpc Get(More) returns (More) { option (google.api.http) = {get: "
        "\"/y\"}; } }");

    EXPECT_THAT(Compile({{"s.proto", proto}}).error,
                StartsWith("s.proto:18: test.More.f: nested_json is for strings"))
        << type;
  }
}

TEST(RefusalTest, AnyIsRefusedWhereverItIs) {
  const auto compile = [](absl::string_view field, absl::string_view request) {
    const std::string proto = absl::StrCat(
        "syntax = \"proto3\";\n"
        "package test;\n"
        "import \"google/api/annotations.proto\";\n"
        "import \"google/protobuf/any.proto\";\n"
        "message Inner {\n",
        field, "\n}\nmessage Request { Inner inner = 1; }\nservice S {\n  rpc Get(",
        request,
        ") returns (Inner) {\n"
        "    option (google.api.http) = {post: \"/x\" body: \"*\"};\n  }\n}\n");
    return Compile({{"s.proto", proto}}).error;
  };

  for (const char* field :
       {"google.protobuf.Any f = 1;", "repeated google.protobuf.Any f = 1;",
        "oneof o { google.protobuf.Any f = 1; }"}) {
    EXPECT_THAT(compile(field, "Request"),
                StartsWith("s.proto:6: test.Inner.f: google.protobuf.Any has no JSON"));
  }
  EXPECT_THAT(compile("map<string, google.protobuf.Any> f = 1;", "Request"),
              HasSubstr("google.protobuf.Any has no JSON"));
  EXPECT_THAT(compile("string f = 1;", "google.protobuf.Any"),
              StartsWith("s.proto:11: google.protobuf.Any has no JSON"));
  EXPECT_EQ(compile("string f = 1;", "Request"), "");
}

TEST(RefusalTest, ExampleHasToBeJson) {
  const std::string proto = absl::StrCat(
      WithRule("post: \"/x\" body: \"*\""),
      "message More {\n  option (gitsync.options.v1.example) = \"{a: 1}\";\n}\n"
      "service T { rpc Get(More) returns (More) { option (google.api.http) = "
      "{get: \"/y\"}; } }");

  EXPECT_THAT(Compile({{"s.proto", proto}}).error,
              StartsWith("s.proto:17: test.More: the example is not JSON: expected the "
                         "name of a member"));
}

TEST(RefusalTest, OlderSyntaxIsRefused) {
  const std::string old =
      "syntax = \"proto2\"; package old; message M { optional string a = 1; }";
  const std::string proto = R"(syntax = "proto3";
import "google/api/annotations.proto";
import "old.proto";
service S {
  rpc Get(old.M) returns (old.M) { option (google.api.http) = {get: "/x"}; }
})";

  EXPECT_THAT(Compile({{"old.proto", old}, {"s.proto", proto}}, {"s.proto"}).error,
              StartsWith("old.proto:1: is not proto3"));
}

TEST(RefusalTest, UnknownParameterIsRefused) {
  EXPECT_EQ(Compile({{"s.proto", WithRule("get: \"/x\"")}}, {}, "fast").error,
            "there is no parameter \"fast\"");
}

TEST(RefusalTest, AllProblemsAreToldAtOnce) {
  const std::string error =
      Compile({{"s.proto", WithRule("get: \"/x/{c}\" body: \"d\"")}}).error;

  EXPECT_THAT(error, HasSubstr("\"c\""));
  EXPECT_THAT(error, HasSubstr("GET can't have a body"));
  EXPECT_THAT(error, HasSubstr("body names the field \"d\""));
}

struct Accepted {
  const char* name;
  const char* rule;
};

class RuleAcceptedTest : public ::testing::TestWithParam<Accepted> {};

TEST_P(RuleAcceptedTest, IsGenerated) {
  EXPECT_EQ(Compile({{"s.proto", WithRule(GetParam().rule)}}).error, "");
}

INSTANTIATE_TEST_SUITE_P(
    Rules, RuleAcceptedTest,
    ::testing::Values(Accepted{"OtherHttpMethod", "put: \"/first/{a}\""},
                      Accepted{"Verb", "get: \"/first/{a}:verb\""},
                      Accepted{"LiteralIsMoreSpecial", "get: \"/first/b\""},
                      Accepted{"AnyCountIsLessSpecial", "get: \"/{a=**}\""},
                      Accepted{"OtherLength", "get: \"/first\""},
                      Accepted{"NestedPathField", "get: \"/x/{inner.name=a/*}\""},
                      Accepted{"BodyField", "post: \"/x\" body: \"many\""},
                      Accepted{"CustomHttpMethod",
                               "custom: {kind: \"LIST\" path: \"/first/{a}\"}"}),
    [](const auto& test) { return test.param.name; });

TEST(RefusalTest, QueryTellsTwoRpcsOnOnePathApart) {
  const std::string proto = Service(
      "    option (google.api.http) = {get: \"/first/{a}\"};\n"
      "    option (gitsync.options.v1.rest) = {required_query: {name: \"m\" value: "
      "\"v\"}};");

  EXPECT_EQ(Compile({{"s.proto", proto}}).error, "");
}

}  // namespace
}  // namespace gitsync::gateway::codegen
