#include "server/gateway/transcoding/route_matcher.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_join.h"
#include "tests/support/status_matchers.h"
#include "tests/unit/gateway/every_type.h"

namespace gitsync::gateway {
namespace {

using Outcome = RouteMatch::Outcome;
using testing::ElementsAre;

Method RouteTo(const char* name, const char* http_method, const char* path,
               const char* query_name = "", const char* query_value = "") {
  Method method;
  method.full_name = name;
  method.request = &EveryType;
  method.response = &EveryType;
  method.bindings = {
      {http_method, path, query_name, query_value, "", nullptr, nullptr}};
  return method;
}

const MethodTable& Table() {
  static const auto* const table = new MethodTable{
      RouteTo("list", "GET", "/v1/things"),
      RouteTo("create", "POST", "/v1/things"),
      RouteTo("get", "GET", "/v1/things/{a_string}"),
      RouteTo("delete", "DELETE", "/v1/things/{a_string}"),
      RouteTo("special", "POST", "/v1/things/special"),
      RouteTo("finalize", "POST", "/v1/things/{a_string}:finalize"),
      RouteTo("part", "GET", "/v1/things/{a_string}/parts/{inner.display_name}"),
      RouteTo("name", "GET", "/v1/{a_string=shelves/*/books/*}"),
      RouteTo("file", "GET", "/v1/files/{a_string=**}"),
      RouteTo("file_raw", "GET", "/v1/files/{a_string=**}:raw"),
      RouteTo("clear", "POST", "/v1/groups/{a_string}/members:clear"),
      RouteTo("deep", "GET", "/v1/a/b/c"),
      RouteTo("shallow", "GET", "/v1/a/{a_string}/d"),
      RouteTo("git", "POST", "/v1/apps", "createMode", "git"),
      RouteTo("import", "POST", "/v1/imports", "mode", "a"),
      RouteTo("import_plain", "POST", "/v1/imports"),
  };
  return *table;
}

class RouteMatcherTest : public testing::Test {
 protected:
  RouteMatch Match(absl::string_view method, absl::string_view target) {
    const size_t mark = target.find('?');
    QueryParameters query;
    if (mark != absl::string_view::npos) query = *ParseQuery(target.substr(mark + 1));
    absl::StatusOr<RouteMatch> match =
        matcher_.Match(method, target.substr(0, mark), query);
    EXPECT_OK(match) << target;
    return match.ok() ? *match : RouteMatch();
  }

  // "name(value,value)", or "none".
  std::string Found(absl::string_view method, absl::string_view target) {
    const RouteMatch match = Match(method, target);
    if (match.outcome != Outcome::kFound) return "none";
    return absl::StrCat(match.route->method->full_name, "(",
                        absl::StrJoin(match.variables, ","), ")");
  }

  RouteMatcher matcher_ = *RouteMatcher::Create({&Table()});
};

TEST_F(RouteMatcherTest, PathAndMethodChooseTheRoute) {
  EXPECT_EQ(Found("GET", "/v1/things"), "list()");
  EXPECT_EQ(Found("POST", "/v1/things"), "create()");
  EXPECT_EQ(Found("GET", "/v1/things/7"), "get(7)");
  EXPECT_EQ(Found("GET", "/v1/things/7/parts/x"), "part(7,x)");
  EXPECT_EQ(Found("GET", "/v1/things?x=y"), "list()");
}

TEST_F(RouteMatcherTest, MostSpecificComesFirstAndOthersAreTriedAfter) {
  EXPECT_EQ(Found("POST", "/v1/things/special"), "special()");
  // Only "*" has it for GET.
  EXPECT_EQ(Found("GET", "/v1/things/special"), "get(special)");
  // "b" leads to /v1/a/b/c first.
  EXPECT_EQ(Found("GET", "/v1/a/b/d"), "shallow(b)");
  EXPECT_EQ(Found("GET", "/v1/a/b/c"), "deep()");
}

TEST_F(RouteMatcherTest, VerbIsToldFromColonInAnId) {
  EXPECT_EQ(Found("POST", "/v1/things/7:finalize"), "finalize(7)");
  EXPECT_EQ(Found("GET", "/v1/things/a:b"), "get(a:b)");
  EXPECT_EQ(Found("GET", "/v1/things/a:"), "get(a:)");
  EXPECT_EQ(Found("GET", "/v1/things/:b"), "get(:b)");
  EXPECT_EQ(Found("POST", "/v1/things/a:b:finalize"), "finalize(a:b)");
  EXPECT_EQ(Found("GET", "/v1/things/7%3Afinalize"), "get(7:finalize)");
  EXPECT_EQ(Found("POST", "/v1/things/:finalize"), "none");
  // The verb's own path has it for POST only.
  const RouteMatch match = Match("DELETE", "/v1/things/7:finalize");
  EXPECT_EQ(match.outcome, Outcome::kNoMethod);
  EXPECT_THAT(match.allow, ElementsAre("POST"));
}

TEST_F(RouteMatcherTest, EncodedColonMayBeginTheVerb) {
  for (const char* path :
       {"/v1/things/7%3Afinalize", "/v1/things/7%3afinalize", "/v1/things/7:%66inalize",
        "/v1/things/7%3A%66inaliz%65", "/v1/thing%73/%37%3Afinalize"}) {
    EXPECT_EQ(Found("POST", path), "finalize(7)") << path;
  }
  EXPECT_EQ(Found("POST", "/v1/things/a%3Ab:finalize"), "finalize(a:b)");
  EXPECT_EQ(Found("POST", "/v1/things/a:b%3Afinalize"), "finalize(a:b)");
  EXPECT_EQ(Found("POST", "/v1/things/a%3Ab%3afinalize"), "finalize(a:b)");
  EXPECT_EQ(Found("POST", "/v1/groups/7/members%3aclear"), "clear(7)");
  EXPECT_EQ(Found("POST", "/v1/groups/7/members%253Aclear"), "none");
  EXPECT_EQ(Found("POST", "/v1/groups/7/members%3Aempty"), "none");
  EXPECT_EQ(Found("POST", "/v1/groups/7/members%3A"), "none");
  EXPECT_EQ(Found("POST", "/v1/groups/7/%3Aclear"), "none");
  // It stays part of an id where a route takes it as such.
  EXPECT_EQ(Found("GET", "/v1/things/7%3Afinalize"), "get(7:finalize)");
  EXPECT_EQ(Found("GET", "/v1/files/a%3Araw"), "file(a:raw)");
  EXPECT_THAT(Match("PUT", "/v1/groups/7/members%3Aclear").allow, ElementsAre("POST"));
}

TEST_F(RouteMatcherTest, VariablesAreDecodedByHowManySegmentsTheyHold) {
  EXPECT_EQ(Found("GET", "/v1/things/a%2Fb%20c"), "get(a/b c)");
  EXPECT_EQ(Found("GET", "/v1/shelves/a%2Fb/books/c%20d"),
            "name(shelves/a%2Fb/books/c d)");
  EXPECT_EQ(Found("GET", "/v1/files/a/b%2Fc/d"), "file(a/b%2Fc/d)");
  EXPECT_EQ(Found("GET", "/v1/files/a/b:raw"), "file_raw(a/b)");
  EXPECT_EQ(Found("GET", "/v1/files"), "file()");
  EXPECT_EQ(Found("GET", "/%76%31/things"), "list()");
  EXPECT_EQ(Found("GET", "/v1/things/a+b"), "get(a+b)");
}

TEST_F(RouteMatcherTest, EmptySegmentsAreNotLeftOut) {
  EXPECT_EQ(Found("GET", "/v1//things"), "none");
  EXPECT_EQ(Found("GET", "//v1/things"), "none");
  EXPECT_EQ(Found("GET", "/v1/things/"), "none");
  EXPECT_EQ(Found("GET", "/v1/things//parts/x"), "none");
  EXPECT_EQ(Found("GET", "/v1/files/a//b"), "file(a//b)");
}

TEST_F(RouteMatcherTest, RequiredQueryTellsRoutesApart) {
  EXPECT_EQ(Found("POST", "/v1/apps?createMode=git"), "git()");
  EXPECT_EQ(Found("POST", "/v1/imports?mode=a"), "import()");
  EXPECT_EQ(Found("POST", "/v1/imports?mode=b"), "import_plain()");
  EXPECT_EQ(Found("POST", "/v1/imports"), "import_plain()");

  const RouteMatch match = Match("POST", "/v1/apps?createMode=Git");
  EXPECT_EQ(match.outcome, Outcome::kMissingQuery);
  EXPECT_EQ(match.route->binding->required_query_name, "createMode");
}

TEST_F(RouteMatcherTest, WrongMethodSaysWhichAreAllowed) {
  const RouteMatch match = Match("PATCH", "/v1/things/special");

  EXPECT_EQ(match.outcome, Outcome::kNoMethod);
  EXPECT_THAT(match.allow, ElementsAre("DELETE", "GET", "HEAD", "POST"));
  EXPECT_EQ(Match("GET", "/v1/nothing").outcome, Outcome::kNoPath);
  EXPECT_EQ(Match("get", "/v1/things").outcome, Outcome::kNoMethod);
}

TEST_F(RouteMatcherTest, HeadIsMatchedAsGet) {
  EXPECT_EQ(Found("HEAD", "/v1/things/7"), "get(7)");
  EXPECT_EQ(Match("HEAD", "/v1/apps").outcome, Outcome::kNoMethod);
}

TEST_F(RouteMatcherTest, BadPathIsRefused) {
  for (const char* path :
       {"", "v1/things", "/v1/things/%zz", "/v1/things/%", "/v1/things/%00",
        "/v1/things/%ff", "/v1/../v1/things", "/v1/./things", "/v1/things/..",
        "/v1/%2e%2E/things", "/v1/things/.%2e", "/v1/files/a%2F..%2fb",
        "/v1/files/%2e"}) {
    EXPECT_THAT(matcher_.Match("GET", path, {}),
                StatusIs(absl::StatusCode::kInvalidArgument, "INVALID_REQUEST"))
        << path;
  }
  EXPECT_EQ(Found("GET", "/v1/things/..."), "get(...)");
}

TEST(RouteMatcherCreateTest, FaultOfTheTablesIsRefused) {
  for (const MethodTable& table : std::vector<MethodTable>{
           {RouteTo("a", "GET", "/v1/{nothing}")},
           {RouteTo("a", "GET", "/v1/{inner}")},
           {RouteTo("a", "GET", "/v1/{strings}")},
           {RouteTo("a", "GET", "v1")},
           {RouteTo("a", "GET", "/v1/{a_string}"), RouteTo("b", "GET", "/v1/{first}")},
           {RouteTo("a", "GET", "/v1", "x", "1"), RouteTo("b", "GET", "/v1", "x", "1")},
       }) {
    EXPECT_THAT(RouteMatcher::Create({&table}),
                HasCode(absl::StatusCode::kInvalidArgument));
  }
}

}  // namespace
}  // namespace gitsync::gateway
