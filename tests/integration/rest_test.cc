// The REST form of the API: what requests are, and what is answered.

#include <gmock/gmock.h>
#include <google/protobuf/util/message_differencer.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "tests/integration/rest_fixture.h"
#include "tests/support/number_text.h"
#include "tests/support/slowness.h"

namespace gitsync {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

TEST_F(RestTest, NestedDefinitionGoesUpAndDownUnchanged) {
  const std::string definition =
      R"({"a":1e400,"b":-0,"c":12345678901234567890.10,"d":"\u00e9é\/","e":[{},[]]})";
  const CurlAnswer created =
      Call("POST", absl::StrCat("/api/v1/organizations/", gitsync_.dev(), "/apps"),
           absl::StrCat(R"({"name":"Numbers","definition":)", definition, "}"));
  ASSERT_EQ(created.status, 200) << created.body;
  const std::string id = Member(created.body, "id");
  const CurlAnswer versions =
      Call("GET", absl::StrCat("/api/v1/apps/", id, "/versions"));
  EXPECT_EQ(versions.status, 200) << versions.body;
  const size_t start = versions.body.find("\"id\":\"") + 6;
  const std::string version = versions.body.substr(start, 36);

  const CurlAnswer read =
      Call("GET", absl::StrCat("/api/v1/apps/", id, "/versions/", version));

  EXPECT_EQ(read.status, 200) << read.body;
  // Numbers as text: a JSON parser would have made others of them.
  const google::protobuf::Value sent = Parsed(WithNumbersAsText(definition));
  const google::protobuf::Value got = Parsed(WithNumbersAsText(read.body));
  ASSERT_EQ(got.struct_value().fields().count("definition"), 1u) << read.body;
  EXPECT_TRUE(google::protobuf::util::MessageDifferencer::Equals(
      got.struct_value().fields().at("definition"), sent))
      << read.body;
}

TEST_F(RestTest, WatchOfNothingIsAnOrdinaryError) {
  const CurlAnswer answer =
      Call("GET", "/api/v1/operations/3a1c9ad4-1f2f-4dd8-9e0b-1d2c3b4a5f60:watch");

  EXPECT_EQ(answer.status, 404);
  EXPECT_THAT(answer.body, AllOf(StartsWith("{\"code\":5,\"message\":\""),
                                 HasSubstr("OPERATION_NOT_FOUND")));
}

TEST_F(RestTest, ErrorsHaveTheirStatusAndOneBody) {
  const AppAndVersion app = api().CreateApp(gitsync_.dev(), "Shop", R"({"pages":[]})");
  const std::string viewer = api().CreateToken(gitsync_.dev(), v1::ROLE_VIEWER);
  const std::string stranger = api().CreateToken(gitsync_.staging(), v1::ROLE_EDITOR);
  const std::string path = "/api/v1/apps/" + app.app_id;
  const std::string push = absl::StrCat("/api/ext/apps/", app.app_id, "/versions/",
                                        app.version_id, "/git-sync/push");
  struct Case {
    CurlAnswer answer;
    int status;
    int code;
    const char* reason;
  };
  const std::vector<Case> cases = {
      {Curl({Url(path)}), 401, 16, "MISSING_CREDENTIALS"},
      {Call("GET", path, "", "gst_wrong"), 401, 16, "CREDENTIALS"},
      {Call("POST", push, R"({"commitMessage":"x"})", viewer), 403, 7, "ROLE_REQUIRED"},
      {Call("GET", path, "", stranger), 404, 5, "APP_NOT_FOUND"},
      {Call("GET", "/api/v1/nothing"), 404, 5, "ROUTE_NOT_FOUND"},
      {Call("GET", path + "/"), 404, 5, "ROUTE_NOT_FOUND"},
      {Call("POST", "/api/ext/apps", "{}"), 404, 5, "createMode=git"},
      {Call("PUT", path, "{}"), 405, 12, "METHOD_NOT_ALLOWED"},
      {Call("POST", push, R"({"commitMesage":"x"})"), 400, 3, "commitMesage"},
      {Call("POST", push, R"({"commitMessage":)"), 400, 3, "INVALID_REQUEST"},
      {Call("GET", path + "?pageSize=1"), 400, 3, "pageSize"},
      {Call("GET", "/api/v1/operations?page_size=many"), 400, 3, "page_size"},
      {Curl({"-X", "POST", Url(push), "-d", "{}"}), 415, 3, "-H 'Content-Type"},
      {Curl({"--path-as-is", Url("/api/v1/../v1/apps")}), 400, 3, "INVALID_REQUEST"},
      {Curl({"--path-as-is", Url("/api/v1/%2e%2e/apps")}), 400, 3, "INVALID_REQUEST"},
      {Curl({Url("/api/v1/apps/%zz")}), 400, 3, "INVALID_REQUEST"},
  };
  for (const Case& test : cases) {
    EXPECT_EQ(test.answer.status, test.status) << test.answer.body;
    EXPECT_THAT(test.answer.body, HasSubstr(test.reason));
    EXPECT_THAT(
        test.answer.body,
        AllOf(StartsWith(absl::StrCat("{\"code\":", test.code, ",\"message\":\"")),
              HasSubstr("\"details\":[{\"@type\":\"type.googleapis.com/google.rpc."),
              HasSubstr("google.rpc.ErrorInfo\""),
              HasSubstr("\"domain\":\"gitsync\"")));
  }
}

TEST_F(RestTest, FieldsThatTheReferenceRequiresAreRequired) {
  const AppAndVersion app = api().CreateApp(gitsync_.dev(), "Shop", R"({"pages":[]})");
  const struct {
    std::string path;
    std::vector<std::pair<std::string, std::string>> fields;
  } kRequests[] = {
      {"/api/ext/organization/git",
       {{"organizationId", gitsync_.dev()},
        {"gitUrl", "https://github.com/username/repository.git"},
        {"branchName", "main"},
        {"githubAppId", "123456"},
        {"githubAppInstallationId", "78910"},
        {"githubAppPrivateKey", "-----BEGIN RSA PRIVATE KEY-----"}}},
      {absl::StrCat("/api/ext/apps/", app.app_id, "/versions/", app.version_id,
                    "/git-sync/push"),
       {{"commitMessage", "Updated app configuration and components"}}},
      {"/api/ext/apps?createMode=git",
       {{"gitAppId", "app-123456"},
        {"gitVersionId", "main"},
        {"organizationId", gitsync_.dev()}}},
  };

  for (const auto& request : kRequests) {
    for (const auto& [missing, unused] : request.fields) {
      std::string body;
      for (const auto& [name, value] : request.fields) {
        if (name == missing) continue;
        absl::StrAppend(&body, body.empty() ? "" : ",", "\"", name, "\":\"", value,
                        "\"");
      }
      const CurlAnswer answer =
          Call("POST", request.path, absl::StrCat("{", body, "}"));
      EXPECT_EQ(answer.status, 400) << missing << "\n" << answer.body;
      EXPECT_THAT(answer.body, HasSubstr("\"field\":\"" + missing + "\"")) << missing;
    }
  }
}

TEST_F(RestTest, HeadersSayWhatHttpNeeds) {
  RawHttp http = Raw();

  const HttpAnswer unknown = http.Ask("GET /api/v1/organizations");
  EXPECT_EQ(unknown.headers.at("www-authenticate"), "Bearer realm=\"gitsync\"");
  EXPECT_EQ(unknown.headers.at("cache-control"), "no-store");
  EXPECT_EQ(unknown.headers.at("x-content-type-options"), "nosniff");
  EXPECT_EQ(unknown.headers.at("x-request-id").size(), 36u);

  const HttpAnswer known =
      http.Ask("GET /api/v1/organizations", Authorization() + "X-Request-Id: r-1\r\n");
  EXPECT_EQ(known.status, 200);
  EXPECT_EQ(known.headers.at("content-type"), "application/json");
  EXPECT_EQ(known.headers.at("x-request-id"), "r-1");
  EXPECT_EQ(known.headers.count("access-control-allow-origin"), 0u);

  const HttpAnswer head = http.Ask("HEAD /api/v1/organizations", Authorization());
  EXPECT_EQ(head.status, 200);
  EXPECT_EQ(head.headers.at("content-length"), known.headers.at("content-length"));

  const HttpAnswer options = http.Ask("OPTIONS /api/v1/organizations");
  EXPECT_EQ(options.status, 204);
  EXPECT_EQ(options.headers.at("allow"), "GET, HEAD, POST, OPTIONS");
  EXPECT_EQ(http.Ask("PUT /api/v1/organizations").headers.at("allow"),
            "GET, HEAD, POST, OPTIONS");
  EXPECT_EQ(http.Ask("GET /api/v1/organizations", "Grpc-Timeout: 1\r\n").status, 400);
  EXPECT_EQ(
      http.Ask("GET /api/v1/organizations", Authorization() + "Grpc-Timeout: 0S\r\n")
          .status,
      504);
}

TEST_F(RestTest, IdempotencyKeyMakesARepetitionHarmless) {
  const std::string path =
      absl::StrCat("/api/v1/organizations/", gitsync_.dev(), "/apps");
  const auto create = [&](const std::string& name) {
    return Curl({Url(path), "-H", "Authorization: Basic " + server().AdminToken(), "-H",
                 "Content-Type: application/json", "-H", "Idempotency-Key: k-1", "-d",
                 absl::StrCat(R"({"name":")", name, R"("})")});
  };
  const CurlAnswer first = create("Shop");
  const CurlAnswer again = create("Shop");
  const CurlAnswer other = create("Another");

  EXPECT_EQ(first.status, 200) << first.body;
  EXPECT_EQ(again.body, first.body);
  EXPECT_EQ(other.status, 400);
  EXPECT_THAT(other.body, HasSubstr("REQUEST_ID_REUSED"));
}

TEST_F(RestTest, LargeAnswerIsCompressedWhenAsked) {
  std::string definition = R"({"pages":[)";
  for (int i = 0; i < 2000; ++i) absl::StrAppend(&definition, i == 0 ? "" : ",", i);
  definition += "]}";
  const AppAndVersion app = api().CreateApp(gitsync_.dev(), "Shop", definition);
  const std::string path =
      absl::StrCat("/api/v1/apps/", app.app_id, "/versions/", app.version_id);

  const CurlAnswer plain = Call("GET", path);
  const CurlAnswer packed = Curl({"--compressed", Url(path), "-H",
                                  "Authorization: Basic " + server().AdminToken()});
  RawHttp http = Raw();
  const HttpAnswer raw =
      http.Ask("GET " + path, Authorization() + "Accept-Encoding: gzip\r\n");

  EXPECT_EQ(plain.status, 200);
  EXPECT_EQ(packed.body, plain.body);
  EXPECT_EQ(raw.headers.at("content-encoding"), "gzip");
  EXPECT_LT(raw.body.size() * 2, plain.body.size());
}

TEST_F(RestTest, ConflictingFramingIsRefusedAndNothingSmuggled) {
  RawHttp http = Raw();
  http.Send(absl::StrCat("POST /api/v1/organizations HTTP/1.1\r\nHost: h\r\n",
                         Authorization(),
                         "Content-Type: application/json\r\nContent-Length: 3\r\n"
                         "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
                         "POST /api/v1/organizations HTTP/1.1\r\nHost: h\r\n",
                         Authorization(),
                         "Content-Type: application/json\r\nContent-Length: 19\r\n\r\n"
                         "{\"name\":\"smuggled\"}"));

  const HttpAnswer answer = http.Read();

  EXPECT_EQ(answer.status, 400);
  EXPECT_TRUE(http.AtEnd());
  EXPECT_THAT(Call("GET", "/api/v1/organizations").body, Not(HasSubstr("smuggled")));
}

TEST_F(RestTest, PipelinedCallsAreAnsweredInOrder) {
  RawHttp http = Raw();
  std::string requests;
  for (int i = 0; i < 50; ++i) {
    absl::StrAppend(&requests, "GET /api/v1/organizations",
                    i % 2 == 0 ? "" : absl::StrCat("/", gitsync_.dev()),
                    " HTTP/1.1\r\nHost: h\r\nX-Request-Id: r-", i, "\r\n",
                    Authorization(), "\r\n");
  }
  http.Send(requests);
  for (int i = 0; i < 50; ++i) {
    const HttpAnswer answer = http.Read();
    EXPECT_EQ(answer.status, 200);
    EXPECT_EQ(answer.headers.at("x-request-id"), absl::StrCat("r-", i));
    EXPECT_THAT(answer.body, StartsWith(i % 2 == 0 ? "{\"organizations\"" : "{\"id\""));
  }
}

TEST_F(RestTest, SlowClientsHinderNobody) {
  if (kSlowness > 1) GTEST_SKIP() << "takes minutes here";
  std::vector<RawHttp> slow;
  for (int i = 0; i < 500; ++i) {
    slow.push_back(Raw());
    slow.back().Send(i % 2 == 0 ? "GET /api/v1/organizations HTTP/1.1\r\nAuthor"
                                : "POST /api/v1/organizations HTTP/1.1\r\nHost: h\r\n"
                                  "Content-Length: 1000000\r\n\r\n{\"name\":");
  }
  RawHttp http = Raw();
  for (int i = 0; i < 200; ++i) {
    EXPECT_EQ(http.Ask("GET /api/v1/organizations", Authorization()).status, 200);
  }
}

TEST_F(RestTest, LogHasNoCredentialsQueriesOrBodies) {
  Call("GET", "/api/v1/nothing?q=query-text");
  Call("POST", "/api/v1/nothing", R"({"name":"body-text"})");

  EXPECT_TRUE(LogHas({"\"path\":\"/api/v1/nothing\",\"status\":404"}));
  EXPECT_THAT(server().Log(),
              AllOf(Not(HasSubstr("query-text")), Not(HasSubstr("body-text")),
                    Not(HasSubstr(server().AdminToken()))));
}

}  // namespace
}  // namespace gitsync
