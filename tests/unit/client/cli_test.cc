// What holds for every command: usage, tokens, names, errors, output.

#include <gmock/gmock.h>
#include <google/protobuf/struct.pb.h>
#include <google/protobuf/util/json_util.h>

#include "tests/unit/client/cli_fixture.h"

namespace gitsync::cli {
namespace {

using client::ToGrpc;
using ::testing::ContainsRegex;
using ::testing::HasSubstr;
using ::testing::Not;

TEST_F(CliTest, HelpListsCommandsAndExitCodes) {
  const Result result = Run({"--help"});

  EXPECT_EQ(result.code, 0);
  EXPECT_THAT(result.out, HasSubstr("promote"));
  EXPECT_THAT(result.out, HasSubstr("Exit codes:"));
  EXPECT_THAT(result.out, HasSubstr("admin.token"));
}

TEST_F(CliTest, VersionIsPrinted) {
  EXPECT_THAT(Run({"--version"}).out, HasSubstr("gitsyncctl 0."));
}

TEST_F(CliTest, WrongUsageIsTwo) {
  EXPECT_EQ(Run({}).code, 2);
  EXPECT_EQ(Run({"org"}).code, 2);
  EXPECT_EQ(Run({"org", "get"}).code, 2);
  EXPECT_EQ(Run({"nonsense"}).code, 2);
  EXPECT_EQ(Run({"org", "list", "--output", "xml"}).code, 2);
  EXPECT_EQ(Run({"org", "list", "--timeout", "soon"}).code, 2);
  EXPECT_EQ(Run({"org", "list", "--tls", "--plaintext"}).code, 2);
  EXPECT_EQ(Run({"org", "list", "--server", "no-port"}).code, 2);
  EXPECT_EQ(Run({"org", "create", "\xff"}).code, 2);
  EXPECT_THAT(Run({"org", "get"}).err, HasSubstr("ORG"));
}

TEST_F(CliTest, TokenComesFromOptionThenFileThenVariable) {
  auto& list = server_.organizations.ListOrganizationsScript;
  list.Answers({});
  variables_["GITSYNC_TOKEN"] = "of-variable";
  const std::string file = WriteFile("token", "of-file\n");

  Run({"org", "list", "--token", "of-option", "--token-file", file});
  EXPECT_EQ(list.metadata("authorization"), "Bearer of-option");
  Run({"--token-file", file, "org", "list"});
  EXPECT_EQ(list.metadata("authorization"), "Bearer of-file");
  Run({"org", "list"});
  EXPECT_EQ(list.metadata("authorization"), "Bearer of-variable");
}

TEST_F(CliTest, AdminTokenOfThisFolderIsTheDefault) {
  auto& list = server_.organizations.ListOrganizationsScript;
  list.Answers({});

  Run({"org", "list"});
  EXPECT_EQ(list.metadata("authorization"), "");
  WriteFile("gitsync-data/admin.token", "of-admin\n");
  Run({"org", "list"});
  EXPECT_EQ(list.metadata("authorization"), "Bearer of-admin");
}

TEST_F(CliTest, NamesBecomeIds) {
  ServeNames();
  server_.apps.GetVersionScript.Answers({});

  const Result result = Run({"version", "get", "Orders", "v1", "--org", "Acme"});

  EXPECT_EQ(result.code, 0) << result.err;
  EXPECT_EQ(server_.apps.ListAppsScript.request().organization_id(), kOrg);
  EXPECT_EQ(server_.apps.GetVersionScript.request().app_id(), kApp);
  EXPECT_EQ(server_.apps.GetVersionScript.request().version_id(), kVersion);
}

// The terminal, or the script, may spell them otherwise.
TEST_F(CliTest, NamesAreComparedInNormalizationFormC) {
  const struct {
    std::string stored;
    std::string typed;
    bool same;
  } cases[] = {
      {"Caf\u00e9", "Cafe\u0301", true},
      {"Cafe\u0301", "Caf\u00e9", true},
      // Hangul syllables, an accent on an accent, and a sign that has another's place.
      {"\ud55c\uad6d", "\u1112\u1161\u11ab\u1100\u116e\u11a8", true},
      {"\u1ec7", "e\u0302\u0323", true},
      {"\u00c5ngstr\u00f6m", "\u212bngstro\u0308m", true},
      // A ligature, full width, and another case are other names.
      {"\ufb01le", "file", false},
      {"\uff21", "A", false},
      {"Caf\u00e9", "caf\u00e9", false},
      {"Caf\u00e9", "Cafe", false},
  };
  v1::ListOrganizationsResponse organizations;
  v1::ListAppsResponse apps;
  organizations.add_organizations()->set_id(kOrg);
  apps.add_apps()->set_id(kApp);
  for (const auto& c : cases) {
    SCOPED_TRACE(c.typed);
    organizations.mutable_organizations(0)->set_name(c.stored);
    apps.mutable_apps(0)->set_name(c.stored);
    server_.organizations.ListOrganizationsScript.Answers(organizations);
    server_.apps.ListAppsScript.Answers(apps);
    server_.apps.GetAppScript.Answers({});

    EXPECT_EQ(Run({"app", "get", c.typed, "--org", c.stored}).code, c.same ? 0 : 5);
    EXPECT_EQ(Run({"app", "get", c.stored, "--org", c.typed}).code, c.same ? 0 : 5);
  }
}

TEST_F(CliTest, IdsNeedNoLookup) {
  server_.apps.GetVersionScript.Answers({});

  EXPECT_EQ(Run({"version", "get", kApp, kVersion}).code, 0);

  EXPECT_EQ(server_.apps.ListAppsScript.requests().size(), 0u);
}

TEST_F(CliTest, OnlyOrganizationIsTheDefaultAndSlugsWork) {
  ServeNames();
  server_.apps.GetAppScript.Answers({});

  EXPECT_EQ(Run({"app", "get", "orders-app"}).code, 0);

  EXPECT_EQ(server_.apps.GetAppScript.request().app_id(), kApp);
}

TEST_F(CliTest, SeveralOrganizationsNeedOrg) {
  v1::ListOrganizationsResponse list;
  list.add_organizations()->set_id("1");
  list.add_organizations()->set_id("2");
  server_.organizations.ListOrganizationsScript.Answers(list);

  const Result result = Run({"app", "list"});

  EXPECT_EQ(result.code, 2);
  EXPECT_THAT(result.err, HasSubstr("--org"));
}

TEST_F(CliTest, NameOfTwoAppsIsRefused) {
  ServeNames();
  v1::ListAppsResponse apps;
  apps.add_apps()->set_id("1");
  apps.mutable_apps(0)->set_name("orders");
  apps.add_apps()->set_id("2");
  apps.mutable_apps(1)->set_slug("orders");
  server_.apps.ListAppsScript.Answers(apps);

  EXPECT_EQ(Run({"app", "get", "orders"}).code, 2);
}

TEST_F(CliTest, UnknownNameIsNotFound) {
  ServeNames();

  const Result result = Run({"app", "get", "Nothing"});

  EXPECT_EQ(result.code, 5);
  EXPECT_THAT(result.err, HasSubstr("\"Nothing\""));
  EXPECT_THAT(result.err, HasSubstr("gitsyncctl app list"));
}

TEST_F(CliTest, CodesBecomeExitCodes) {
  const std::vector<std::pair<grpc::StatusCode, int>> expected = {
      {grpc::StatusCode::INVALID_ARGUMENT, 1},
      {grpc::StatusCode::INTERNAL, 1},
      {grpc::StatusCode::DEADLINE_EXCEEDED, 3},
      {grpc::StatusCode::UNAUTHENTICATED, 4},
      {grpc::StatusCode::PERMISSION_DENIED, 4},
      {grpc::StatusCode::NOT_FOUND, 5},
      {grpc::StatusCode::ABORTED, 6},
      {grpc::StatusCode::ALREADY_EXISTS, 6},
      {grpc::StatusCode::FAILED_PRECONDITION, 6}};
  for (const auto& [code, exit] : expected) {
    server_.apps.GetAppScript.Fails({code, "no"});
    EXPECT_EQ(Run({"app", "get", kApp}).code, exit) << code;
  }
}

TEST_F(CliTest, UnreachableServerIsNamed) {
  const std::string gone = client::ScriptedServer().endpoint();

  const Result result = Run({"app", "get", kApp, "--server", gone});

  EXPECT_EQ(result.code, 3);
  EXPECT_THAT(result.err, HasSubstr("Can't reach " + gone));
  EXPECT_THAT(result.err, HasSubstr("GITSYNC_SERVER"));
}

void FailWithEverything(client::ScriptedServer& server) {
  server.apps.GetAppScript.Does(
      [](grpc::ServerContext& context, const v1::GetAppRequest&, v1::App&) {
        context.AddTrailingMetadata("x-request-id", "r-7");
        return ToGrpc({grpc::StatusCode::ABORTED,
                       "APP_CONFLICT",
                       "It was changed \x1b[31m.",
                       {{"files", "a.json\nb.json"}},
                       {{"app_id", "is odd"}}});
      });
}

TEST_F(CliTest, ErrorShowsReasonFieldsRequestIdAndNextStep) {
  FailWithEverything(server_);

  const Result result = Run({"app", "get", kApp});

  EXPECT_EQ(result.code, 6);
  EXPECT_EQ(result.out, "");
  EXPECT_EQ(
      result.err,
      "error: It was changed \\x1b[31m.\n"
      "  reason: APP_CONFLICT (ABORTED)\n"
      "  app_id: is odd\n"
      "  files: a.json\n"
      "  files: b.json\n"
      "  request id: r-7\n"
      "  next: `gitsyncctl push --force` takes yours; `pull --overwrite-local-changes` "
      "takes the repository's, and yours are lost.\n");
}

TEST_F(CliTest, RemotesRefusalIsNotTheCallers) {
  const auto code_of = [this](grpc::StatusCode code, const char* reason) {
    server_.apps.GetAppScript.Fails(ToGrpc({code, reason, "No.", {}, {}}));
    return Run({"app", "get", kApp}).code;
  };
  using grpc::StatusCode;

  EXPECT_EQ(code_of(StatusCode::UNAUTHENTICATED, "INVALID_CREDENTIALS"), 4);
  EXPECT_EQ(code_of(StatusCode::PERMISSION_DENIED, "ROLE_REQUIRED"), 4);
  EXPECT_EQ(code_of(StatusCode::UNAUTHENTICATED, "REMOTE_AUTH_FAILED"), 1);
  EXPECT_EQ(code_of(StatusCode::PERMISSION_DENIED, "REMOTE_READ_ONLY"), 1);
  EXPECT_EQ(code_of(StatusCode::NOT_FOUND, "REMOTE_REPOSITORY_NOT_FOUND"), 5);
}

TEST_F(CliTest, NextStepsSuitEveryKindOfCredentials) {
  for (const char* reason : {"GIT_NOT_CONFIGURED", "REMOTE_AUTH_FAILED",
                             "REMOTE_READ_ONLY", "REMOTE_REPOSITORY_NOT_FOUND"}) {
    server_.apps.GetAppScript.Fails(
        ToGrpc({grpc::StatusCode::FAILED_PRECONDITION, reason, "No.", {}, {}}));

    const std::string error = Run({"app", "get", kApp}).err;

    EXPECT_THAT(error, ContainsRegex("next: .*key")) << reason;
    EXPECT_THAT(error, ContainsRegex("next: .*token")) << reason;
    EXPECT_THAT(error, ContainsRegex("next: .*GitHub App")) << reason;
  }
}

TEST_F(CliTest, JsonErrorIsAnObject) {
  FailWithEverything(server_);

  const Result result = Run({"app", "get", kApp, "--output", "json"});

  EXPECT_EQ(result.code, 6);
  google::protobuf::Struct error;
  ASSERT_TRUE(google::protobuf::util::JsonStringToMessage(result.err, &error).ok())
      << result.err;
  const auto& fields = error.fields();
  EXPECT_EQ(fields.at("code").string_value(), "ABORTED");
  EXPECT_EQ(fields.at("reason").string_value(), "APP_CONFLICT");
  EXPECT_EQ(fields.at("requestId").string_value(), "r-7");
  EXPECT_EQ(fields.at("metadata").struct_value().fields().at("files").string_value(),
            "a.json\nb.json");
  EXPECT_EQ(fields.at("fieldViolations").list_value().values_size(), 1);
  EXPECT_NE(fields.at("nextStep").string_value(), "");
}

TEST_F(CliTest, InterruptCancelsTheCall) {
  server_.apps.GetAppScript.Does(
      [this](grpc::ServerContext&, const v1::GetAppRequest&, v1::App&) {
        stop_.request_stop();
        return grpc::Status(grpc::StatusCode::CANCELLED, "");
      });

  const Result result = Run({"app", "get", kApp});

  EXPECT_EQ(result.code, 130);
  EXPECT_EQ(result.err, "Cancelled.\n");
}

TEST_F(CliTest, TableIsAlignedAndFreeOfControlCharacters) {
  v1::ListOrganizationsResponse list;
  list.add_organizations()->set_id("1");
  list.mutable_organizations(0)->set_name("Größe\x1b[2J");
  list.mutable_organizations(0)->add_environments("production");
  list.add_organizations()->set_id("22");
  list.mutable_organizations(1)->set_name("B");
  list.mutable_organizations(1)->add_environments("production");
  server_.organizations.ListOrganizationsScript.Answers(list);

  EXPECT_EQ(Run({"org", "list"}).out,
            "ID  NAME          ENVIRONMENTS\n"
            "1   Größe\\x1b[2J  production\n"
            "22  B             production\n");
  EXPECT_EQ(Run({"org", "list", "--quiet"}).out,
            "1   Größe\\x1b[2J  production\n"
            "22  B             production\n");
}

TEST_F(CliTest, ColourIsForTerminalsWithoutNoColor) {
  server_.organizations.ListOrganizationsScript.Answers({});

  EXPECT_THAT(Run({"org", "list"}).out, Not(HasSubstr("\x1b")));
  terminal_ = true;
  EXPECT_THAT(Run({"org", "list"}).out, HasSubstr("\x1b[1mID\x1b[0m"));
  variables_["NO_COLOR"] = "1";
  EXPECT_THAT(Run({"org", "list"}).out, Not(HasSubstr("\x1b")));
}

TEST_F(CliTest, AnswerThatHasNoJsonFormFails) {
  ServeNames();
  const int64_t beyond[] = {253402300800, -62135596801, INT64_MAX, INT64_MIN};
  for (const int64_t seconds : beyond) {
    v1::ListGitAppsResponse list;
    list.add_apps()->mutable_last_commit()->mutable_author_time()->set_seconds(seconds);
    server_.git_sync.ListGitAppsScript.Answers(list);

    const Result result = Run({"apps", "--in-git", "--output", "json"});

    EXPECT_EQ(result.code, 1) << seconds;
    EXPECT_EQ(result.out, "");
    EXPECT_THAT(result.err, HasSubstr("can't be printed as JSON"));
  }
}

TEST_F(CliTest, ResultThatCanNotBeWrittenFails) {
  ServeNames();
  for (const char* format : {"table", "json"}) {
    std::ofstream full("/dev/full");
    std::istringstream in;
    std::ostringstream err;
    Environment environment{.in = in, .out = full, .err = err};
    environment.variables.emplace("GITSYNC_SERVER", server_.endpoint());
    environment.working_directory = folder_;
    environment.stop = stop_.get_token();

    EXPECT_EQ(cli::Run({"org", "list", "--output", format}, environment), 1) << format;
    EXPECT_THAT(err.str(), HasSubstr("could not be written")) << format;
  }
}

TEST_F(CliTest, JsonHasAllPagesAndDefaultValues) {
  server_.organizations.ListOrganizationsScript.Does(
      [](grpc::ServerContext&, const v1::ListOrganizationsRequest& request,
         v1::ListOrganizationsResponse& response) {
        const bool first = request.page_token().empty();
        response.add_organizations()->set_name(first ? "one" : "two\x1b\xc2\x9b");
        if (first) response.set_next_page_token("next");
        return grpc::Status::OK;
      });

  const Result result = Run({"org", "list", "--output", "json"});

  v1::ListOrganizationsResponse list;
  ASSERT_TRUE(google::protobuf::util::JsonStringToMessage(result.out, &list).ok());
  ASSERT_EQ(list.organizations_size(), 2);
  EXPECT_EQ(list.organizations(1).name(), "two\x1b\xc2\x9b");
  EXPECT_THAT(result.out, HasSubstr("\"etag\": \"\""));
  EXPECT_THAT(result.out, Not(HasSubstr("\x1b")));
  EXPECT_THAT(result.out, Not(HasSubstr("\xc2\x9b")));
}

}  // namespace
}  // namespace gitsync::cli
