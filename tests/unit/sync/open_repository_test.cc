#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "server/resource/git_configs.h"
#include "server/sync/sync_environment.h"
#include "tests/support/status_matchers.h"

namespace gitsync {
namespace {

class OpenRepositoryTest : public ::testing::Test {
 protected:
  OpenRepositoryTest() {
    std::vector<Secret> keys;
    keys.emplace_back(std::string(32, 'k'));
    sealer_ = std::make_unique<Sealer>(*Sealer::Create(std::move(keys)));
    config_.organization_id = "45892c81-c1f0-48c6-8875-c2e4fca516f8";
    config_.mirror_id = "mirror";
    config_.kind = CredentialKind::kGitHubApp;
    config_.github_app_id = "123456";
    config_.github_app_installation_id = "78910";
    config_.app_key_fingerprint = "SHA256:fingerprint";
    config_.ca_certificate = "certificate";
    config_.sealed_secret =
        *sealer_->Seal(Secret("the key"), GitSecretIdentity(config_.organization_id));
  }

  absl::StatusOr<GitHubAppCredentials> AppAt(const std::string& git_url,
                                             const std::string& api_url = "") {
    config_.git_url = git_url;
    config_.github_enterprise_api_url = api_url;
    SyncEnvironment env = {};
    env.sealer = sealer_.get();
    ASSIGN_OR_RETURN(const Repository repository, OpenRepository(env, config_));
    EXPECT_EQ(repository.mirror_id, "mirror");
    EXPECT_EQ(repository.remote.url.text, git_url);
    return std::get<GitHubAppCredentials>(repository.remote.credentials);
  }

  std::unique_ptr<Sealer> sealer_;
  GitConfigRow config_;
};

TEST_F(OpenRepositoryTest, GitHubAppHasAllThatItTakes) {
  ASSERT_OK_AND_ASSIGN(const GitHubAppCredentials app,
                       AppAt("https://github.com/acme/apps.git"));

  EXPECT_EQ(app.app_id, "123456");
  EXPECT_EQ(app.installation_id, "78910");
  EXPECT_EQ(app.private_key.Reveal(), "the key");
  EXPECT_EQ(app.key_id, "SHA256:fingerprint");
  EXPECT_EQ(app.ca_certificate, "certificate");
  EXPECT_EQ(app.token_since, absl::InfinitePast());
}

TEST_F(OpenRepositoryTest, LoginIsProvedWithTheConfigurationThatItWorkedWith) {
  struct Proof {
    const char* proved_etag;
    bool proved;
  };
  config_.kind = CredentialKind::kSsh;
  config_.git_url = "git@example.com:acme/apps.git";
  config_.etag = "now";
  SyncEnvironment env = {};
  env.sealer = sealer_.get();
  for (const Proof& proof :
       {Proof{"now", true}, Proof{"old", false}, Proof{"", false}}) {
    config_.proved_etag = proof.proved_etag;

    ASSERT_OK_AND_ASSIGN(const Repository repository, OpenRepository(env, config_));

    EXPECT_EQ(repository.remote.login_proved, proof.proved) << proof.proved_etag;
    EXPECT_EQ(repository.remote.organization, config_.organization_id);
    EXPECT_TRUE(repository.remote.attended);
  }
}

TEST_F(OpenRepositoryTest, ApiOfGitHubFollowsFromTheRepository) {
  const auto api = [&](const std::string& git_url, const std::string& given = "") {
    const auto app = AppAt(git_url, given);
    return app.ok() ? app->api_url : app.status().ToString();
  };
  EXPECT_EQ(api("https://github.com/acme/apps.git"), "https://api.github.com");
  EXPECT_EQ(api("https://GitHub.com:443/acme/apps"), "https://api.github.com");
  EXPECT_EQ(api("https://git.example.com/a/b"), "https://git.example.com/api/v3");
  EXPECT_EQ(api("https://git.example.com:8443/a/b"),
            "https://git.example.com:8443/api/v3");
  EXPECT_EQ(api("https://[fd00::1]/a/b"), "https://[fd00::1]/api/v3");
  EXPECT_EQ(api("https://acme.ghe.com/a/b"), "https://api.acme.ghe.com");
  EXPECT_EQ(api("https://git.example.com/a/b", "https://api.example.com/v3//"),
            "https://api.example.com/v3");
}

TEST_F(OpenRepositoryTest, SecretOfAnotherRecordIsNotOpened) {
  config_.organization_id = "00000000-0000-0000-0000-000000000000";

  EXPECT_THAT(AppAt("https://github.com/acme/apps.git"),
              HasCode(absl::StatusCode::kInternal));
}

}  // namespace
}  // namespace gitsync
