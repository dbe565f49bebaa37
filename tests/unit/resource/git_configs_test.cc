#include "server/resource/git_configs.h"

#include "server/base/reason.h"
#include "tests/unit/resource/git_config_fixture.h"

namespace gitsync {
namespace {

using absl::StatusCode;
using testing::EndsWith;
using testing::HasSubstr;
using testing::StartsWith;

TEST_F(GitConfigsTest, SshDraftHasASealedKeyOfItsOwn) {
  SshConfigInput input = Ssh();
  input.path_prefix = "/teams//a/";

  ASSERT_OK_AND_ASSIGN(const GitConfigDraft draft,
                       DraftSshConfig(input, *sealer_, false));

  EXPECT_EQ(draft.row.branch, "master");
  EXPECT_EQ(draft.row.path_prefix, "teams/a");
  EXPECT_EQ(draft.row.key_type, "ED25519");
  EXPECT_EQ(SshKeyTypeOf(draft.row), SshKeyType::kEd25519);
  EXPECT_THAT(draft.row.public_key, StartsWith("ssh-ed25519 "));
  EXPECT_THAT(draft.row.public_key, EndsWith(" gitsync-Acme"));
  ASSERT_OK_AND_ASSIGN(
      const Secret key,
      sealer_->Open(draft.row.sealed_secret, GitSecretIdentity(organization_)));
  EXPECT_THAT(std::string(key.Reveal()), HasSubstr("OPENSSH PRIVATE KEY"));
  EXPECT_FALSE(sealer_->Open(draft.row.sealed_secret, GitSecretIdentity(other_)).ok());
}

TEST_F(GitConfigsTest, SshDraftListsEveryViolation) {
  SshConfigInput input = Ssh();
  input.git_url = "https://git.example.com/x";
  input.branch = "a..b";
  input.path_prefix = "..";

  const auto draft = DraftSshConfig(input, *sealer_, false);

  EXPECT_THAT(draft, StatusIs(StatusCode::kInvalidArgument, reason::kInvalidRequest));
  const std::string message(draft.status().message());
  EXPECT_THAT(message, HasSubstr("git_url: "));
  EXPECT_THAT(message, HasSubstr("branch_name: "));
  EXPECT_THAT(message, HasSubstr("path_prefix: "));
}

TEST_F(GitConfigsTest, UrlMustFitTheKind) {
  const absl::Status https_for_ssh =
      CheckGitUrl("https://h.example/x", CredentialKind::kSsh, false);
  const absl::Status ssh_for_token =
      CheckGitUrl("git@h.example:x", CredentialKind::kHttpsToken, false);

  EXPECT_THAT(https_for_ssh,
              StatusIs(StatusCode::kInvalidArgument, reason::kInvalidGitUrl));
  EXPECT_THAT(std::string(https_for_ssh.message()), HasSubstr("ConfigureHttpsToken"));
  EXPECT_THAT(ssh_for_token,
              StatusIs(StatusCode::kInvalidArgument, reason::kInvalidGitUrl));
  EXPECT_THAT(std::string(ssh_for_token.message()), HasSubstr("ConfigureSsh"));
  EXPECT_OK(CheckGitUrl("ssh://git@h.example/x", CredentialKind::kSsh, false));
  EXPECT_OK(CheckGitUrl("https://h.example/x", CredentialKind::kGitHubApp, false));
}

TEST_F(GitConfigsTest, FileUrlNeedsPermissionAndSsh) {
  EXPECT_OK(CheckGitUrl("file:///srv/x.git", CredentialKind::kSsh, true));
  EXPECT_THAT(CheckGitUrl("file:///srv/x.git", CredentialKind::kSsh, false),
              StatusIs(StatusCode::kInvalidArgument, reason::kInvalidGitUrl));
  EXPECT_THAT(CheckGitUrl("file:///srv/x.git", CredentialKind::kHttpsToken, true),
              StatusIs(StatusCode::kInvalidArgument, reason::kInvalidGitUrl));
}

TEST_F(GitConfigsTest, TokenDraftPicksTheUsernameOfTheHost) {
  const auto username = [&](const std::string& url) {
    HttpsTokenConfigInput input = Token();
    input.git_url = url;
    const auto draft = DraftHttpsTokenConfig(input, *sealer_);
    EXPECT_OK(draft);
    return draft.ok() ? draft->row.username : "";
  };

  EXPECT_EQ(username("https://gitlab.com/a/b.git"), "oauth2");
  EXPECT_EQ(username("https://gitlab.example.com/a/b.git"), "oauth2");
  EXPECT_EQ(username("https://bitbucket.org/a/b.git"), "x-token-auth");
  EXPECT_EQ(username("https://gitea.example.com/a/b.git"), "git");
}

TEST_F(GitConfigsTest, TokenDraftSealsTheTidiedToken) {
  HttpsTokenConfigInput input = Token();
  input.token = Secret("t0ken\n");
  input.username = "ada";
  input.ca_certificate = Pems().certificate;

  ASSERT_OK_AND_ASSIGN(const GitConfigDraft draft,
                       DraftHttpsTokenConfig(input, *sealer_));

  EXPECT_EQ(draft.row.username, "ada");
  ASSERT_OK_AND_ASSIGN(
      const Secret token,
      sealer_->Open(draft.row.sealed_secret, GitSecretIdentity(organization_)));
  EXPECT_EQ(std::string(token.Reveal()), "t0ken");
}

TEST_F(GitConfigsTest, TokenDraftListsEveryViolation) {
  HttpsTokenConfigInput input = Token();
  input.username = "a:b";
  input.token = Secret("");
  input.ca_certificate = "none";

  const auto draft = DraftHttpsTokenConfig(input, *sealer_);

  EXPECT_THAT(draft, StatusIs(StatusCode::kInvalidArgument, reason::kInvalidRequest));
  const std::string message(draft.status().message());
  EXPECT_THAT(message, HasSubstr("username: "));
  EXPECT_THAT(message, HasSubstr("token: "));
  EXPECT_THAT(message, HasSubstr("ca_certificate: "));
}

TEST_F(GitConfigsTest, CertificateWithAPrivateKeyIsRefused) {
  HttpsTokenConfigInput input = Token();
  input.ca_certificate = Pems().certificate + Pems().key;

  const auto draft = DraftHttpsTokenConfig(input, *sealer_);

  EXPECT_THAT(draft, StatusIs(StatusCode::kInvalidArgument, reason::kInvalidRequest));
  EXPECT_THAT(std::string(draft.status().message()), HasSubstr("private key"));
}

TEST_F(GitConfigsTest, DamagedCertificateIsRefused) {
  HttpsTokenConfigInput input = Token();
  input.ca_certificate = Pems().certificate;
  input.ca_certificate[input.ca_certificate.size() / 2] = '*';

  EXPECT_THAT(DraftHttpsTokenConfig(input, *sealer_),
              StatusIs(StatusCode::kInvalidArgument, reason::kInvalidRequest));
}

TEST_F(GitConfigsTest, GitHubAppDraftSealsTheKeyAndShowsItsFingerprint) {
  GitHubAppConfigInput input = App();
  input.github_enterprise_api_url = "https://github.example.com/api/v3";

  ASSERT_OK_AND_ASSIGN(const GitConfigDraft draft,
                       DraftGitHubAppConfig(input, *sealer_));

  EXPECT_EQ(draft.row.github_app_id, "123456");
  EXPECT_THAT(draft.row.app_key_fingerprint, StartsWith("SHA256:"));
  ASSERT_OK_AND_ASSIGN(
      const Secret key,
      sealer_->Open(draft.row.sealed_secret, GitSecretIdentity(organization_)));
  EXPECT_THAT(std::string(key.Reveal()), HasSubstr("PRIVATE KEY-----"));
}

TEST_F(GitConfigsTest, EnterpriseUrlGivesTheApisUnlessThatIsGiven) {
  GitHubAppConfigInput input = App();
  input.github_enterprise_url = "https://github.example.com/";
  const auto derived = DraftGitHubAppConfig(input, *sealer_);
  ASSERT_OK(derived);
  EXPECT_EQ(derived->row.github_enterprise_api_url,
            "https://github.example.com/api/v3");
  input.github_enterprise_api_url = "https://api.example.com";
  const auto given = DraftGitHubAppConfig(input, *sealer_);
  ASSERT_OK(given);
  EXPECT_EQ(given->row.github_enterprise_api_url, "https://api.example.com");
  input.github_enterprise_url = "ftp://github.example.com";
  EXPECT_THAT(std::string(DraftGitHubAppConfig(input, *sealer_).status().message()),
              HasSubstr("github_enterprise_url: "));
}

TEST_F(GitConfigsTest, GitHubAppDraftListsEveryViolation) {
  GitHubAppConfigInput input = App();
  input.branch = "";
  input.github_app_id = "";
  input.github_app_installation_id = "7/../8";
  input.github_enterprise_api_url = "http://github.example.com";
  input.github_app_private_key = Secret("key");

  const auto draft = DraftGitHubAppConfig(input, *sealer_);

  EXPECT_THAT(draft, StatusIs(StatusCode::kInvalidArgument, reason::kInvalidRequest));
  const std::string message(draft.status().message());
  EXPECT_THAT(message, HasSubstr("branch_name: "));
  EXPECT_THAT(message, HasSubstr("github_app_id: "));
  EXPECT_THAT(message, HasSubstr("github_app_installation_id: "));
  EXPECT_THAT(message, HasSubstr("github_enterprise_api_url: "));
  EXPECT_THAT(message, HasSubstr("github_app_private_key: "));
}

TEST_F(GitConfigsTest, PutNeedsOrgAdminOfTheOrganization) {
  const auto draft = DraftSshConfig(Ssh(), *sealer_, false);

  EXPECT_THAT(Put(Editor(organization_), draft),
              StatusIs(StatusCode::kPermissionDenied, reason::kRoleRequired));
  EXPECT_THAT(Put(OrgAdmin(other_), draft),
              StatusIs(StatusCode::kNotFound, reason::kOrganizationNotFound));
  EXPECT_OK(Put(OrgAdmin(organization_), draft));
}

TEST_F(GitConfigsTest, PutOverAnotherRepositoryForgetsWhatWasSynced) {
  ASSERT_OK_AND_ASSIGN(const GitConfigChange first,
                       Put(Admin(), DraftSshConfig(Ssh(), *sealer_, false)));
  const AppRow app = AddSyncedApp();

  ASSERT_OK_AND_ASSIGN(const GitConfigChange second,
                       Put(Admin(), DraftHttpsTokenConfig(Token(), *sealer_)));

  EXPECT_EQ(first.dropped_mirror_id, "");
  EXPECT_EQ(second.dropped_mirror_id, first.row.mirror_id);
  EXPECT_NE(second.row.mirror_id, first.row.mirror_id);
  EXPECT_FALSE(IsSynced(app));
}

TEST_F(GitConfigsTest, PutOverTheSameRepositoryKeepsMirrorAndSyncStates) {
  ASSERT_OK_AND_ASSIGN(const GitConfigChange first,
                       Put(Admin(), DraftSshConfig(Ssh(), *sealer_, false)));
  Finalize();
  const AppRow app = AddSyncedApp();

  ASSERT_OK_AND_ASSIGN(
      const GitConfigChange second,
      Put(Admin(), DraftSshConfig(Ssh(), *sealer_, false), {.replace = true}));

  EXPECT_EQ(second.dropped_mirror_id, "");
  EXPECT_EQ(second.row.mirror_id, first.row.mirror_id);
  EXPECT_FALSE(second.row.finalize_time.has_value());
  EXPECT_TRUE(IsSynced(app));
}

TEST_F(GitConfigsTest, GetNeedsAConfiguration) {
  EXPECT_THAT(Get(Viewer(organization_)),
              StatusIs(StatusCode::kNotFound, reason::kGitNotConfigured));
  ASSERT_OK(Put(Admin(), DraftSshConfig(Ssh(), *sealer_, false)));
  EXPECT_OK(Get(Viewer(organization_)));
}

TEST_F(GitConfigsTest, ReplaceSshKeyNeedsFinalizingAndKeepsTheHostKey) {
  ASSERT_OK_AND_ASSIGN(const GitConfigChange before,
                       Put(Admin(), DraftSshConfig(Ssh(), *sealer_, false)));
  Finalize();
  ASSERT_OK_AND_ASSIGN(
      const GitConfigDraft key,
      DraftSshKey(organization_, "Acme", SshKeyType::kEd25519, *sealer_));
  const auto replace = [&](const Caller& caller, const std::string& etag) {
    return Write(
        [&](Transaction& tx) { return ReplaceSshKey(tx, caller, etag, key, now_); });
  };

  EXPECT_THAT(replace(Editor(organization_), ""),
              StatusIs(StatusCode::kPermissionDenied, reason::kRoleRequired));
  EXPECT_THAT(replace(Admin(), "old"),
              StatusIs(StatusCode::kAborted, reason::kEtagMismatch));
  ASSERT_OK_AND_ASSIGN(const GitConfigRow row,
                       replace(OrgAdmin(organization_), before.row.etag));

  EXPECT_EQ(row.public_key, key.row.public_key);
  EXPECT_EQ(row.git_url, before.row.git_url);
  EXPECT_EQ(row.host_key, "ssh-ed25519 AAAA");
  EXPECT_FALSE(row.finalize_time.has_value());
  EXPECT_NE(row.etag, before.row.etag);
}

TEST_F(GitConfigsTest, ReplaceSshKeyIsForSshOnly) {
  ASSERT_OK(Put(Admin(), DraftHttpsTokenConfig(Token(), *sealer_)));
  ASSERT_OK_AND_ASSIGN(
      const GitConfigDraft key,
      DraftSshKey(organization_, "Acme", SshKeyType::kEd25519, *sealer_));

  EXPECT_THAT(
      Write([&](Transaction& tx) { return ReplaceSshKey(tx, Admin(), "", key, now_); }),
      StatusIs(StatusCode::kFailedPrecondition, reason::kNotAnSshConfig));
}

TEST_F(GitConfigsTest, UpdateOfUrlBranchOrPrefixResets) {
  const auto reset = [&](const GitConfigUpdate& update) {
    ASSERT_OK_AND_ASSIGN(
        const GitConfigChange before,
        Put(Admin(), DraftSshConfig(Ssh(), *sealer_, false), {.replace = true}));
    Finalize();
    ASSERT_OK_AND_ASSIGN(const GitConfigChange change,
                         Update(OrgAdmin(organization_), update));
    EXPECT_EQ(change.dropped_mirror_id, before.row.mirror_id);
    EXPECT_NE(change.row.mirror_id, before.row.mirror_id);
    EXPECT_EQ(change.row.host_key, update.git_url ? "" : "ssh-ed25519 AAAA");
    EXPECT_FALSE(change.row.finalize_time.has_value());
    EXPECT_FALSE(change.row.can_write);
  };
  GitConfigUpdate url = Change();
  url.git_url = "git@other.example.com:team/apps.git";
  GitConfigUpdate branch = Change();
  branch.branch = "develop";
  GitConfigUpdate prefix = Change();
  prefix.path_prefix = "/sub/";
  const AppRow app = AddSyncedApp();

  reset(url);
  reset(branch);
  reset(prefix);

  EXPECT_FALSE(IsSynced(app));
}

TEST_F(GitConfigsTest, UrlOfAnotherHostNeedsTheSecretAgain) {
  GitConfigUpdate moved = Change();
  moved.git_url = "https://other.example.com/team/apps.git";
  ASSERT_OK(Put(Admin(), DraftHttpsTokenConfig(Token(), *sealer_)));
  EXPECT_THAT(Update(Admin(), moved),
              StatusIs(StatusCode::kInvalidArgument, reason::kInvalidRequest));
  GitConfigUpdate other_port = Change();
  other_port.git_url = "https://git.example.com:8443/team/apps.git";
  EXPECT_THAT(Update(Admin(), other_port),
              StatusIs(StatusCode::kInvalidArgument, reason::kInvalidRequest));
  GitConfigUpdate same_host = Change();
  same_host.git_url = "https://git.example.com/team/other.git";
  EXPECT_OK(Update(Admin(), same_host));
  GitConfigUpdate with_token = moved;
  ASSERT_OK_AND_ASSIGN(with_token.sealed_token,
                       SealHttpsToken(organization_, Secret("new"), *sealer_));
  EXPECT_OK(Update(Admin(), with_token));

  ASSERT_OK(Put(Admin(), DraftGitHubAppConfig(App(), *sealer_)));
  EXPECT_THAT(Update(Admin(), moved),
              StatusIs(StatusCode::kInvalidArgument, reason::kInvalidRequest));
}

TEST_F(GitConfigsTest, ConfiguringTheSameHostAgainKeepsItsKey) {
  ASSERT_OK(Put(Admin(), DraftSshConfig(Ssh(), *sealer_, false)));
  Finalize();
  SshConfigInput again = Ssh();
  again.git_url = "git@git.example.com:team/others.git";
  ASSERT_OK_AND_ASSIGN(
      const GitConfigChange same,
      Put(Admin(), DraftSshConfig(again, *sealer_, false), {.replace = true}));
  EXPECT_EQ(same.row.host_key, "ssh-ed25519 AAAA");
  again.git_url = "git@other.example.com:team/others.git";
  ASSERT_OK_AND_ASSIGN(const GitConfigChange other,
                       Put(Admin(), DraftSshConfig(again, *sealer_, false)));
  EXPECT_EQ(other.row.host_key, "");
}

TEST_F(GitConfigsTest, UpdateOfTheTokenStaysReady) {
  ASSERT_OK_AND_ASSIGN(const GitConfigChange before,
                       Put(Admin(), DraftHttpsTokenConfig(Token(), *sealer_)));
  Finalize();
  GitConfigUpdate update = Change();
  ASSERT_OK_AND_ASSIGN(update.sealed_token,
                       SealHttpsToken(organization_, Secret("new"), *sealer_));
  update.username = "ada";

  ASSERT_OK_AND_ASSIGN(const GitConfigChange change, Update(Admin(), update));

  EXPECT_TRUE(change.row.finalize_time.has_value());
  EXPECT_EQ(change.row.sealed_secret, *update.sealed_token);
  EXPECT_EQ(change.row.username, "ada");
  EXPECT_EQ(change.dropped_mirror_id, "");
  EXPECT_NE(change.row.etag, before.row.etag);
}

TEST_F(GitConfigsTest, UpdateOfTheAppKeyChangesItsFingerprint) {
  ASSERT_OK(Put(Admin(), DraftGitHubAppConfig(App(), *sealer_)));
  ASSERT_OK_AND_ASSIGN(const SealedAppKey key,
                       SealGitHubAppKey(organization_, Secret(Pems().key), *sealer_));
  GitConfigUpdate update = Change();
  update.sealed_app_key = key.sealed;
  update.app_key_fingerprint = "SHA256:new";

  ASSERT_OK_AND_ASSIGN(const GitConfigChange change, Update(Admin(), update));

  EXPECT_EQ(change.row.sealed_secret, key.sealed);
  EXPECT_EQ(change.row.app_key_fingerprint, "SHA256:new");
}

TEST_F(GitConfigsTest, UpdateThatChangesNothingKeepsEtag) {
  ASSERT_OK_AND_ASSIGN(const GitConfigChange before,
                       Put(Admin(), DraftSshConfig(Ssh(), *sealer_, false)));
  GitConfigUpdate update = Change();
  update.git_url = Ssh().git_url;
  update.path_prefix = "/";

  ASSERT_OK_AND_ASSIGN(const GitConfigChange change, Update(Admin(), update));

  EXPECT_EQ(change.row.etag, before.row.etag);
  EXPECT_EQ(change.dropped_mirror_id, "");
}

TEST_F(GitConfigsTest, UpdateListsFieldsOfOtherKinds) {
  ASSERT_OK(Put(Admin(), DraftSshConfig(Ssh(), *sealer_, false)));
  GitConfigUpdate update = Change();
  update.username = "ada";
  update.sealed_token = "sealed";
  update.sealed_app_key = "sealed";
  update.ca_certificate = Pems().certificate;

  const auto refused = Update(Admin(), update);

  EXPECT_THAT(refused, StatusIs(StatusCode::kInvalidArgument, reason::kInvalidRequest));
  const std::string message(refused.status().message());
  EXPECT_THAT(message, HasSubstr("username: "));
  EXPECT_THAT(message, HasSubstr("token: "));
  EXPECT_THAT(message, HasSubstr("github_app_private_key: "));
  EXPECT_THAT(message, HasSubstr("ca_certificate: "));
}

TEST_F(GitConfigsTest, UpdateErrorsAreTyped) {
  GitConfigUpdate update = Change();
  update.git_url = "https://git.example.com/x.git";
  EXPECT_THAT(Update(Admin(), update),
              StatusIs(StatusCode::kNotFound, reason::kGitNotConfigured));
  ASSERT_OK(Put(Admin(), DraftSshConfig(Ssh(), *sealer_, false)));
  GitConfigUpdate old = Change();
  old.etag = "old";

  EXPECT_THAT(Update(Admin(), update),
              StatusIs(StatusCode::kInvalidArgument, reason::kInvalidGitUrl));
  EXPECT_THAT(Update(Admin(), old),
              StatusIs(StatusCode::kAborted, reason::kEtagMismatch));
  EXPECT_THAT(Update(Editor(organization_), update),
              StatusIs(StatusCode::kPermissionDenied, reason::kRoleRequired));
  EXPECT_THAT(Update(OrgAdmin(other_), update),
              StatusIs(StatusCode::kNotFound, reason::kOrganizationNotFound));
}

TEST_F(GitConfigsTest, DeleteForgetsConfigurationAndSyncStates) {
  ASSERT_OK_AND_ASSIGN(const GitConfigChange before,
                       Put(Admin(), DraftSshConfig(Ssh(), *sealer_, false)));
  const AppRow app = AddSyncedApp();
  const auto remove = [&](const Caller& caller, const std::string& etag) {
    return Write([&](Transaction& tx) {
      return DeleteGitConfig(tx, caller, organization_, etag);
    });
  };

  EXPECT_THAT(remove(Editor(organization_), ""),
              StatusIs(StatusCode::kPermissionDenied, reason::kRoleRequired));
  EXPECT_THAT(remove(OrgAdmin(organization_), "old"),
              StatusIs(StatusCode::kAborted, reason::kEtagMismatch));
  ASSERT_OK_AND_ASSIGN(const std::string mirror, remove(OrgAdmin(organization_), ""));

  EXPECT_EQ(mirror, before.row.mirror_id);
  EXPECT_FALSE(IsSynced(app));
  EXPECT_THAT(remove(Admin(), ""),
              StatusIs(StatusCode::kNotFound, reason::kGitNotConfigured));
}

}  // namespace
}  // namespace gitsync
