#ifndef GITSYNC_TESTS_UNIT_GITHUB_APP_FIXTURE_H_
#define GITSYNC_TESTS_UNIT_GITHUB_APP_FIXTURE_H_

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "server/base/reason.h"
#include "server/github/app_logins.h"
#include "tests/support/github_stand_in.h"
#include "tests/support/status_matchers.h"
#include "tests/support/test_ca.h"

namespace gitsync {

// The system's clock, put forward or back. Thread-safe.
class ShiftedClock : public Clock {
 public:
  absl::Time Now() const override {
    return absl::Now() + absl::Seconds(seconds_.load());
  }
  void Shift(absl::Duration by) { seconds_ += absl::ToInt64Seconds(by); }

 private:
  std::atomic<int64_t> seconds_ = 0;
};

// App 123 with the installation 789 on the account "acme", which has the repositories
// "apps" and "more", at an API that knows all of it.
class AppTest : public ::testing::Test {
 protected:
  AppTest() : github_(ca_.Issue()), key_(github_.AddApp("123")) {
    github_.AddRepository("acme", "apps");
    github_.AddRepository("acme", "more");
    github_.AddInstallation("789", "123", "acme");
  }

  static HttpOptions Options() {
    HttpOptions options;
    options.allow_private = true;
    options.proxy = {};
    return options;
  }

  GitHubAppCredentials Credentials() const {
    GitHubAppCredentials app;
    app.app_id = "123";
    app.installation_id = "789";
    app.private_key = Secret(key_);
    app.key_id = "SHA256:key";
    app.api_url = github_.EnterpriseApiUrl();
    app.ca_certificate = ca_.certificate();
    return app;
  }

  Remote RemoteOf(const std::string& path, const GitHubAppCredentials& app) const {
    Remote remote;
    remote.url = *ParseGitUrl(absl::StrCat("https://git.example.com/", path), false);
    remote.credentials = app;
    return remote;
  }
  Remote Apps() const { return RemoteOf("acme/apps.git", Credentials()); }

  absl::StatusOr<HttpsLogin> Get(const Remote& remote) {
    return logins_.Get(remote, Context());
  }

  // Asks with these credentials, and expects this error, about this step. It names what
  // it is about, and shows neither the key nor any token.
  void ExpectError(const Remote& remote, absl::StatusCode code,
                   absl::string_view reason, absl::string_view step,
                   const std::string& words) {
    const absl::Status status = Get(remote).status();
    EXPECT_THAT(status, StatusIs(code, reason));
    EXPECT_EQ(MetadataOf(status, kLoginStep), step);
    const auto& app = std::get<GitHubAppCredentials>(remote.credentials);
    EXPECT_EQ(MetadataOf(status, "github_app_id"), app.app_id);
    EXPECT_EQ(MetadataOf(status, "github_app_installation_id"), app.installation_id);
    const std::string message(status.message());
    EXPECT_THAT(message, ::testing::HasSubstr(absl::StrCat("GitHub App ", app.app_id,
                                                           ", installation ",
                                                           app.installation_id)));
    EXPECT_THAT(message, ::testing::HasSubstr(words));
    // With the details that go to clients.
    const std::string all = status.ToString();
    EXPECT_THAT(all, ::testing::Not(::testing::HasSubstr(key_.substr(60, 30))));
    // Of a JWT: the header, as every one begins.
    EXPECT_THAT(all, ::testing::Not(::testing::HasSubstr("eyJ")));
    for (const std::string& token : github_.Tokens()) {
      EXPECT_THAT(all, ::testing::Not(::testing::HasSubstr(token)));
    }
    last_error_ = status;
  }
  void ExpectError(absl::StatusCode code, absl::string_view reason,
                   absl::string_view step, const std::string& words) {
    ExpectError(Apps(), code, reason, step, words);
  }

  const TestCa ca_;
  GitHubStandIn github_;
  const std::string key_;
  ShiftedClock clock_;
  HttpClient http_{Options()};
  GitHubAppLogins logins_{&http_, &clock_};
  absl::Status last_error_;  // of ExpectError
};

}  // namespace gitsync

#endif  // GITSYNC_TESTS_UNIT_GITHUB_APP_FIXTURE_H_
