// A whole installation to test: gitsyncd, a real git server with a bare repository, and
// the calls that tests make, in short.

#ifndef GITSYNC_TESTS_INTEGRATION_INSTALLATION_H_
#define GITSYNC_TESTS_INTEGRATION_INSTALLATION_H_

#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "client/lib/client.h"
#include "tests/integration/git_host.h"
#include "tests/support/gitsyncd_process.h"
#include "tests/support/status_matchers.h"
#include "tests/support/test_remote.h"
#include "tests/support/test_sshd.h"

namespace gitsync {

// A small definition.
inline constexpr char kDefinition[] = R"({"pages":[{"name":"Home"}]})";

// The reason that a server gave for refusing a call.
std::string ReasonSeen(const absl::Status& status);

// An app and one of its versions.
struct AppAndVersion {
  std::string app_id;
  std::string version_id;
  std::string git_app_id;
};

// Calls to a server. Each blocks; those that return a value instead of a StatusOr fail
// the test when they fail.
class Api {
 public:
  Api(const std::string& endpoint, const std::string& access_token);

  client::Client& client() { return *client_; }

  // Returns the organization's id.
  std::string CreateOrganization(const std::string& name);
  // An app with one version, "v1".
  AppAndVersion CreateApp(const std::string& organization_id, const std::string& name,
                          const std::string& definition);
  absl::StatusOr<v1::App> TryCreateApp(const std::string& organization_id,
                                       const std::string& name,
                                       const std::string& definition);
  absl::StatusOr<v1::Version> UpdateDefinition(const AppAndVersion& app,
                                               const std::string& definition,
                                               const std::string& etag = "");
  absl::StatusOr<v1::App> MakeEditable(const std::string& app_id);

  absl::StatusOr<v1::GitConfig> ConfigureSsh(
      const std::string& organization_id, const std::string& url,
      const std::function<void(v1::ConfigureSshRequest&)>& change = nullptr);
  absl::StatusOr<v1::GitConfig> ConfigureHttpsToken(
      const std::string& organization_id, const std::string& url,
      const std::function<void(v1::ConfigureHttpsTokenRequest&)>& change = nullptr);
  absl::StatusOr<v1::FinalizeGitConfigResponse> Finalize(
      const std::string& organization_id, const std::string& fingerprint = "");
  absl::StatusOr<v1::GitConfig> GetGitConfig(const std::string& organization_id);

  absl::StatusOr<v1::PushAppVersionResponse> Push(
      const AppAndVersion& app, const std::string& message,
      const std::function<void(v1::PushAppVersionRequest&)>& change = nullptr,
      const client::CallOptions& options = {});
  absl::StatusOr<v1::CreateAppFromGitResponse> Import(
      const std::string& organization_id, const std::string& git_app_id,
      const std::string& ref = "master", const std::string& name = "");
  absl::StatusOr<v1::PullAppResponse> Pull(const std::string& app_id,
                                           bool overwrite_local_changes = false);
  absl::StatusOr<v1::PromoteAppResponse> Promote(const std::string& app_id,
                                                 const std::string& environment = "");
  absl::StatusOr<v1::ListGitAppsResponse> ListGitApps(
      const std::string& organization_id, const std::string& ref = "");
  absl::StatusOr<v1::CheckForUpdatesResponse> CheckForUpdates(
      const std::string& app_id);

  absl::StatusOr<v1::App> GetApp(const std::string& app_id);
  absl::StatusOr<v1::ListAppsResponse> ListApps(const std::string& organization_id);
  absl::StatusOr<v1::Version> GetVersion(const AppAndVersion& app);
  absl::StatusOr<v1::Release> GetRelease(const std::string& app_id,
                                         const std::string& environment);
  // The newest operation of the app.
  absl::StatusOr<v1::Operation> LastOperation(const std::string& app_id);
  // The secret of a new token.
  std::string CreateToken(const std::string& organization_id, v1::Role role);

 private:
  std::unique_ptr<client::Client> client_;
};

// What an organization's key or token may do.
enum class Access { kWrite, kRead, kNone };

struct InstallationOptions {
  Transport transport = Transport::kSsh;
  v1::SshKeyType key_type = v1::SSH_KEY_TYPE_ED25519;
  std::string host_key_type = "ed25519";
  // What HEAD names in the new repository, and what is synced.
  std::string default_branch = "master";
  std::string branch = "master";
  std::string path_prefix = "";
  GitsyncdOptions server = {};
};

// gitsyncd and a repository that the organizations "dev" and "staging" are connected
// to, each by a key of its own, finalized.
class Installation {
 public:
  explicit Installation(InstallationOptions options = {});

  TestRemote& remote() { return remote_; }
  GitHost& host() { return host_; }
  // Of an installation over SSH.
  TestSshd& sshd() { return *host_.sshd(); }
  GitsyncdProcess& server() { return server_; }
  // As the administrator.
  Api& api() { return *api_; }
  const std::string& dev() const { return dev_; }
  const std::string& staging() const { return staging_; }
  std::string url() { return host_.UrlOf(remote_.path()); }

  // A new organization that is connected to `url`, with its key let in, finalized.
  std::string Connect(const std::string& name, const std::string& url);
  // The same at another host.
  std::string ConnectAt(GitHost& host, const std::string& name, const std::string& url);
  // Connects an organization and lets its key or token do what `access` says. Not
  // finalized.
  void Configure(GitHost& host, const std::string& organization_id,
                 const std::string& url, Access access);
  // Ends the server (in order, or with SIGKILL) and starts it again on the same data.
  void Restart(bool kill = false);

 private:
  const InstallationOptions options_;
  TestRemote remote_;
  GitHost host_;
  const TempDir scripts_;
  GitsyncdProcess server_;
  std::unique_ptr<Api> api_;
  std::string dev_;
  std::string staging_;
};

}  // namespace gitsync

#endif  // GITSYNC_TESTS_INTEGRATION_INSTALLATION_H_
