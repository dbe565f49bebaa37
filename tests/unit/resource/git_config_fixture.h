// An organization, and git configurations of every kind for it.

#ifndef GITSYNC_TESTS_UNIT_RESOURCE_GIT_CONFIG_FIXTURE_H_
#define GITSYNC_TESTS_UNIT_RESOURCE_GIT_CONFIG_FIXTURE_H_

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include <optional>
#include <string>

#include "server/resource/git_configs.h"
#include "tests/unit/resource/harness.h"

namespace gitsync {

inline std::string TextOf(BIO* bio) {
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio, &data);
  std::string text(data, static_cast<size_t>(size));
  BIO_free(bio);
  return text;
}

// A private key and a certificate of it, made once.
struct TestPems {
  std::string key;
  std::string certificate;
};
inline const TestPems& Pems() {
  static const TestPems* const pems = [] {
    EVP_PKEY* key = EVP_RSA_gen(2048);
    X509* certificate = X509_new();
    ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1);
    X509_gmtime_adj(X509_getm_notBefore(certificate), 0);
    X509_gmtime_adj(X509_getm_notAfter(certificate), 3600);
    X509_set_pubkey(certificate, key);
    X509_sign(certificate, key, EVP_sha256());
    BIO* key_text = BIO_new(BIO_s_mem());
    PEM_write_bio_PrivateKey(key_text, key, nullptr, nullptr, 0, nullptr, nullptr);
    BIO* certificate_text = BIO_new(BIO_s_mem());
    PEM_write_bio_X509(certificate_text, certificate);
    X509_free(certificate);
    EVP_PKEY_free(key);
    return new TestPems{TextOf(key_text), TextOf(certificate_text)};
  }();
  return *pems;
}

class GitConfigsTest : public StoreTest {
 protected:
  void SetUp() override {
    StoreTest::SetUp();
    organization_ = AddOrganization("Acme");
    other_ = AddOrganization("Other");
    ASSERT_OK_AND_ASSIGN(Sealer sealer, Sealer::Create({Secret(std::string(32, 'k'))}));
    sealer_ = std::move(sealer);
  }

  SshConfigInput Ssh() {
    SshConfigInput input;
    input.organization_id = organization_;
    input.organization_name = "Acme";
    input.git_url = "git@git.example.com:team/apps.git";
    return input;
  }
  HttpsTokenConfigInput Token() {
    HttpsTokenConfigInput input;
    input.organization_id = organization_;
    input.git_url = "https://git.example.com/team/apps.git";
    input.token = Secret("t0ken");
    return input;
  }
  GitHubAppConfigInput App() {
    GitHubAppConfigInput input;
    input.organization_id = organization_;
    input.git_url = "https://github.com/team/apps.git";
    input.branch = "main";
    input.github_app_id = "123456";
    input.github_app_installation_id = "78910";
    input.github_app_private_key = Secret(Pems().key);
    return input;
  }

  absl::StatusOr<GitConfigChange> Put(const Caller& caller,
                                      const absl::StatusOr<GitConfigDraft>& draft,
                                      const ReplaceGuard& guard = {}) {
    if (!draft.ok()) return draft.status();
    return Write([&](Transaction& tx) {
      return PutGitConfig(tx, caller, *draft, guard, *sealer_, now_);
    });
  }
  absl::StatusOr<GitConfigRow> Get(const Caller& caller) {
    return Read(
        [&](const Transaction& tx) { return GetGitConfig(tx, caller, organization_); });
  }
  absl::StatusOr<GitConfigChange> Update(const Caller& caller,
                                         const GitConfigUpdate& update) {
    return Write([&](Transaction& tx) {
      return UpdateGitConfig(tx, caller, update, /*allow_file=*/false,
                             now_ + absl::Seconds(1));
    });
  }
  GitConfigUpdate Change() {
    GitConfigUpdate update;
    update.organization_id = organization_;
    return update;
  }
  // As FinalizeGitConfig leaves it.
  void Finalize() {
    ASSERT_OK_AND_ASSIGN(GitConfigRow row, Get(Admin()));
    row.finalize_time = now_;
    row.can_write = true;
    row.host_key = "ssh-ed25519 AAAA";
    ASSERT_OK(Write([&](Transaction& tx) { return tx.git_configs().Put(row); }));
  }
  // An app that was synced.
  AppRow AddSyncedApp() {
    const AppRow app = AddApp(organization_, "orders");
    GitSyncState state;
    state.folder = "apps/orders";
    state.sync_time = now_;
    EXPECT_OK(
        Write([&](Transaction& tx) { return tx.apps().SetGitState(app.id, state); }));
    return app;
  }
  bool IsSynced(const AppRow& app) {
    const auto view =
        Read([&](const Transaction& tx) { return GetApp(tx, Admin(), app.id); });
    EXPECT_OK(view);
    return view.ok() && view->row.git_state.has_value();
  }

  std::string organization_;
  std::string other_;
  std::optional<Sealer> sealer_;
};

}  // namespace gitsync

#endif  // GITSYNC_TESTS_UNIT_RESOURCE_GIT_CONFIG_FIXTURE_H_
