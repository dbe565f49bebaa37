#ifndef GITSYNC_TESTS_SUPPORT_GITHUB_STAND_IN_H_
#define GITSYNC_TESTS_SUPPORT_GITHUB_STAND_IN_H_

#include <sys/types.h>

#include <string>
#include <vector>

#include "absl/time/time.h"
#include "tests/support/temp_dir.h"
#include "tests/support/test_ca.h"

namespace gitsync {

// What GitHub's API has to do instead of answering.
struct GitHubFault {
  int status = 0;                         // 0: the usual answer, only later
  std::string body = "";                  // as it is sent
  std::vector<std::string> headers = {};  // "Name: value"
  absl::Duration delay = absl::ZeroDuration();
  int times = 1;
};

// GitHub's API for Apps, as the program in tests/support/github_stand_in plays it, with
// TLS on a free port of 127.0.0.1. It knows nothing until it is told. Failures to start
// fail the test.
class GitHubStandIn {
 public:
  // Shows `certificate`, which has to be one for 127.0.0.1.
  explicit GitHubStandIn(const TestCertificate& certificate);
  ~GitHubStandIn();
  GitHubStandIn(const GitHubStandIn&) = delete;
  GitHubStandIn& operator=(const GitHubStandIn&) = delete;

  // Base of the API, as on github.com and as on GitHub Enterprise.
  std::string ApiUrl() const;
  std::string EnterpriseApiUrl() const { return ApiUrl() + "/api/v3"; }
  // Where a git server asks whether to serve X-Original-URI to the Authorization that
  // it got: 200, 401 or 403. Not TLS.
  std::string AuthUrl() const;

  // Makes an App, or another key of it; the private key, in PEM.
  std::string AddApp(const std::string& id);
  std::string AddKey(const std::string& app);
  void RevokeKeys(const std::string& app);
  void AddRepository(const std::string& owner, const std::string& name);
  // An installation of the App on an account: for all its repositories, and to write
  // their contents.
  void AddInstallation(const std::string& id, const std::string& app,
                       const std::string& account);
  // Changes it: members of a JSON object, such as "suspended", "repositories" (a list
  // of names) or "permissions".
  void ChangeInstallation(const std::string& id, const std::string& change);

  void SetClock(absl::Duration ahead);
  void SetTokenLifetime(absl::Duration lifetime);
  // What new tokens are said to expire at, whatever is true; empty: the truth.
  void SetExpiresAt(const std::string& time);
  void RevokeTokens();
  // The same, once a git server has asked this often, and was answered.
  void RevokeTokensAfter(int git_requests);
  // Those that were issued and not revoked.
  std::vector<std::string> Tokens() const;

  // Faults come in the order in which they were added.
  void Fail(const GitHubFault& fault);
  void StopFailing();
  // How many requests of this method there were, for paths that end so.
  int Count(const std::string& method, const std::string& path) const;
  int TokenRequests() const { return Count("POST", "/access_tokens"); }
  // All requests that there were, as JSON.
  std::string Seen() const;

 private:
  // Tells the program a command, without its braces; its answer.
  std::string Tell(const std::string& command) const;

  TempDir dir_;
  pid_t pid_ = -1;
  int stdin_ = -1;
  std::string api_port_;
  std::string control_port_;
};

}  // namespace gitsync

#endif  // GITSYNC_TESTS_SUPPORT_GITHUB_STAND_IN_H_
