// Commands that destroy something: they ask on a terminal, and need --yes elsewhere.

#include <gmock/gmock.h>

#include <functional>
#include <ostream>

#include "tests/unit/client/cli_fixture.h"

namespace gitsync::cli {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

constexpr char kToken[] = "55555555-5555-4555-8555-555555555555";
constexpr char kOtherToken[] = "66666666-6666-4666-8666-666666666666";

v1::AccessToken Token(const std::string& id, v1::Role role) {
  v1::AccessToken token;
  token.set_id(id);
  token.set_role(role);
  if (role != v1::ROLE_ADMIN) token.set_organization_id(kOrg);
  return token;
}

// One organization with two apps, of which one is synced, three versions, one release
// and one token; with a finalized configuration.
class CliConfirmTest : public CliTest {
 protected:
  CliConfirmTest() {
    v1::ListAppsResponse apps;
    apps.add_apps()->set_id(kApp);
    apps.mutable_apps(0)->add_releases()->set_environment("production");
    apps.mutable_apps(0)->mutable_git_state()->set_folder("apps/orders");
    apps.add_apps()->set_id(kOperation);
    server_.apps.ListAppsScript.Answers(apps);
    server_.apps.GetAppScript.Answers(apps.apps(0));
    server_.apps.ListVersionsScript.Does([](grpc::ServerContext&,
                                            const v1::ListVersionsRequest& request,
                                            v1::ListVersionsResponse& response) {
      response.add_versions();
      if (request.app_id() == kApp) response.add_versions();
      return grpc::Status::OK;
    });
    SetTokens({Token(kToken, v1::ROLE_EDITOR)});
    config_.set_organization_id(kOrg);
    config_.set_git_url("git@host:a.git");
    config_.set_branch_name("main");
    config_.set_etag("now");
    config_.set_state(v1::GIT_CONFIG_STATE_READY);
    config_.mutable_ssh()->set_public_key("ssh-ed25519 AAAA");
    server_.git_configs.GetGitConfigScript.Answers(config_);
    server_.organizations.DeleteOrganizationScript.Answers({});
    server_.apps.DeleteAppScript.Answers({});
    server_.apps.DeleteVersionScript.Answers({});
    server_.tokens.RevokeAccessTokenScript.Answers({});
    server_.git_configs.DeleteGitConfigScript.Answers({});
    server_.git_configs.UpdateGitConfigScript.Answers(config_);
    server_.git_configs.GenerateSshKeyScript.Answers(config_);
    // As the server does it, for a configuration that differs.
    server_.git_configs.ConfigureSshScript.Does(
        [this](grpc::ServerContext&, const v1::ConfigureSshRequest& request,
               v1::GitConfig& response) -> grpc::Status {
          if (!request.replace() && request.etag() != "now") {
            return client::ToGrpc({grpc::StatusCode::ABORTED,
                                   "GIT_CONFIG_EXISTS",
                                   "It exists.",
                                   {{"etag", "now"}},
                                   {}});
          }
          ++replaced_;
          response = config_;
          return grpc::Status::OK;
        });
  }

  void SetTokens(const std::vector<v1::AccessToken>& tokens) {
    v1::ListAccessTokensResponse list;
    for (const v1::AccessToken& token : tokens) *list.add_access_tokens() = token;
    server_.tokens.ListAccessTokensScript.Answers(list);
  }

  size_t Changes() const {
    return server_.organizations.DeleteOrganizationScript.requests().size() +
           server_.apps.DeleteAppScript.requests().size() +
           server_.apps.DeleteVersionScript.requests().size() +
           server_.tokens.RevokeAccessTokenScript.requests().size() +
           server_.git_configs.DeleteGitConfigScript.requests().size() +
           server_.git_configs.UpdateGitConfigScript.requests().size() +
           server_.git_configs.GenerateSshKeyScript.requests().size() + replaced_;
  }

  v1::GitConfig config_;
  std::atomic<size_t> replaced_ = 0;
};

struct Destructive {
  std::string name;
  std::vector<std::string> command;
  // What the question says.
  std::string says;
};
std::ostream& operator<<(std::ostream& out, const Destructive& row) {
  return out << row.name;
}

class DestructiveCommandTest : public CliConfirmTest,
                               public ::testing::WithParamInterface<Destructive> {};

TEST_P(DestructiveCommandTest, AsksOnATerminalAndGoesOn) {
  terminal_ = true;

  const Result result = Run(GetParam().command, "y\n");

  EXPECT_EQ(result.code, 0) << result.err;
  EXPECT_THAT(result.err, AllOf(HasSubstr(GetParam().says), HasSubstr("Go on? [y/N]")));
  EXPECT_EQ(Changes(), 1u);
}

TEST_P(DestructiveCommandTest, AnyOtherAnswerChangesNothing) {
  terminal_ = true;
  for (const std::string answer : {"n\n", "\n", "", "yes, please\n", "yy\n"}) {
    const Result result = Run(GetParam().command, answer);

    EXPECT_EQ(result.code, 1) << answer;
    EXPECT_THAT(result.err, HasSubstr("Nothing was changed."));
  }
  EXPECT_EQ(Changes(), 0u);
}

TEST_P(DestructiveCommandTest, WithoutATerminalItNeedsYes) {
  const Result refused = Run(GetParam().command, "y\n");
  EXPECT_NE(refused.code, 0);
  EXPECT_THAT(refused.err, AllOf(Not(HasSubstr("Go on?")), HasSubstr("--")));
  EXPECT_EQ(Changes(), 0u);

  std::vector<std::string> command = GetParam().command;
  command.push_back("--yes");
  const Result done = Run(command);
  EXPECT_EQ(done.code, 0) << done.err;
  EXPECT_EQ(Changes(), 1u);
}

INSTANTIATE_TEST_SUITE_P(
    Commands, DestructiveCommandTest,
    ::testing::Values(
        Destructive{"OrgDelete",
                    {"org", "delete", kOrg},
                    "2 apps with 3 versions and 1 release, and 1 access token"},
        Destructive{"AppDelete", {"app", "delete", kApp}, "2 versions and 1 release"},
        Destructive{"VersionDelete",
                    {"version", "delete", kApp, kVersion},
                    "with changes to it that were never pushed"},
        Destructive{"LastToken",
                    {"token", "revoke", kToken},
                    "the last token of the organization"},
        Destructive{"GitConfigReplacement",
                    {"git", "config", "ssh", "git@host:b.git", "--org", kOrg},
                    "git@host:a.git, branch main, with 1 synced app"},
        Destructive{"GitConfigUpdate",
                    {"git", "config", "update", "--org", kOrg, "--branch", "next"},
                    "with 1 synced app"},
        Destructive{"GitConfigDelete",
                    {"git", "config", "delete", "--org", kOrg},
                    "with 1 synced app"},
        Destructive{"GitConfigNewKey",
                    {"git", "config", "new-key", "--org", kOrg},
                    "The key in use stops working at once"}),
    [](const auto& row) { return row.param.name; });

struct Revocation {
  std::string name;
  std::vector<v1::AccessToken> tokens;
  // Part of the question; empty: none is asked.
  std::string says;
};
std::ostream& operator<<(std::ostream& out, const Revocation& row) {
  return out << row.name;
}

v1::AccessToken Current(v1::AccessToken token) {
  token.set_current(true);
  return token;
}
v1::AccessToken Revoked(v1::AccessToken token) {
  token.mutable_revoke_time()->set_seconds(1);
  return token;
}
v1::AccessToken Expired(v1::AccessToken token) {
  token.mutable_expire_time()->set_seconds(1);
  return token;
}

class TokenRevocationTest : public CliConfirmTest,
                            public ::testing::WithParamInterface<Revocation> {};

TEST_P(TokenRevocationTest, AsksIfSomebodyLosesTheWayIn) {
  SetTokens(GetParam().tokens);

  const Result result = Run({"token", "revoke", kToken});

  if (GetParam().says.empty()) {
    EXPECT_EQ(result.code, 0) << result.err;
  } else {
    EXPECT_EQ(result.code, 2);
    EXPECT_THAT(result.err, HasSubstr(GetParam().says));
  }
}

INSTANTIATE_TEST_SUITE_P(
    Tokens, TokenRevocationTest,
    ::testing::Values(
        Revocation{"Own",
                   {Current(Token(kToken, v1::ROLE_ADMIN)),
                    Token(kOtherToken, v1::ROLE_ADMIN)},
                   "the token that you use now"},
        Revocation{
            "OneOfTwo",
            {Token(kToken, v1::ROLE_EDITOR), Token(kOtherToken, v1::ROLE_VIEWER)},
            ""},
        Revocation{
            "LastOrgAdmin",
            {Token(kToken, v1::ROLE_ORG_ADMIN), Token(kOtherToken, v1::ROLE_EDITOR)},
            "the last token of role org_admin"},
        Revocation{"OtherIsRevoked",
                   {Token(kToken, v1::ROLE_EDITOR),
                    Revoked(Token(kOtherToken, v1::ROLE_EDITOR))},
                   "the last token of the organization"},
        Revocation{"OtherHasExpired",
                   {Token(kToken, v1::ROLE_EDITOR),
                    Expired(Token(kOtherToken, v1::ROLE_EDITOR))},
                   "the last token of the organization"},
        Revocation{"RevokedAlready", {Revoked(Token(kToken, v1::ROLE_EDITOR))}, ""},
        // The server refuses the last one by itself.
        Revocation{"Administrator", {Token(kToken, v1::ROLE_ADMIN)}, ""}),
    [](const auto& row) { return row.param.name; });

TEST_F(CliConfirmTest, ReplacementThatWasShownIsTheOneThatIsMade) {
  terminal_ = true;

  Run({"git", "config", "ssh", "git@host:b.git", "--org", kOrg}, "yes\n");

  const auto requests = server_.git_configs.ConfigureSshScript.requests();
  ASSERT_EQ(requests.size(), 2u);
  EXPECT_EQ(requests[1].etag(), "now");
  EXPECT_FALSE(requests[1].replace());
  EXPECT_NE(requests[0].request_id(), requests[1].request_id());
}

TEST_F(CliConfirmTest, ReplacementWithoutATerminalSaysTheFlags) {
  const Result result = Run({"git", "config", "ssh", "git@host:b.git", "--org", kOrg});

  EXPECT_EQ(result.code, 6);
  EXPECT_THAT(result.err, AllOf(HasSubstr("GIT_CONFIG_EXISTS"), HasSubstr("etag: now"),
                                HasSubstr("--etag or --replace")));
  EXPECT_EQ(
      Run({"git", "config", "ssh", "git@host:b.git", "--org", kOrg, "--etag", "now"})
          .code,
      0);
}

TEST_F(CliConfirmTest, WhatIsNotFinalizedIsChangedWithoutAQuestion) {
  config_.set_state(v1::GIT_CONFIG_STATE_PENDING);
  server_.git_configs.GetGitConfigScript.Answers(config_);

  EXPECT_EQ(Run({"git", "config", "delete", "--org", kOrg}).code, 0);
  EXPECT_EQ(Run({"git", "config", "new-key", "--org", kOrg}).code, 0);
}

TEST_F(CliConfirmTest, ReadyConfigurationIsToldToBeUnchanged) {
  server_.git_configs.ConfigureSshScript.Answers(config_);

  const Result result = Run({"git", "config", "ssh", "git@host:a.git", "--org", kOrg});

  EXPECT_EQ(result.out, "ssh-ed25519 AAAA\n");
  EXPECT_THAT(result.err, HasSubstr("nothing was changed"));
}

TEST_F(CliConfirmTest, QuestionAndAnswerAreNoPartOfTheResult) {
  terminal_ = true;

  EXPECT_THAT(Run({"app", "delete", kApp}, "y\n").out, IsEmpty());
}

}  // namespace
}  // namespace gitsync::cli
