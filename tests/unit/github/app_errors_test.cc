// What GitHub refuses, and what is said of it.

#include <vector>

#include "server/base/error.h"
#include "tests/unit/github/app_fixture.h"

namespace gitsync {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr absl::StatusCode kUnauthenticated = absl::StatusCode::kUnauthenticated;

class AppErrorsTest : public AppTest {
 protected:
  void ExpectProtocolError(absl::string_view step) {
    ExpectError(absl::StatusCode::kInternal, reason::kRemoteProtocolError, step,
                github_.EnterpriseApiUrl());
  }
};

TEST_F(AppErrorsTest, ClockThatIsBehindOrAheadIsMadeUpFor) {
  for (const absl::Duration ahead : {absl::Minutes(-20), absl::Minutes(20)}) {
    GitHubAppLogins logins(&http_, &clock_);
    github_.SetClock(ahead);
    const int before = github_.TokenRequests();

    EXPECT_OK(logins.Get(Apps(), Context())) << ahead;
    // The first is refused; from then on the difference is known.
    EXPECT_EQ(github_.TokenRequests() - before, 2) << ahead;
    EXPECT_OK(logins.Get(RemoteOf("acme/more", Credentials()), Context())) << ahead;
    EXPECT_EQ(github_.TokenRequests() - before, 3) << ahead;
  }
}

TEST_F(AppErrorsTest, ClockThatIsMendedIsNoticed) {
  github_.SetClock(absl::Minutes(20));
  ASSERT_OK(Get(Apps()));
  github_.SetClock(absl::ZeroDuration());

  EXPECT_OK(Get(RemoteOf("acme/more", Credentials())));
}

TEST_F(AppErrorsTest, SmallDifferenceOfClocksDoesNotMatter) {
  github_.SetClock(absl::Seconds(-50));
  EXPECT_OK(Get(Apps()));
  github_.SetClock(absl::Seconds(50));
  EXPECT_OK(Get(RemoteOf("acme/more", Credentials())));

  EXPECT_EQ(github_.TokenRequests(), 2);
}

TEST_F(AppErrorsTest, RevokedKey) {
  github_.RevokeKeys("123");

  ExpectError(kUnauthenticated, reason::kRemoteAuthFailed, kAppStep,
              "refused the App's private key");

  EXPECT_EQ(github_.TokenRequests(), 1);
}

TEST_F(AppErrorsTest, KeyOfAnotherApp) {
  GitHubAppCredentials app = Credentials();
  app.private_key = Secret(github_.AddApp("124"));

  ExpectError(RemoteOf("acme/apps", app), kUnauthenticated, reason::kRemoteAuthFailed,
              kAppStep, "A JSON web token could not be decoded");
}

TEST_F(AppErrorsTest, ClientIdServesAsAppId) {
  GitHubAppCredentials app = Credentials();
  app.app_id = "Iv1.123";

  EXPECT_OK(Get(RemoteOf("acme/apps", app)));
}

TEST_F(AppErrorsTest, UnknownApp) {
  GitHubAppCredentials app = Credentials();
  app.app_id = "999";

  ExpectError(RemoteOf("acme/apps", app), kUnauthenticated, reason::kRemoteAuthFailed,
              kAppStep, "Check githubAppId and githubEnterpriseApiUrl");
}

TEST_F(AppErrorsTest, UnknownInstallation) {
  GitHubAppCredentials app = Credentials();
  app.installation_id = "790";
  const std::string words = "check githubAppInstallationId";
  ExpectError(RemoteOf("acme/apps", app), kUnauthenticated, reason::kRemoteAuthFailed,
              kInstallationStep, words);

  // Of another App.
  github_.AddApp("124");
  github_.AddInstallation("790", "124", "acme");
  ExpectError(RemoteOf("acme/apps", app), kUnauthenticated, reason::kRemoteAuthFailed,
              kInstallationStep, words);
}

TEST_F(AppErrorsTest, SuspendedInstallation) {
  github_.ChangeInstallation("789", R"("suspended":true)");

  ExpectError(kUnauthenticated, reason::kRemoteAuthFailed, kInstallationStep,
              "the installation is suspended");
}

TEST_F(AppErrorsTest, OtherRefusalOfTheInstallationIsQuoted) {
  github_.Fail({.status = 403,
                .body = R"({"message":"your IP address is not \u001b[31mpermitted"})"});

  ExpectError(kUnauthenticated, reason::kRemoteAuthFailed, kInstallationStep,
              "GitHub said: your IP address is not");

  EXPECT_THAT(std::string(last_error_.message()), Not(HasSubstr("\033")));
}

TEST_F(AppErrorsTest, RepositoryThatTheInstallationDoesNotCover) {
  github_.ChangeInstallation("789", R"("repositories":["more"])");
  ExpectError(absl::StatusCode::kNotFound, reason::kRemoteRepositoryNotFound,
              kInstallationStep, "does not cover the repository acme/apps");

  ExpectError(RemoteOf("other/apps", Credentials()), absl::StatusCode::kNotFound,
              reason::kRemoteRepositoryNotFound, kInstallationStep,
              "is on the account acme and can't cover the repository other/apps");
}

TEST_F(AppErrorsTest, AppThatMayOnlyReadGetsATokenToRead) {
  github_.ChangeInstallation("789", R"("permissions":{"contents":"read"})");

  EXPECT_OK(Get(Apps()));
  EXPECT_THAT(github_.Seen(), HasSubstr(R"(\"contents\":\"read\")"));

  github_.ChangeInstallation("789", R"("repositories":["more"])");
  GitHubAppCredentials app = Credentials();
  app.token_since = clock_.Now();
  ExpectError(RemoteOf("acme/apps", app), absl::StatusCode::kNotFound,
              reason::kRemoteRepositoryNotFound, kInstallationStep, "does not cover");
}

TEST_F(AppErrorsTest, AppThatMayNotEvenRead) {
  github_.ChangeInstallation("789", R"("permissions":{"issues":"write"})");

  ExpectError(kUnauthenticated, reason::kRemoteAuthFailed, kInstallationStep,
              "Contents: Read and write");
}

TEST_F(AppErrorsTest, LimitIsRespectedUntilItEnds) {
  github_.Fail({.status = 429,
                .body = R"({"message":"slow down"})",
                .headers = {"Retry-After: 30"}});
  ExpectError(absl::StatusCode::kResourceExhausted, reason::kRemoteRateLimited,
              kAppStep, "takes no more requests of this installation");
  EXPECT_GE(RetryDelayOf(last_error_), absl::Seconds(25));
  EXPECT_LE(RetryDelayOf(last_error_), absl::Seconds(30));

  // Nothing is asked for the installation, whatever the repository; for others it is.
  const Remote more = RemoteOf("acme/more", Credentials());
  ExpectError(more, absl::StatusCode::kResourceExhausted, reason::kRemoteRateLimited,
              kAppStep, "repeat this in");
  EXPECT_EQ(github_.TokenRequests(), 1);
  github_.AddInstallation("790", "123", "acme");
  GitHubAppCredentials other = Credentials();
  other.installation_id = "790";
  EXPECT_OK(Get(RemoteOf("acme/apps", other)));

  clock_.Shift(absl::Seconds(31));
  EXPECT_OK(Get(more));
}

TEST_F(AppErrorsTest, EveryFormOfLimitIsUnderstood) {
  struct Case {
    GitHubFault fault;
    int seconds;
  };
  const auto reset = [](absl::Duration in) {
    return absl::StrCat("X-RateLimit-Reset: ", absl::ToUnixSeconds(absl::Now() + in));
  };
  const std::vector<Case> cases = {
      {{403, R"({"message":"You have exceeded a secondary rate limit."})", {}}, 60},
      {{403, R"({"message":"abuse detection mechanism"})", {"Retry-After: 20"}}, 20},
      {{403, "{}", {"X-RateLimit-Remaining: 0", reset(absl::Minutes(10))}}, 600},
      {{429, "", {"X-RateLimit-Remaining: 0", reset(absl::Minutes(10))}}, 600},
      {{429, "", {}}, 60},
      {{429, "", {"Retry-After: 99999999"}}, 3600},
      {{429, "", {"Retry-After: -5"}}, 1},
      {{403, "{}", {"X-RateLimit-Remaining: 0", reset(absl::Minutes(-2))}}, 1},
  };
  for (const Case& limit : cases) {
    SCOPED_TRACE(absl::StrCat(limit.fault.status, limit.fault.body, limit.seconds));
    github_.Fail(limit.fault);
    GitHubAppLogins logins(&http_, &clock_);

    const absl::Status status = logins.Get(Apps(), Context()).status();

    EXPECT_THAT(status, StatusIs(absl::StatusCode::kResourceExhausted,
                                 reason::kRemoteRateLimited));
    EXPECT_LE(RetryDelayOf(status), absl::Seconds(limit.seconds));
    EXPECT_GE(RetryDelayOf(status), absl::Seconds(limit.seconds - 10));
  }
}

TEST_F(AppErrorsTest, FaultsOfTheApi) {
  for (const int code : {500, 502, 503}) {
    github_.Fail({.status = code, .body = "<html>oops</html>"});
    ExpectError(absl::StatusCode::kUnavailable, reason::kRemoteUnreachable, kAppStep,
                absl::StrCat("answered with HTTP status ", code));
  }
  EXPECT_OK(Get(Apps()));
}

TEST_F(AppErrorsTest, SomethingElseThanGitHub) {
  github_.Fail({.status = 200, .body = "<html>Welcome</html>"});
  ExpectProtocolError(kAppStep);
  github_.Fail({.status = 404, .body = "<html>Not Found</html>"});
  ExpectProtocolError(kAppStep);
  github_.Fail({.status = 302, .headers = {"Location: https://evil.example"}});
  ExpectProtocolError(kAppStep);
  github_.Fail({.status = 201, .body = "[1, 2]"});
  ExpectProtocolError(kAppStep);
  github_.Fail({.status = 201, .body = std::string(20000, '[')});
  ExpectProtocolError(kAppStep);
}

TEST_F(AppErrorsTest, AnswersWithoutAUsableToken) {
  const auto token = [](absl::string_view text, absl::string_view expires) {
    return absl::StrCat(R"({"token":")", text, R"(","expires_at":")", expires, "\"}");
  };
  const std::string future =
      absl::FormatTime(absl::Now() + absl::Minutes(30), absl::UTCTimeZone());
  for (const std::string& body :
       {std::string(), std::string("{}"), std::string(R"({"token":5})"),
        token("", future), token(std::string(5000, 'x'), future), token("t", ""),
        token("t", "tomorrow"), token("t", "2001-01-01T00:00:00Z"),
        token("t", "9999-01-01T00:00:00Z")}) {
    SCOPED_TRACE(body.substr(0, 100));
    github_.Fail({.status = 201, .body = body});

    ExpectProtocolError(kInstallationStep);
  }
  github_.Fail({.status = 201, .body = token("t", future)});
  EXPECT_OK(Get(Apps()));
}

TEST_F(AppErrorsTest, ApiThatCantBeReached) {
  GitHubAppCredentials app = Credentials();
  app.api_url = "https://127.0.0.1:1";
  ExpectError(RemoteOf("acme/apps", app), absl::StatusCode::kUnavailable,
              reason::kRemoteUnreachable, kAppStep, "https://127.0.0.1:1");
}

TEST_F(AppErrorsTest, ApiWithACertificateOfAnUnknownAuthority) {
  GitHubAppCredentials app = Credentials();
  app.ca_certificate = TestCa().certificate();
  ExpectError(RemoteOf("acme/apps", app), absl::StatusCode::kFailedPrecondition,
              reason::kRemoteTlsFailed, kAppStep, "caCertificate");
  EXPECT_EQ(github_.TokenRequests(), 0);
}

TEST_F(AppErrorsTest, ApiThatIsTooSlow) {
  github_.Fail({.delay = absl::Seconds(600)});

  const auto late = logins_.Get(
      Apps(), Context().WithDeadline(absl::Now() + absl::Milliseconds(200)));

  EXPECT_THAT(late, EndedByDeadline());
}

TEST_F(AppErrorsTest, PrivateAddressIsRefused) {
  HttpOptions options = Options();
  options.allow_private = false;
  HttpClient http(options);
  GitHubAppLogins logins(&http, &clock_);

  EXPECT_THAT(
      logins.Get(Apps(), Context()),
      StatusIs(absl::StatusCode::kPermissionDenied, reason::kRemoteAddressRefused));
  EXPECT_EQ(github_.TokenRequests(), 0);
}

}  // namespace
}  // namespace gitsync
