// Bodies, URLs and headers that are not as they should be, by both gateways.

#include <gtest/gtest.h>

#include <string>

#include "absl/strings/str_cat.h"
#include "tests/parity/parity_fixture.h"

namespace gitsync {
namespace {

class RequestsTest : public ParityTest {
 protected:
  Question Post(const std::string& body) {
    return {"POST", "/api/v1/organizations", body};
  }
  // A body with what is needed, and `rest` after it.
  std::string Named(const std::string& rest) {
    return absl::StrCat("{\"name\":\"", Uuid(), "\",", RequestId(), rest);
  }
  std::string Dev(const std::string& rest = "") {
    return absl::StrCat("/api/v1/organizations/", gitsync_.dev(), rest);
  }
};

TEST_F(RequestsTest, Bodies) {
  // Nothing, or nothing in it, is a request without fields.
  for (const char* body : {"", "{}", " {} ", "\r\n\t{\n}\n"}) Same(Post(body));
  for (const char* body : {"{",
                           "}",
                           "[]",
                           "[{}]",
                           "5",
                           "true",
                           "\"name\"",
                           "{,}",
                           "{\"name\"}",
                           "{\"name\":}",
                           "{\"name\":\"a\",}",
                           "{\"name\":\"a\" \"b\"}",
                           "{name:\"a\"}",
                           "{'name':'a'}",
                           "// c\n{}",
                           "/* c */{}",
                           "{\"name\":\"a\"",
                           "{\"name\":\"a",
                           "{\"name\":\"a\\",
                           "\xEF\xBB\xBF{}",
                           "\xFF\xFE{\0}",
                           "<a/>",
                           "name=a",
                           "NaN",
                           "nul",
                           "{]",
                           "{\"a\":[}",
                           "{\"name\":tru}",
                           "{\"name\": .5}",
                           "\x0C{}",
                           "{\"name\":\"a\"\x0C}",
                           "{5:1}",
                           "{null:1}",
                           "{\"name\"=\"a\"}",
                           "{\"name\";\"a\"}"}) {
    SameStatus(Post(body));
  }
  for (const char* rest : {"} x", "}{}", "}}", "},", "}]", "} \"\"", "}null"}) {
    Differ(Why::kTrailingText, Post(Named(rest)));
  }
  for (const char* rest :
       {",\"nam\":1}", ",\"Name\":\"a\"}", ",\"\":1}", ",\"organization.id\":\"\"}",
        ",\"environment\":[\"a\"]}", ",\"x\":{\"y\":[{}]}}", ",\"@type\":\"a\"}",
        ",\"NAME\":null}", ",\"name \":\"a\"}", ",\"1\":\"a\"}"}) {
    Differ(Why::kUnknownField, Post(Named(rest)));
  }
  for (const char* rest : {",\"environments\":[],\"environments\":[]}",
                           ",\"organizationId\":\"\",\"organizationId\":\"\"}"}) {
    Differ(Why::kRepeatedField, Post(Named(rest)));
  }
}

TEST_F(RequestsTest, NamesOfFields) {
  Same(Post(absl::StrCat("{\"organization_id\":\"", Uuid(), "\",\"name\":\"snake\",",
                         RequestId(), "}")));
  Same(Post(absl::StrCat("{\"organizationId\":\"", Uuid(), "\",\"name\":\"camel\",",
                         RequestId(), "}")));
  Same(Post(absl::StrCat("{\"organization\\u0049d\":\"", Uuid(),
                         "\",\"name\":\"escaped\",", RequestId(), "}")));
}

TEST_F(RequestsTest, Routes) {
  for (const char* path : {"/",
                           "/api",
                           "/api/",
                           "/api/v1",
                           "/api/v1/",
                           "/api/v1/organization",
                           "/API/v1/organizations",
                           "/api/v2/organizations",
                           "/api/v1/organizations/a/b/c",
                           "/api/v1/access-token",
                           "/api/v1/apps",
                           "/api/v1/operations/a:watch/b",
                           "/api/ext/app",
                           "/api/ext/apps/a/b",
                           "/api/v1/apps/a/versions/b/c",
                           "/index.html",
                           "/favicon.ico",
                           "/api/v1/organizationsx",
                           "/v1/organizations",
                           "/api/v1//organizations"}) {
    SameStatus({"GET", path});
  }
  for (const char* path : {"/api/v1/organizations/", "/api/v1/organizations//apps"}) {
    Differ(Why::kEmptySegment, {"GET", path});
  }
  for (const char* path :
       {"/api/v1/operations/a:nothing", "/api/v1/organizations/a:b"}) {
    Differ(Why::kVerb, {"GET", path});
  }
  for (const char* method : {"PUT", "PATCH", "DELETE"}) {
    Differ(Why::kMethod, {method, "/api/v1/organizations", "{}"});
  }
  for (const char* method : {"POST", "PUT"}) {
    Differ(Why::kMethod, {method, "/api/v1/organizations/a", "{}"});
  }
  Differ(Why::kMethod, {"GET", "/api/ext/organization/git"});
  Differ(Why::kMethod, {"DELETE", "/api/ext/apps/a"});
  Differ(Why::kMethodOfAVerb, {"GET", "/api/v1/operations/a:cancel"});
  Same({"POST", "/api/ext/apps?createMode=git", "{}"});
  Differ(Why::kCreateMode, {"POST", "/api/ext/apps", "{}"});
  Differ(Why::kCreateMode, {"POST", "/api/ext/apps?createMode=Git", "{}"});
}

TEST_F(RequestsTest, VariablesInThePath) {
  for (const char* id : {"00000000-0000-4000-8000-000000000000",
                         "a",
                         "A",
                         "a.b",
                         "a-b_c~d",
                         "a%20b",
                         "%41",
                         "%c3%a9",
                         "a+b",
                         "a@b",
                         "a,b;c=d",
                         "*",
                         "(a)",
                         "a'b",
                         "$",
                         "!",
                         "%25",
                         "%3F",
                         "%23",
                         "%22",
                         "%7B%7D",
                         "null",
                         "0",
                         "..."}) {
    Same({"GET", absl::StrCat("/api/v1/organizations/", id)});
  }
  Same({"GET", "/api/v1/apps/a/versions/b"});
  Same({"GET", "/api/v1/apps/a/environments/production"});
  Same({"GET", "/api/v1/operations/a"});
  Same({"GET", "/api/v1/organizations/" + std::string(2000, 'a')});
}

TEST_F(RequestsTest, Queries) {
  for (const char* query :
       {"", "?", "?pageSize=1", "?page_size=1", "?pageSize=1&pageToken=",
        "?pageToken=nonsense", "?pageToken=%41", "?page%53ize=1", "?pageToken=a+b",
        "?pageToken=a%2Bb", "?pageToken=%26%3D", "?&pageSize=1&", "?pageSize=1001"}) {
    Same({"GET", absl::StrCat("/api/v1/organizations", query)});
  }
  const auto organizations = [](absl::string_view query) {
    return Question{"GET", absl::StrCat("/api/v1/organizations", query)};
  };
  Differ(Why::kRepeatedField, organizations("?pageSize=1&pageSize=2"));
  Differ(Why::kRepeatedParameter, organizations("?pageSize=1&page_size=1"));
  SameStatus(organizations("?pageSize.x=1"));
  Differ(Why::kNamelessParameter, organizations("?=1"));
  for (const char* query : {"?size=1", "?pagesize=1", "?PageSize=1", "?x",
                            "?organizationId=a", "?pageSize%20=1"}) {
    Differ(Why::kUnknownParameter,
           {"GET", absl::StrCat("/api/v1/organizations", query)});
  }
  for (const char* query : {"?organizationId=", "?organization_id=a", "?name=a"}) {
    Differ(Why::kUnknownParameter, {"GET", Dev(query)});
  }
}

TEST_F(RequestsTest, Credentials) {
  const std::string token = gitsync_.server().AdminToken();
  const std::string viewer =
      gitsync_.api().CreateToken(gitsync_.dev(), v1::ROLE_VIEWER);
  const std::string stranger =
      gitsync_.api().CreateToken(gitsync_.staging(), v1::ROLE_EDITOR);
  for (const std::string& value :
       {"Bearer " + token, "Basic " + token, "bearer " + token, "BASIC " + token,
        "Bearer  " + token, token, "Bearer " + token + "x", std::string("Bearer"),
        std::string("Bearer "), std::string("Basic Og=="), std::string("Digest a"),
        "Bearer " + viewer, "Bearer " + stranger, "Bearer " + std::string(3000, 'a'),
        std::string("Bearer gst_wrong")}) {
    const std::string headers = absl::StrCat("Authorization: ", value, "\r\n");
    Same({"GET", "/api/v1/organizations", "", "", headers});
    Same({"GET", Dev(), "", "", headers});
    Same({"DELETE", Dev("/git?etag=other"), "", "", headers});
  }
  Same({"GET", Dev(), "", "", "Accept: application/json\r\n"});
}

TEST_F(RequestsTest, Errors) {
  const AppAndVersion app =
      gitsync_.api().CreateApp(gitsync_.dev(), "Shop", kDefinition);
  const std::string path = "/api/v1/apps/" + app.app_id;
  // INVALID_ARGUMENT, NOT_FOUND, ALREADY_EXISTS, ABORTED, FAILED_PRECONDITION.
  Same({"POST", "/api/v1/organizations", R"({"name":""})"});
  Same({"POST", Dev("/apps"), R"({"name":"Broken","definition":$D})", "[]"});
  Same({"GET", "/api/v1/apps/" + Uuid()});
  Same({"POST", Dev("/apps"),
        absl::StrCat(R"({"name":"Shop","appId":")", Uuid(), "\"}")});
  Same({"PATCH", path, R"({"name":"Other","etag":"stale"})"});
  Same({"DELETE", path + "?etag=stale"});
  Differ(Why::kPrecondition, {"GET", path + "/git/updates"});
  Same({"GET", path + "/environments/production"});
  Same({"GET", path + "/environments/nowhere"});
  Same({"POST",
        absl::StrCat("/api/ext/apps/", app.app_id, "/versions/", Uuid(),
                     "/git-sync/push"),
        R"({"commitMessage":"m"})"});
  Same({"GET", Dev("/git/apps?ref=nowhere")});
}

}  // namespace
}  // namespace gitsync
