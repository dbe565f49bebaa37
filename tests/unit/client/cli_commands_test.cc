// Each command: the request that arrives, and what is printed.

#include <gmock/gmock.h>

#include "tests/unit/client/cli_fixture.h"

namespace gitsync::cli {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

using CliCommandsTest = CliTest;

TEST_F(CliCommandsTest, OrgCreateSendsNameAndEnvironments) {
  v1::Organization organization;
  organization.set_id(kOrg);
  server_.organizations.CreateOrganizationScript.Answers(organization);

  const Result result =
      Run({"org", "create", "--environments", "dev,prod", "Acme", "--id", kOrg});

  EXPECT_EQ(result.code, 0) << result.err;
  const auto request = server_.organizations.CreateOrganizationScript.request();
  EXPECT_EQ(request.name(), "Acme");
  EXPECT_EQ(request.organization_id(), kOrg);
  EXPECT_THAT(request.environments(), ElementsAre("dev", "prod"));
  EXPECT_NE(request.request_id(), "");
  EXPECT_THAT(result.out, HasSubstr(kOrg));
}

TEST_F(CliCommandsTest, OrgUpdateSendsOnlyWhatIsGiven) {
  server_.organizations.UpdateOrganizationScript.Answers({});

  EXPECT_EQ(Run({"org", "update", kOrg, "--environments", "a,b", "--etag", "7"}).code,
            0);

  const auto request = server_.organizations.UpdateOrganizationScript.request();
  EXPECT_FALSE(request.has_name());
  EXPECT_EQ(request.environments_size(), 2);
  EXPECT_EQ(request.etag(), "7");
}

TEST_F(CliCommandsTest, OrgDeleteWithYesAsksNothing) {
  server_.organizations.DeleteOrganizationScript.Answers({});

  EXPECT_EQ(Run({"org", "delete", kOrg, "--yes"}).code, 0);

  EXPECT_EQ(server_.organizations.DeleteOrganizationScript.request().organization_id(),
            kOrg);
}

TEST_F(CliCommandsTest, TokenCreatePrintsTheSecretAlone) {
  v1::CreateAccessTokenResponse response;
  response.set_secret("gs_secret");
  server_.tokens.CreateAccessTokenScript.Answers(response);

  const Result result = Run({"token", "create", "ci", "--role", "editor", "--org", kOrg,
                             "--expires-in", "1h"});

  EXPECT_EQ(result.out, "gs_secret\n");
  const auto request = server_.tokens.CreateAccessTokenScript.request();
  EXPECT_EQ(request.role(), v1::ROLE_EDITOR);
  EXPECT_EQ(request.organization_id(), kOrg);
  EXPECT_TRUE(request.has_expire_time());
}

TEST_F(CliCommandsTest, AdminTokenTakesNoOrganization) {
  server_.tokens.CreateAccessTokenScript.Answers({});

  EXPECT_EQ(Run({"token", "create", "root", "--role", "admin"}).code, 0);

  EXPECT_EQ(server_.tokens.CreateAccessTokenScript.request().organization_id(), "");
}

TEST_F(CliCommandsTest, TokenListAndRevoke) {
  v1::ListAccessTokensResponse list;
  list.add_access_tokens()->set_name("ci");
  list.mutable_access_tokens(0)->set_role(v1::ROLE_ORG_ADMIN);
  server_.tokens.ListAccessTokensScript.Answers(list);
  server_.tokens.RevokeAccessTokenScript.Answers({});

  EXPECT_THAT(Run({"token", "list"}).out,
              AllOf(HasSubstr("ci"), HasSubstr("org_admin")));
  EXPECT_EQ(Run({"token", "revoke", "id-1"}).code, 0);
  EXPECT_EQ(server_.tokens.RevokeAccessTokenScript.request().access_token_id(), "id-1");
}

TEST_F(CliCommandsTest, AppCreateReadsTheDefinitionFromStandardInput) {
  v1::App app;
  app.set_id(kApp);
  server_.apps.CreateAppScript.Answers(app);

  const Result result =
      Run({"app", "create", "Orders", "--org", kOrg, "--file", "-"}, "{\"a\": 1e400}");

  EXPECT_EQ(result.code, 0) << result.err;
  const auto request = server_.apps.CreateAppScript.request();
  EXPECT_EQ(request.name(), "Orders");
  EXPECT_EQ(request.definition(), "{\"a\": 1e400}");
  EXPECT_THAT(result.out, HasSubstr(kApp));
}

TEST_F(CliCommandsTest, AppUpdateTellsFalseFromNotGiven) {
  server_.apps.UpdateAppScript.Answers({});

  Run({"app", "update", kApp, "--editable", "false"});
  Run({"app", "update", kApp, "--name", "New"});

  const auto requests = server_.apps.UpdateAppScript.requests();
  ASSERT_EQ(requests.size(), 2u);
  EXPECT_TRUE(requests[0].has_editable());
  EXPECT_FALSE(requests[0].editable());
  EXPECT_FALSE(requests[0].has_name());
  EXPECT_FALSE(requests[1].has_editable());
  EXPECT_EQ(requests[1].name(), "New");
}

TEST_F(CliCommandsTest, AppReleaseShowsWhatIsLive) {
  v1::Release release;
  release.mutable_version()->set_name("v7");
  release.mutable_version()->set_definition("{}");
  server_.apps.GetReleaseScript.Answers(release);

  EXPECT_THAT(Run({"app", "release", kApp, "production"}).out, HasSubstr("v7"));
  EXPECT_EQ(Run({"app", "release", kApp, "production", "--definition"}).out, "{}");
}

TEST_F(CliCommandsTest, VersionGetDefinitionIsByteForByte) {
  const std::string definition = "{\"n\": -0,\n\t\"x\": \"\x7f\"}";
  v1::Version version;
  version.set_definition(definition);
  server_.apps.GetVersionScript.Answers(version);

  EXPECT_EQ(Run({"version", "get", kApp, kVersion, "--definition"}).out, definition);
  terminal_ = true;
  EXPECT_EQ(Run({"version", "get", kApp, kVersion, "--definition"}).out,
            "{\"n\": -0,\n\t\"x\": \"\\x7f\"}\n");
}

TEST_F(CliCommandsTest, VersionCreateReadsAFile) {
  server_.apps.CreateVersionScript.Answers({});
  const std::string path = WriteFile("definition.json", "{\"pages\":[]}");

  EXPECT_EQ(Run({"version", "create", kApp, "v2", "--file", path}).code, 0);

  const auto request = server_.apps.CreateVersionScript.request();
  EXPECT_EQ(request.name(), "v2");
  EXPECT_EQ(request.definition(), "{\"pages\":[]}");
}

TEST_F(CliCommandsTest, FileThatCannotBeReadIsWrongUsage) {
  EXPECT_EQ(Run({"version", "create", kApp, "v2", "--file", folder_ + "/no"}).code, 2);
  EXPECT_EQ(Run({"version", "create", kApp, "v2", "--file", folder_}).code, 2);
  EXPECT_EQ(Run({"version", "create", kApp, "v2", "--file", "-"}, "\xff").code, 2);
}

TEST_F(CliCommandsTest, VersionUpdateAndDeleteSendTheEtag) {
  server_.apps.UpdateVersionScript.Answers({});
  server_.apps.DeleteVersionScript.Answers({});

  Run({"version", "update", kApp, kVersion, "--file", "-", "--etag", "3"}, "{}");
  Run({"version", "delete", kApp, kVersion, "--etag", "4", "--yes"});

  EXPECT_EQ(server_.apps.UpdateVersionScript.request().definition(), "{}");
  EXPECT_FALSE(server_.apps.UpdateVersionScript.request().has_name());
  EXPECT_EQ(server_.apps.UpdateVersionScript.request().etag(), "3");
  EXPECT_EQ(server_.apps.DeleteVersionScript.request().etag(), "4");
}

TEST_F(CliCommandsTest, GitConfigSshPrintsThePublicKeyAlone) {
  v1::GitConfig config;
  config.set_organization_id(kOrg);
  config.mutable_ssh()->set_public_key("ssh-ed25519 AAAA gitsync:Acme");
  server_.git_configs.ConfigureSshScript.Answers(config);

  const Result result = Run({"git", "config", "ssh", "git@host:a.git", "--org", kOrg,
                             "--branch", "main", "--key-type", "rsa"});

  EXPECT_EQ(result.out, "ssh-ed25519 AAAA gitsync:Acme\n");
  EXPECT_THAT(result.err,
              HasSubstr(std::string("gitsyncctl git finalize --org ") + kOrg));
  const auto request = server_.git_configs.ConfigureSshScript.request();
  EXPECT_EQ(request.git_url(), "git@host:a.git");
  EXPECT_EQ(request.branch_name(), "main");
  EXPECT_EQ(request.key_type(), v1::SSH_KEY_TYPE_RSA);
}

TEST_F(CliCommandsTest, GitConfigNewKeyPrintsThePublicKeyAlone) {
  v1::GitConfig config;
  config.mutable_ssh()->set_public_key("ssh-rsa BBBB");
  server_.git_configs.GenerateSshKeyScript.Answers(config);

  EXPECT_EQ(Run({"git", "config", "new-key", "--org", kOrg, "--yes"}).out,
            "ssh-rsa BBBB\n");
}

TEST_F(CliCommandsTest, GitConfigHttpsTokenReadsTheTokenFromAFile) {
  server_.git_configs.ConfigureHttpsTokenScript.Answers({});
  const std::string path = WriteFile("git.token", "glpat-1\n");

  const Result result = Run({"git", "config", "https-token", "https://host/a.git",
                             "--org", kOrg, "--git-token-file", path});

  EXPECT_EQ(result.code, 0) << result.err;
  EXPECT_EQ(server_.git_configs.ConfigureHttpsTokenScript.request().token(), "glpat-1");
}

TEST_F(CliCommandsTest, GitConfigGitHubAppReadsTheKeyFromStandardInput) {
  server_.git_configs.ConfigureGitHubAppScript.Answers({});

  const Result result = Run({"git", "config", "github-app", "https://github.com/a/b",
                             "--org", kOrg, "--branch", "main", "--app-id", "12",
                             "--installation-id", "34", "--private-key-file", "-"},
                            "PEM");

  EXPECT_EQ(result.code, 0) << result.err;
  const auto request = server_.git_configs.ConfigureGitHubAppScript.request();
  EXPECT_EQ(request.github_app_id(), "12");
  EXPECT_EQ(request.github_app_installation_id(), "34");
  EXPECT_EQ(request.github_app_private_key(), "PEM");
}

TEST_F(CliCommandsTest, GitConfigShowUpdateDelete) {
  v1::GitConfig config;
  config.set_git_url("git@host:a.git");
  config.set_state(v1::GIT_CONFIG_STATE_READY);
  server_.git_configs.GetGitConfigScript.Answers(config);
  server_.git_configs.UpdateGitConfigScript.Answers(config);
  server_.git_configs.DeleteGitConfigScript.Answers({});

  EXPECT_THAT(Run({"git", "config", "show", "--org", kOrg}).out,
              AllOf(HasSubstr("git@host:a.git"), HasSubstr("ready")));
  EXPECT_EQ(
      Run({"git", "config", "update", "--org", kOrg, "--branch", "dev", "--yes"}).code,
      0);
  const auto request = server_.git_configs.UpdateGitConfigScript.request();
  EXPECT_EQ(request.branch_name(), "dev");
  EXPECT_FALSE(request.has_git_url());
  EXPECT_FALSE(request.has_token());
  EXPECT_EQ(Run({"git", "config", "delete", "--org", kOrg, "--yes"}).code, 0);
}

TEST_F(CliCommandsTest, GitFinalizeShowsThePinnedKey) {
  v1::FinalizeGitConfigResponse response;
  response.set_host_key_fingerprint("SHA256:abc");
  server_.git_configs.FinalizeGitConfigScript.Answers(response);

  const Result result =
      Run({"git", "finalize", "--org", kOrg, "--expected-host-key", "SHA256:abc"});

  EXPECT_THAT(result.out, HasSubstr("SHA256:abc"));
  EXPECT_THAT(result.err, HasSubstr("may only read"));
  EXPECT_EQ(server_.git_configs.FinalizeGitConfigScript.request()
                .expected_host_key_fingerprint(),
            "SHA256:abc");
}

TEST_F(CliCommandsTest, GitTestThatFailsIsOneAndShowsTheFix) {
  v1::TestGitConnectionResponse response;
  auto* step = response.add_steps();
  step->set_name("authenticate");
  step->set_outcome(v1::ConnectionStep::OUTCOME_FAILED);
  step->set_fix("Add the key.");
  server_.git_configs.TestGitConnectionScript.Answers(response);

  const Result result = Run({"git", "test", "--org", kOrg});

  EXPECT_EQ(result.code, 1);
  EXPECT_THAT(result.out, AllOf(HasSubstr("failed"), HasSubstr("Add the key.")));
}

TEST_F(CliCommandsTest, PushSendsAuthorAndShowsCommitAndFiles) {
  ServeNames();
  v1::PushAppVersionResponse response;
  response.mutable_operation()->set_commit_id(kCommit);
  response.set_branch("main");
  response.set_changed(true);
  response.add_merged_files("apps/orders/a.json");
  response.add_overwritten_files("apps/orders/b.json");
  server_.git_sync.PushAppVersionScript.Answers(response);

  const Result result =
      Run({"push", "Orders", "v1", "-m", "First", "--author",
           "Ada L. <ada@example.com>", "--force", "--branch", "main"});

  EXPECT_EQ(result.out, std::string("Pushed ") + kCommit +
                            " to main.\n  merged: apps/orders/a.json\n"
                            "  overwritten: apps/orders/b.json\n");
  const auto request = server_.git_sync.PushAppVersionScript.request();
  EXPECT_EQ(request.app_id(), kApp);
  EXPECT_EQ(request.version_id(), kVersion);
  EXPECT_EQ(request.commit_message(), "First");
  EXPECT_EQ(request.author().name(), "Ada L.");
  EXPECT_EQ(request.author().email(), "ada@example.com");
  EXPECT_TRUE(request.force());
  EXPECT_EQ(request.branch(), "main");
}

TEST_F(CliCommandsTest, PushOfNothingNewSaysSo) {
  server_.git_sync.PushAppVersionScript.Answers({});

  EXPECT_THAT(Run({"push", kApp, kVersion, "-m", "x"}).out,
              HasSubstr("Nothing to push"));
  EXPECT_FALSE(server_.git_sync.PushAppVersionScript.request().has_author());
}

TEST_F(CliCommandsTest, PushRefusesAnAuthorWithoutMail) {
  for (const char* author : {"Ada", "<a@b.c>", "Ada <>", "Ada <a@b.c> x", "Ada >a<"}) {
    EXPECT_EQ(Run({"push", kApp, kVersion, "-m", "x", "--author", author}).code, 2)
        << author;
  }
}

TEST_F(CliCommandsTest, PullSaysWhetherAnythingChanged) {
  v1::PullAppResponse response;
  response.set_commit_id(kCommit);
  server_.git_sync.PullAppScript.Answers(response);
  EXPECT_THAT(Run({"pull", kApp}).out, HasSubstr("Up to date"));

  response.set_changed(true);
  server_.git_sync.PullAppScript.Answers(response);
  EXPECT_THAT(Run({"pull", kApp, "--overwrite-local-changes"}).out,
              HasSubstr(std::string("Pulled ") + kCommit));

  const auto requests = server_.git_sync.PullAppScript.requests();
  EXPECT_FALSE(requests[0].overwrite_local_changes());
  EXPECT_TRUE(requests[1].overwrite_local_changes());
}

TEST_F(CliCommandsTest, PromoteNamesTheEnvironment) {
  v1::PromoteAppResponse response;
  response.set_environment("staging");
  response.set_changed(true);
  server_.git_sync.PromoteAppScript.Answers(response);

  EXPECT_THAT(Run({"promote", kApp, "--to", "staging"}).out, HasSubstr("to staging"));
  EXPECT_EQ(server_.git_sync.PromoteAppScript.request().target_environment(),
            "staging");
}

TEST_F(CliCommandsTest, AppsInGitShowsBrokenOnes) {
  v1::ListGitAppsResponse response;
  response.add_apps()->set_git_app_id("g1");
  response.mutable_apps(0)->mutable_last_commit()->set_message("Subject\n\nBody");
  response.add_apps()->set_error("app.json is not JSON");
  server_.git_sync.ListGitAppsScript.Answers(response);

  const Result result = Run({"apps", "--in-git", "--org", kOrg, "--ref", "main"});

  EXPECT_THAT(result.out, AllOf(HasSubstr("g1"), HasSubstr("Subject\n"),
                                HasSubstr("broken: app.json is not JSON")));
  EXPECT_EQ(server_.git_sync.ListGitAppsScript.request().ref(), "main");
}

TEST_F(CliCommandsTest, AppsListsTheOrganizations) {
  ServeNames();

  EXPECT_THAT(Run({"apps"}).out, HasSubstr("Orders"));
  EXPECT_EQ(Run({"apps", "--ref", "main"}).code, 2);
}

TEST_F(CliCommandsTest, UpdatesListsCommits) {
  v1::CheckForUpdatesResponse response;
  response.set_synced_commit_id(kCommit);
  server_.git_sync.CheckForUpdatesScript.Answers(response);
  EXPECT_THAT(Run({"updates", kApp}).out, HasSubstr("Up to date"));

  response.set_update_available(true);
  response.set_diverged(true);
  response.add_commits()->set_message("Change\x1b[0m");
  response.mutable_commits(0)->mutable_author()->set_name("Ada");
  server_.git_sync.CheckForUpdatesScript.Answers(response);
  const Result result = Run({"updates", kApp});
  EXPECT_THAT(result.out, AllOf(HasSubstr("Ada"), HasSubstr("Change\\x1b[0m")));
  EXPECT_THAT(result.err, HasSubstr("rewritten"));
}

TEST_F(CliCommandsTest, UpdatesHasAllPages) {
  server_.git_sync.CheckForUpdatesScript.Does(
      [](grpc::ServerContext&, const v1::CheckForUpdatesRequest& request,
         v1::CheckForUpdatesResponse& response) {
        const bool first = request.page_token().empty();
        response.set_update_available(true);
        response.add_commits()->set_message(first ? "Newer" : "Older");
        if (first) response.set_next_page_token("second");
        return grpc::Status::OK;
      });

  EXPECT_THAT(Run({"updates", kApp}).out,
              AllOf(HasSubstr("Newer"), HasSubstr("Older")));

  const auto requests = server_.git_sync.CheckForUpdatesScript.requests();
  ASSERT_EQ(requests.size(), 2u);
  EXPECT_EQ(requests[1].page_token(), "second");
  EXPECT_EQ(requests[1].app_id(), kApp);
}

TEST_F(CliCommandsTest, OperationsListsTheOrganizations) {
  v1::ListOperationsResponse response;
  response.add_operations()->set_type(v1::OPERATION_TYPE_PUSH);
  response.mutable_operations(0)->set_state(v1::OPERATION_STATE_SUCCEEDED);
  server_.operations.ListOperationsScript.Answers(response);

  EXPECT_THAT(Run({"operations", "--org", kOrg}).out,
              AllOf(HasSubstr("push"), HasSubstr("succeeded")));
  EXPECT_EQ(Run({"operations", "list", "--app", kApp}).code, 0);

  const auto requests = server_.operations.ListOperationsScript.requests();
  ASSERT_EQ(requests.size(), 2u);
  EXPECT_EQ(requests[0].organization_id(), kOrg);
  EXPECT_EQ(requests[1].app_id(), kApp);
}

TEST_F(CliCommandsTest, OperationsGetAndCancel) {
  v1::Operation operation;
  operation.set_id(kOperation);
  server_.operations.GetOperationScript.Answers(operation);
  server_.operations.CancelOperationScript.Answers(operation);

  EXPECT_THAT(Run({"operations", "get", kOperation}).out, HasSubstr(kOperation));
  EXPECT_EQ(Run({"operations", "cancel", kOperation}).code, 0);
  EXPECT_EQ(server_.operations.CancelOperationScript.request().operation_id(),
            kOperation);
}

TEST_F(CliCommandsTest, OperationsWatchEndsAsTheOperationDid) {
  server_.operations.WatchOperationScript.Does(
      [](grpc::ServerContext&, const v1::WatchOperationRequest&,
         grpc::ServerWriter<v1::WatchOperationResponse>& writer) {
        v1::WatchOperationResponse response;
        auto* operation = response.mutable_operation();
        operation->set_type(v1::OPERATION_TYPE_PUSH);
        operation->set_state(v1::OPERATION_STATE_RUNNING);
        operation->set_phase(v1::OPERATION_PHASE_PUSHING);
        writer.Write(response);
        operation->set_state(v1::OPERATION_STATE_FAILED);
        operation->set_phase(v1::OPERATION_PHASE_DONE);
        operation->set_error_code(grpc::StatusCode::ABORTED);
        operation->set_error_reason("APP_CONFLICT");
        operation->set_error_message("It was changed.");
        writer.Write(response);
        return grpc::Status::OK;
      });

  const Result result = Run({"operations", "watch", kOperation});

  EXPECT_EQ(result.code, 6);
  EXPECT_THAT(result.out, HasSubstr("push: pushing\npush: done\n"));
  EXPECT_THAT(result.err, HasSubstr("APP_CONFLICT"));
}

TEST_F(CliCommandsTest, ConfigShowSaysThatTheRemoteIsLeftAlone) {
  v1::GitConfig config;
  config.mutable_remote_pause()->set_failures(7);
  config.mutable_remote_pause()->set_reason("No route to host.");
  config.mutable_remote_pause()->mutable_next_try_time()->set_seconds(1'700'000'000);
  server_.git_configs.GetGitConfigScript.Answers(config);

  EXPECT_THAT(Run({"git", "config", "show", "--org", kOrg}).out,
              HasSubstr("until 2023-11-14 22:13:20Z, after 7 failures in a row: No "
                        "route to host."));
}

}  // namespace
}  // namespace gitsync::cli
