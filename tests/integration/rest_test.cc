// The REST form of the API, with curl and with raw sockets, against a real server and a
// real remote.

#include <gmock/gmock.h>
#include <google/protobuf/struct.pb.h>
#include <google/protobuf/util/json_util.h>
#include <google/protobuf/util/message_differencer.h>
#include <gtest/gtest.h>

#include <thread>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "absl/time/clock.h"
#include "tests/integration/installation.h"
#include "tests/support/number_text.h"
#include "tests/support/raw_http.h"
#include "tests/support/slowness.h"

namespace gitsync {
namespace {

using ::testing::AllOf;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

// What curl got.
struct CurlAnswer {
  int status = 0;
  std::string body;
};

CurlAnswer Curl(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), {"curl", "-sS", "-w", "\n%{http_code}"});
  const CommandResult result = RunCommand(arguments, {});
  EXPECT_EQ(result.status, 0) << result.output;
  const size_t line = result.output.rfind('\n');
  CurlAnswer answer;
  if (line == std::string::npos) return answer;
  answer.status = std::stoi("0" + result.output.substr(line + 1));
  answer.body = result.output.substr(0, line);
  return answer;
}

google::protobuf::Value Parsed(const std::string& json) {
  google::protobuf::Value value;
  EXPECT_TRUE(google::protobuf::util::JsonStringToMessage(json, &value).ok()) << json;
  return value;
}

// A member of a JSON object; nested ones after dots.
std::string Member(const std::string& json, const std::string& path) {
  google::protobuf::Value value = Parsed(json);
  for (const absl::string_view name : absl::StrSplit(path, '.')) {
    google::protobuf::Value next =
        value.struct_value().fields().contains(std::string(name))
            ? value.struct_value().fields().at(std::string(name))
            : google::protobuf::Value();
    value = std::move(next);
  }
  return value.kind_case() == google::protobuf::Value::kNumberValue
             ? absl::StrCat(value.number_value())
             : value.string_value();
}

class RestTest : public ::testing::Test {
 protected:
  std::string Url(const std::string& path) {
    return absl::StrCat("http://", server().http_endpoint(), path);
  }
  GitsyncdProcess& server() { return gitsync_.server(); }
  Api& api() { return gitsync_.api(); }
  RawHttp Raw() { return RawHttp(server().http_endpoint()); }

  // As the administrator, unless `token` is another's.
  CurlAnswer Call(const std::string& method, const std::string& path,
                  const std::string& body = "", const std::string& token = "") {
    std::vector<std::string> arguments = {
        "-X", method, Url(path), "-H",
        "Authorization: Basic " + (token.empty() ? server().AdminToken() : token)};
    if (!body.empty()) {
      arguments.insert(arguments.end(),
                       {"-H", "Content-Type: application/json", "--data-binary", body});
    }
    return Curl(arguments);
  }

  std::string Authorization() {
    return absl::StrCat("Authorization: Basic ", server().AdminToken(), "\r\n");
  }

  // Blocks until the log has one of the texts.
  bool LogHas(const std::vector<std::string>& texts) {
    for (int i = 0; i < 1000; ++i) {
      const std::string log = server().Log();
      for (const std::string& text : texts) {
        if (absl::StrContains(log, text)) return true;
      }
      absl::SleepFor(absl::Milliseconds(10));
    }
    return false;
  }

  Installation gitsync_;
};

std::string GitHubConfig(const std::string& organization_id) {
  const TempDir folder;
  const CommandResult made =
      RunCommand({"openssl", "genrsa", "-traditional", "-out", folder / "key", "2048"});
  EXPECT_EQ(made.status, 0) << made.output;
  std::string pem;
  for (const auto part : absl::StrSplit(RunCommand({"cat", folder / "key"}).output,
                                        '\n', absl::SkipEmpty())) {
    absl::StrAppend(&pem, std::string(part), "\\n");
  }
  return absl::StrCat(R"({
  "organizationId": ")",
                      organization_id, R"(",
  "gitUrl": "https://github.com/username/repository.git",
  "branchName": "main",
  "githubAppId": "123456",
  "githubAppInstallationId": "78910",
  "githubAppPrivateKey": ")",
                      pem, R"("
})");
}

TEST_F(RestTest, RoutesOfTheReferenceAnswerAsItSays) {
  const AppAndVersion app = api().CreateApp(gitsync_.dev(), "Shop", R"({"pages":[]})");
  const std::string other = api().CreateOrganization("github");

  const CurlAnswer configured =
      Call("POST", "/api/ext/organization/git", GitHubConfig(other));
  const CurlAnswer pushed =
      Call("POST",
           absl::StrCat("/api/ext/apps/", app.app_id, "/versions/", app.version_id,
                        "/git-sync/push"),
           R"({
  "commitMessage": "Updated app configuration and components"
})");
  const CurlAnswer created =
      Call("POST", "/api/ext/apps?createMode=git",
           absl::StrCat(R"({"gitAppId": ")", app.git_app_id,
                        R"(", "gitVersionId": "master", "organizationId": ")",
                        gitsync_.staging(), R"("})"));
  const std::string theirs = Member(created.body, "app.id");
  const CurlAnswer pulled =
      Call("PUT", absl::StrCat("/api/ext/apps/", theirs, "?createMode=git"));
  const CurlAnswer promoted =
      Call("POST", absl::StrCat("/api/ext/apps/", theirs, "/promote"));

  EXPECT_EQ(configured.status, 201) << configured.body;
  EXPECT_THAT(configured.body, Not(HasSubstr("PRIVATE KEY")));
  EXPECT_EQ(pushed.status, 200) << pushed.body;
  EXPECT_EQ(Member(pushed.body, "commitId"), gitsync_.remote().Head());
  EXPECT_EQ(created.status, 201) << created.body;
  EXPECT_EQ(pulled.status, 200) << pulled.body;
  EXPECT_EQ(promoted.status, 200) << promoted.body;
  EXPECT_EQ(Member(promoted.body, "environment"), "production");
  EXPECT_TRUE(gitsync_.remote().FsckClean());
  ASSERT_OK_AND_ASSIGN(const auto release, api().GetRelease(theirs, "production"));
}

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

TEST_F(RestTest, WatchStreamsLinesUntilTheOperationHasEnded) {
  const AppAndVersion app = api().CreateApp(gitsync_.dev(), "Shop", R"({"pages":[]})");
  gitsync_.remote().SetHook("pre-receive", "#!/bin/sh\nsleep 2\n");
  std::thread push([&] { EXPECT_OK(api().Push(app, "slowly")); });
  absl::StatusOr<v1::Operation> operation = api().LastOperation(app.app_id);
  while (!operation.ok()) operation = api().LastOperation(app.app_id);

  RawHttp http = Raw();
  http.Send(absl::StrCat("GET /api/v1/operations/", operation->id(),
                         ":watch HTTP/1.1\r\nHost: h\r\n", Authorization(), "\r\n"));
  const absl::Time asked = absl::Now();
  std::string head;
  for (std::string line = http.ReadLine(); line.size() > 2; line = http.ReadLine()) {
    head += line;
  }
  http.ReadLine();
  const std::string first = http.ReadLine();
  const absl::Duration waited = absl::Now() - asked;
  std::string last = first;
  for (;;) {
    http.ReadLine();
    const std::string size = http.ReadLine();
    if (size == "0\r\n") break;
    last = http.ReadLine();
  }
  push.join();

  EXPECT_THAT(head, AllOf(StartsWith("HTTP/1.1 200 OK\r\n"),
                          HasSubstr("Content-Type: application/x-ndjson\r\n"),
                          HasSubstr("X-Request-Id: ")));
  EXPECT_LT(waited, absl::Seconds(1.5));
  EXPECT_EQ(Member(first, "operation.state"), "OPERATION_STATE_RUNNING");
  EXPECT_EQ(Member(last, "operation.state"), "OPERATION_STATE_SUCCEEDED");
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
  if (kSlowness > 1) GTEST_SKIP() << "measures time";
  std::vector<RawHttp> slow;
  for (int i = 0; i < 500; ++i) {
    slow.push_back(Raw());
    slow.back().Send(i % 2 == 0 ? "GET /api/v1/organizations HTTP/1.1\r\nAuthor"
                                : "POST /api/v1/organizations HTTP/1.1\r\nHost: h\r\n"
                                  "Content-Length: 1000000\r\n\r\n{\"name\":");
  }
  RawHttp http = Raw();
  const absl::Time start = absl::Now();
  for (int i = 0; i < 200; ++i) {
    EXPECT_EQ(http.Ask("GET /api/v1/organizations", Authorization()).status, 200);
  }
  EXPECT_LT(absl::Now() - start, absl::Seconds(10));
}

TEST_F(RestTest, ClientThatGoesAwayCancelsItsCall) {
  const AppAndVersion app = api().CreateApp(gitsync_.dev(), "Shop", R"({"pages":[]})");
  gitsync_.remote().SetHook("pre-receive", "#!/bin/sh\nsleep 20\n");
  {
    RawHttp http = Raw();
    http.Send(absl::StrCat("POST /api/ext/apps/", app.app_id, "/versions/",
                           app.version_id, "/git-sync/push HTTP/1.1\r\nHost: h\r\n",
                           Authorization(),
                           "Content-Length: 21\r\n\r\n{\"commitMessage\":\"x\"}"));
    while (!api().LastOperation(app.app_id).ok())
      absl::SleepFor(absl::Milliseconds(10));
  }
  // In a slow build the commit may have been sent by then.
  const std::string push =
      "\"method\":\"gitsync.v1.GitSyncService.PushAppVersion\",\"code\":";
  EXPECT_TRUE(LogHas({push + "\"CANCELLED\"",
                      push + "\"UNAVAILABLE\",\"reason\":\"OUTCOME_UNKNOWN\""}));
}

TEST_F(RestTest, LogHasNoCredentialsQueriesOrBodies) {
  Call("GET", "/api/v1/nothing?q=query-text");
  Call("POST", "/api/v1/nothing", R"({"name":"body-text"})");

  EXPECT_TRUE(LogHas({"\"path\":\"/api/v1/nothing\",\"status\":404"}));
  EXPECT_THAT(server().Log(),
              AllOf(Not(HasSubstr("query-text")), Not(HasSubstr("body-text")),
                    Not(HasSubstr(server().AdminToken()))));
}

TEST_F(RestTest, GatewayAloneServesABackend) {
  GitsyncdProcess gateway(
      {.flags = {"--gateway-only", "--backend=" + server().endpoint()},
       .allow_private_remotes = false});
  const std::string url =
      absl::StrCat("http://", gateway.http_endpoint(), "/api/v1/organizations");

  const CurlAnswer answer =
      Curl({url, "-H", "Authorization: Basic " + server().AdminToken()});
  server().Terminate();
  const CurlAnswer gone =
      Curl({url, "-H", "Authorization: Basic " + server().AdminToken()});

  EXPECT_EQ(answer.status, 200) << answer.body;
  EXPECT_THAT(answer.body, HasSubstr(gitsync_.dev()));
  EXPECT_EQ(gone.status, 503);
  EXPECT_THAT(gone.body, HasSubstr("BACKEND_UNAVAILABLE"));
}

TEST_F(RestTest, GatewayAloneSendsNoTokenInClearUnlessItIsSaid) {
  // Loopback, but not by its looks.
  const std::string backend =
      absl::StrReplaceAll(server().endpoint(), {{"127.0.0.1", "[::ffff:127.0.0.1]"}});
  const auto status = [&](std::vector<std::string> flags) {
    flags.insert(flags.end(), {"--gateway-only", "--backend=" + backend});
    GitsyncdProcess gateway({.flags = flags, .allow_private_remotes = false});
    return Curl({absl::StrCat("http://", gateway.http_endpoint(),
                              "/api/v1/organizations"),
                 "-H", "Authorization: Basic " + server().AdminToken()})
        .status;
  };

  EXPECT_EQ(status({}), 503);
  EXPECT_EQ(status({"--backend_plaintext"}), 200);
}

// Makes cert.pem and key.pem in the folder; the flags of a server that shows them.
std::vector<std::string> MakeCertificate(const TempDir& folder) {
  const CommandResult made =
      RunCommand({"openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                  "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj",
                  "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout",
                  folder / "key.pem", "-out", folder / "cert.pem"});
  EXPECT_EQ(made.status, 0) << made.output;
  return {"--tls_certificate_file=" + (folder / "cert.pem"),
          "--tls_private_key_file=" + (folder / "key.pem")};
}

TEST(RestServerTest, GatewayAloneChecksItsBackendOverTls) {
  const TempDir folder;
  GitsyncdProcess server({.flags = MakeCertificate(folder)});
  GitsyncdProcess gateway({.flags = {"--gateway-only", "--backend=" + server.endpoint(),
                                     "--backend_ca_file=" + (folder / "cert.pem")},
                           .allow_private_remotes = false});

  const CurlAnswer answer =
      Curl({absl::StrCat("http://", gateway.http_endpoint(), "/api/v1/organizations"),
            "-H", "Authorization: Basic " + server.AdminToken()});

  EXPECT_EQ(answer.status, 200) << answer.body;
}

TEST(RestServerTest, ServesTlsWhenConfigured) {
  const TempDir folder;
  GitsyncdProcess server({.flags = MakeCertificate(folder)});
  const std::string url =
      absl::StrCat("https://", server.http_endpoint(), "/api/v1/organizations");

  const CurlAnswer answer = Curl({"--cacert", folder / "cert.pem", url, url, "-H",
                                  "Authorization: Basic " + server.AdminToken()});
  const CommandResult old = RunCommand(
      {"curl", "-sS", "--tls-max", "1.1", "--cacert", folder / "cert.pem", url});
  RawHttp clear(server.http_endpoint());
  clear.Send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");

  EXPECT_EQ(answer.status, 200) << answer.body;
  EXPECT_NE(old.status, 0);
  EXPECT_EQ(clear.Read().status, 0);
}

TEST(RestServerTest, CorsIsForTheOriginsThatAreConfigured) {
  GitsyncdProcess server({.flags = {"--cors_allowed_origins=https://ci.example.com"}});
  RawHttp http(server.http_endpoint());

  const HttpAnswer preflight = http.Ask("OPTIONS /api/v1/organizations",
                                        "Origin: https://ci.example.com\r\n"
                                        "Access-Control-Request-Method: POST\r\n");
  const HttpAnswer ours =
      http.Ask("GET /api/v1/organizations", "Origin: https://ci.example.com\r\n");
  const HttpAnswer other =
      http.Ask("GET /api/v1/organizations", "Origin: https://example.com\r\n");

  EXPECT_EQ(preflight.status, 204);
  EXPECT_EQ(preflight.headers.at("access-control-allow-origin"),
            "https://ci.example.com");
  EXPECT_THAT(preflight.headers.at("access-control-allow-methods"), HasSubstr("POST"));
  EXPECT_THAT(preflight.headers.at("access-control-allow-headers"),
              HasSubstr("Authorization"));
  EXPECT_EQ(ours.status, 401);
  EXPECT_EQ(ours.headers.at("access-control-allow-origin"), "https://ci.example.com");
  EXPECT_EQ(other.headers.count("access-control-allow-origin"), 0u);
  EXPECT_EQ(other.headers.at("vary"), "Origin");
}

TEST(RestServerTest, HttpMayBeOff) {
  GitsyncdProcess server({.flags = {"--http_listen=off"}});

  EXPECT_EQ(server.http_endpoint(), "off");
}

}  // namespace
}  // namespace gitsync
