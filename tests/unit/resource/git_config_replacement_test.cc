// What configuring an organization's repository again does.

#include <functional>
#include <ostream>
#include <vector>

#include "server/base/error.h"
#include "server/base/reason.h"
#include "tests/unit/resource/git_config_fixture.h"

namespace gitsync {
namespace {

using absl::StatusCode;
using testing::Eq;
using testing::HasSubstr;
using testing::Ne;

// The three requests as a pipeline sends them, each time with what is there now.
struct Requests {
  SshConfigInput ssh;
  HttpsTokenConfigInput token;
  GitHubAppConfigInput app;
};

struct Repetition {
  std::string name;
  CredentialKind kind;
  // What differs from the first request.
  std::function<void(Requests&)> change;
};
std::ostream& operator<<(std::ostream& out, const Repetition& row) {
  return out << row.name;
}

class GitConfigReplacementTest : public GitConfigsTest,
                                 public testing::WithParamInterface<Repetition> {
 protected:
  absl::StatusOr<GitConfigDraft> Draft(Requests requests) {
    const absl::StatusOr<GitConfigRow> now = Get(Admin());
    if (now.ok()) requests.ssh.current = *now;
    switch (GetParam().kind) {
      case CredentialKind::kSsh:
        return DraftSshConfig(requests.ssh, *sealer_, false);
      case CredentialKind::kGitHubApp:
        return DraftGitHubAppConfig(requests.app, *sealer_);
      case CredentialKind::kHttpsToken:
        return DraftHttpsTokenConfig(requests.token, *sealer_);
    }
    return absl::InternalError("no such kind");
  }
  Requests First() { return {Ssh(), Token(), App()}; }
  Requests Changed() {
    Requests requests = First();
    GetParam().change(requests);
    return requests;
  }
  // One that is in use, for the first request.
  GitConfigRow InUse() {
    EXPECT_OK(Put(Admin(), Draft(First())));
    Finalize();
    const absl::StatusOr<GitConfigRow> row = Get(Admin());
    EXPECT_OK(row);
    return row.ok() ? *row : GitConfigRow();
  }
  void ExpectUntouched(const GitConfigRow& before) {
    ASSERT_OK_AND_ASSIGN(const GitConfigRow now, Get(Admin()));
    EXPECT_EQ(now.etag, before.etag);
    EXPECT_EQ(now.update_time, before.update_time);
    EXPECT_EQ(now.finalize_time, before.finalize_time);
    EXPECT_EQ(now.sealed_secret, before.sealed_secret);
    EXPECT_EQ(now.public_key, before.public_key);
    EXPECT_EQ(now.mirror_id, before.mirror_id);
  }
};

std::string NameOfRow(const testing::TestParamInfo<Repetition>& row) {
  return row.param.name;
}

using UnchangedGitConfigTest = GitConfigReplacementTest;

TEST_P(UnchangedGitConfigTest, StaysAsItIs) {
  const GitConfigRow before = InUse();
  const AppRow app = AddSyncedApp();
  now_ += absl::Seconds(1);

  for (const ReplaceGuard& guard :
       {ReplaceGuard{}, ReplaceGuard{.replace = true}, ReplaceGuard{.etag = "old"}}) {
    ASSERT_OK_AND_ASSIGN(const GitConfigChange again,
                         Put(OrgAdmin(organization_), Draft(Changed()), guard));
    EXPECT_EQ(again.row.etag, before.etag);
    EXPECT_EQ(again.dropped_mirror_id, "");
  }

  ExpectUntouched(before);
  EXPECT_TRUE(IsSynced(app));
}

INSTANTIATE_TEST_SUITE_P(
    Kinds, UnchangedGitConfigTest,
    testing::Values(Repetition{"Ssh", CredentialKind::kSsh, [](Requests&) {}},
                    Repetition{"SshWithDefaultsSpelled", CredentialKind::kSsh,
                               [](Requests& r) {
                                 r.ssh.branch = "master";
                                 r.ssh.path_prefix = "/";
                               }},
                    Repetition{"Token", CredentialKind::kHttpsToken, [](Requests&) {}},
                    Repetition{"TokenWithALineEnd", CredentialKind::kHttpsToken,
                               [](Requests& r) { r.token.token = Secret("t0ken\n"); }},
                    Repetition{"TokenWithDefaultsSpelled", CredentialKind::kHttpsToken,
                               [](Requests& r) {
                                 r.token.branch = "master";
                                 r.token.username = "git";
                               }},
                    Repetition{"GitHubApp", CredentialKind::kGitHubApp,
                               [](Requests&) {}}),
    NameOfRow);

using ChangedGitConfigTest = GitConfigReplacementTest;

TEST_P(ChangedGitConfigTest, ReplacesAFinalizedOneWithItsEtagOrReplaceOnly) {
  const GitConfigRow before = InUse();
  now_ += absl::Seconds(1);

  const absl::Status refused = Put(OrgAdmin(organization_), Draft(Changed())).status();
  EXPECT_THAT(refused, StatusIs(StatusCode::kAborted, reason::kGitConfigExists));
  EXPECT_EQ(MetadataOf(refused, "etag"), before.etag);
  EXPECT_THAT(std::string(refused.message()),
              HasSubstr("with its etag, or with replace"));
  const absl::Status stale =
      Put(Admin(), Draft(Changed()), {.etag = "old", .replace = true}).status();
  EXPECT_THAT(stale, StatusIs(StatusCode::kAborted, reason::kEtagMismatch));
  EXPECT_EQ(MetadataOf(stale, "etag"), before.etag);
  ExpectUntouched(before);

  ASSERT_OK_AND_ASSIGN(const GitConfigChange by_etag,
                       Put(Admin(), Draft(Changed()), {.etag = before.etag}));
  EXPECT_NE(by_etag.row.etag, before.etag);
  EXPECT_FALSE(by_etag.row.finalize_time.has_value());
  Finalize();
  ASSERT_OK_AND_ASSIGN(const GitConfigChange back,
                       Put(Admin(), Draft(First()), {.replace = true}));
  EXPECT_NE(back.row.etag, by_etag.row.etag);
}

TEST_P(ChangedGitConfigTest, ReplacesOneThatWasNeverFinalized) {
  ASSERT_OK_AND_ASSIGN(const GitConfigChange first, Put(Admin(), Draft(First())));
  EXPECT_THAT(Put(Admin(), Draft(Changed()), {.etag = "old"}),
              StatusIs(StatusCode::kAborted, reason::kEtagMismatch));

  ASSERT_OK_AND_ASSIGN(const GitConfigChange second, Put(Admin(), Draft(Changed())));

  EXPECT_NE(second.row.etag, first.row.etag);
}

INSTANTIATE_TEST_SUITE_P(
    Differences, ChangedGitConfigTest,
    testing::Values(
        Repetition{"SshUrl", CredentialKind::kSsh,
                   [](Requests& r) { r.ssh.git_url = "git@git.example.com:b/c.git"; }},
        Repetition{"SshBranch", CredentialKind::kSsh,
                   [](Requests& r) { r.ssh.branch = "main"; }},
        Repetition{"SshPrefix", CredentialKind::kSsh,
                   [](Requests& r) { r.ssh.path_prefix = "team"; }},
        Repetition{"TokenItself", CredentialKind::kHttpsToken,
                   [](Requests& r) { r.token.token = Secret("t0kem"); }},
        Repetition{"TokenThatIsLonger", CredentialKind::kHttpsToken,
                   [](Requests& r) { r.token.token = Secret("t0ken2"); }},
        Repetition{"TokenUserName", CredentialKind::kHttpsToken,
                   [](Requests& r) { r.token.username = "ada"; }},
        Repetition{"TokenCertificate", CredentialKind::kHttpsToken,
                   [](Requests& r) { r.token.ca_certificate = Pems().certificate; }},
        Repetition{"TokenUrl", CredentialKind::kHttpsToken,
                   [](Requests& r) { r.token.git_url = "https://git.example.com/b"; }},
        Repetition{"AppId", CredentialKind::kGitHubApp,
                   [](Requests& r) { r.app.github_app_id = "123457"; }},
        Repetition{"AppInstallation", CredentialKind::kGitHubApp,
                   [](Requests& r) { r.app.github_app_installation_id = "78911"; }},
        Repetition{"AppApi", CredentialKind::kGitHubApp,
                   [](Requests& r) {
                     r.app.github_enterprise_url = "https://github.example.com";
                   }},
        Repetition{"AppBranch", CredentialKind::kGitHubApp,
                   [](Requests& r) { r.app.branch = "next"; }}),
    NameOfRow);

using GitConfigAgainTest = GitConfigsTest;

TEST_F(GitConfigAgainTest, AnotherKindOfCredentialNeedsReplaceToo) {
  ASSERT_OK(Put(Admin(), DraftSshConfig(Ssh(), *sealer_, false)));
  Finalize();

  EXPECT_THAT(Put(Admin(), DraftHttpsTokenConfig(Token(), *sealer_)),
              StatusIs(StatusCode::kAborted, reason::kGitConfigExists));
  EXPECT_OK(Put(Admin(), DraftHttpsTokenConfig(Token(), *sealer_), {.replace = true}));
}

// No row of the table, as such a key takes its time.
TEST_F(GitConfigAgainTest, AnotherKindOfKeyNeedsReplaceToo) {
  ASSERT_OK(Put(Admin(), DraftSshConfig(Ssh(), *sealer_, false)));
  Finalize();
  SshConfigInput rsa = Ssh();
  rsa.key_type = SshKeyType::kRsa4096;
  ASSERT_OK_AND_ASSIGN(rsa.current, Get(Admin()));

  EXPECT_THAT(Put(Admin(), DraftSshConfig(rsa, *sealer_, false)),
              StatusIs(StatusCode::kAborted, reason::kGitConfigExists));
}

TEST_F(GitConfigAgainTest, EtagOfOneThatIsGoneIsRefused) {
  EXPECT_THAT(Put(Admin(), DraftHttpsTokenConfig(Token(), *sealer_), {.etag = "gone"}),
              StatusIs(StatusCode::kAborted, reason::kEtagMismatch));
  EXPECT_OK(Put(Admin(), DraftHttpsTokenConfig(Token(), *sealer_), {.replace = true}));
}

TEST_F(GitConfigAgainTest, KeyThatWasReplacedMeanwhileDoesNotComeBack) {
  ASSERT_OK(Put(Admin(), DraftSshConfig(Ssh(), *sealer_, false)));
  SshConfigInput again = Ssh();
  ASSERT_OK_AND_ASSIGN(again.current, Get(Admin()));
  const auto draft = DraftSshConfig(again, *sealer_, false);
  ASSERT_OK_AND_ASSIGN(
      const GitConfigDraft key,
      DraftSshKey(organization_, "Acme", SshKeyType::kEd25519, *sealer_));
  ASSERT_OK(Write(
      [&](Transaction& tx) { return ReplaceSshKey(tx, Admin(), "", key, now_); }));

  EXPECT_THAT(Put(Admin(), draft, {.replace = true}),
              StatusIs(StatusCode::kAborted, reason::kEtagMismatch));

  ASSERT_OK_AND_ASSIGN(const GitConfigRow now, Get(Admin()));
  EXPECT_EQ(now.public_key, key.row.public_key);
}

// The master key was lost: what was sealed with it is of no use.
TEST_F(GitConfigAgainTest, SecretThatCannotBeOpenedIsNotTheSame) {
  ASSERT_OK_AND_ASSIGN(const GitConfigChange ssh,
                       Put(Admin(), DraftSshConfig(Ssh(), *sealer_, false)));
  ASSERT_OK_AND_ASSIGN(Sealer other, Sealer::Create({Secret(std::string(32, 'o'))}));
  sealer_ = std::move(other);
  SshConfigInput again = Ssh();
  ASSERT_OK_AND_ASSIGN(again.current, Get(Admin()));

  ASSERT_OK_AND_ASSIGN(const GitConfigChange change,
                       Put(Admin(), DraftSshConfig(again, *sealer_, false)));

  EXPECT_THAT(change.row.public_key, Ne(ssh.row.public_key));
  EXPECT_THAT(change.row.mirror_id, Eq(ssh.row.mirror_id));
}

}  // namespace
}  // namespace gitsync
