#ifndef GITSYNC_TESTS_SUPPORT_GITHUB_STAND_IN_H_
#define GITSYNC_TESTS_SUPPORT_GITHUB_STAND_IN_H_

#include <sys/types.h>

#include <string>
#include <vector>

#include "absl/time/time.h"
#include "tests/support/temp_dir.h"
#include "tests/support/test_ca.h"

namespace gitsync {

// What GitHub's API should do instead of answering normally.
struct GitHubFault {
  int status = 0;                         // 0: the normal answer, but delayed
  std::string body = "";                  // sent unchanged
  std::vector<std::string> headers = {};  // "Name: value"
  absl::Duration delay = absl::ZeroDuration();
  int times = 1;
};

// GitHub's API for Apps, simulated by the program in tests/support/github_stand_in,
// with TLS on a free port of 127.0.0.1. It starts without any data. If it fails to
// start, the test fails.
class GitHubStandIn {
 public:
  // Presents `certificate`, which must be valid for 127.0.0.1.
  explicit GitHubStandIn(const TestCertificate& certificate);
  ~GitHubStandIn();
  GitHubStandIn(const GitHubStandIn&) = delete;
  GitHubStandIn& operator=(const GitHubStandIn&) = delete;

  // Base URL of the API, as on github.com and as on GitHub Enterprise.
  std::string ApiUrl() const;
  std::string EnterpriseApiUrl() const { return ApiUrl() + "/api/v3"; }
  // The URL at which a git server asks whether it may serve X-Original-URI to a client
  // with this Authorization: 200, 401 or 403. Not TLS.
  std::string AuthUrl() const;

  // Creates an App, or another key for it. Returns the private key, in PEM.
  std::string AddApp(const std::string& id);
  std::string AddKey(const std::string& app);
  void RevokeKeys(const std::string& app);
  void AddRepository(const std::string& owner, const std::string& name);
  // Adds an installation of the App on an account. It covers all the account's
  // repositories, and may write their contents.
  void AddInstallation(const std::string& id, const std::string& app,
                       const std::string& account);
  // Changes the installation. `change` contains members of a JSON object, such as
  // "suspended", "repositories" (a list of names) or "permissions".
  void ChangeInstallation(const std::string& id, const std::string& change);

  void SetClock(absl::Duration ahead);
  void SetTokenLifetime(absl::Duration lifetime);
  // Sets the expiry time that new tokens claim, true or not; empty: the true time.
  void SetExpiresAt(const std::string& time);
  void RevokeTokens();
  // The same, after a git server has asked this many times and was answered.
  void RevokeTokensAfter(int git_requests);
  // Returns the tokens that were issued and not revoked.
  std::vector<std::string> Tokens() const;

  // Faults occur in the order in which they were added.
  void Fail(const GitHubFault& fault);
  void StopFailing();
  // Counts the requests with this method whose path ends with `path`.
  int Count(const std::string& method, const std::string& path) const;
  int TokenRequests() const { return Count("POST", "/access_tokens"); }
  // Returns all requests so far, as JSON.
  std::string Seen() const;

 private:
  // Sends the program a command, written without its braces, and returns the answer.
  std::string Tell(const std::string& command) const;

  TempDir dir_;
  pid_t pid_ = -1;
  int stdin_ = -1;
  std::string api_port_;
  std::string control_port_;
};

}  // namespace gitsync

#endif  // GITSYNC_TESTS_SUPPORT_GITHUB_STAND_IN_H_
