// When tokens are asked for, and how long they are used.

#include "server/github/app_logins.h"

#include <set>
#include <thread>
#include <vector>

#include "tests/unit/github/app_fixture.h"

namespace gitsync {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

class AppLoginsTest : public AppTest {
 protected:
  std::string Token(const HttpsLogin& login) {
    return std::string(login.token.Reveal());
  }

  // Waits until the stand-in has this many requests for a token.
  void AwaitTokenRequests(int count) {
    while (github_.TokenRequests() < count) absl::SleepFor(absl::Milliseconds(5));
  }
};

TEST_F(AppLoginsTest, AsksForTheRepositoryAndItsContentsOnly) {
  ASSERT_OK_AND_ASSIGN(const HttpsLogin login, Get(Apps()));

  EXPECT_EQ(login.username, "x-access-token");
  EXPECT_THAT(Token(login), StartsWith("ghs_"));
  EXPECT_THAT(login.id, Not(HasSubstr(Token(login))));
  const std::string seen = github_.Seen();
  EXPECT_THAT(seen,
              HasSubstr(R"("path":"/api/v3/app/installations/789/access_tokens")"));
  EXPECT_THAT(seen, HasSubstr(R"(\"repositories\":[\"apps\"])"));
  EXPECT_THAT(seen, HasSubstr(R"(\"permissions\":{\"contents\":\"write\"})"));
  EXPECT_THAT(seen, HasSubstr(R"("accept":"application/vnd.github+json")"));
  EXPECT_THAT(seen, HasSubstr(R"("version":"2022-11-28")"));
}

TEST_F(AppLoginsTest, KeepsTheTokenForItsRepository) {
  ASSERT_OK_AND_ASSIGN(const HttpsLogin first, Get(Apps()));
  ASSERT_OK_AND_ASSIGN(const HttpsLogin second, Get(Apps()));
  ASSERT_OK_AND_ASSIGN(const HttpsLogin other,
                       Get(RemoteOf("acme/more", Credentials())));

  EXPECT_EQ(Token(first), Token(second));
  EXPECT_EQ(first.id, second.id);
  EXPECT_NE(Token(first), Token(other));
  EXPECT_NE(first.id, other.id);
  EXPECT_EQ(github_.TokenRequests(), 2);
}

TEST_F(AppLoginsTest, AnotherKeyOfTheAppGetsAnotherToken) {
  ASSERT_OK(Get(Apps()));
  GitHubAppCredentials app = Credentials();
  app.private_key = Secret(github_.AddKey("123"));
  app.key_id = "SHA256:other";

  ASSERT_OK(Get(RemoteOf("acme/apps.git", app)));

  EXPECT_EQ(github_.TokenRequests(), 2);
}

TEST_F(AppLoginsTest, FiftyCallersMakeOneRequest) {
  github_.Fail({.delay = absl::Milliseconds(300)});
  absl::Mutex mutex;
  std::set<std::string> tokens;
  std::vector<std::thread> threads;
  for (int i = 0; i < 50; ++i) {
    threads.emplace_back([&] {
      const absl::StatusOr<HttpsLogin> login = Get(Apps());
      absl::MutexLock lock(&mutex);
      tokens.insert(login.ok() ? Token(*login) : login.status().ToString());
    });
  }
  for (std::thread& thread : threads) thread.join();

  EXPECT_EQ(tokens.size(), 1u);
  EXPECT_THAT(*tokens.begin(), StartsWith("ghs_"));
  EXPECT_EQ(github_.TokenRequests(), 1);
}

TEST_F(AppLoginsTest, CallersShareTheErrorOfOneRequest) {
  github_.Fail({.status = 502, .delay = absl::Seconds(3)});
  absl::Status first;
  std::thread asker([&] { first = Get(Apps()).status(); });
  AwaitTokenRequests(1);

  const absl::Status second = Get(Apps()).status();
  asker.join();

  EXPECT_THAT(first, HasCode(absl::StatusCode::kUnavailable));
  EXPECT_THAT(second, HasCode(absl::StatusCode::kUnavailable));
  EXPECT_EQ(github_.TokenRequests(), 1);
}

TEST_F(AppLoginsTest, CancelledCallerTakesNobodyWithIt) {
  github_.Fail({.delay = absl::Seconds(600)});
  const Context doomed;
  absl::Status cancelled;
  std::thread asker([&] { cancelled = logins_.Get(Apps(), doomed).status(); });
  AwaitTokenRequests(1);
  absl::StatusOr<HttpsLogin> login = absl::UnknownError("no answer");
  std::thread waiter([&] { login = Get(Apps()); });
  absl::SleepFor(absl::Milliseconds(20));

  doomed.cancellation->Cancel();
  asker.join();
  waiter.join();

  EXPECT_THAT(cancelled, StatusIs(absl::StatusCode::kCancelled, reason::kCancelled));
  EXPECT_OK(login);
  EXPECT_EQ(github_.TokenRequests(), 2);
}

TEST_F(AppLoginsTest, WaitingCallerKeepsItsOwnLimits) {
  github_.Fail({.delay = absl::Seconds(3)});
  absl::StatusOr<HttpsLogin> login = absl::UnknownError("no answer");
  std::thread asker([&] { login = Get(Apps()); });
  AwaitTokenRequests(1);
  const Context cancelled;
  cancelled.cancellation->Cancel();
  const Context late = Context().WithDeadline(absl::Now() + absl::Milliseconds(20));

  EXPECT_THAT(logins_.Get(Apps(), cancelled), HasCode(absl::StatusCode::kCancelled));
  EXPECT_THAT(logins_.Get(Apps(), late), HasCode(absl::StatusCode::kDeadlineExceeded));
  asker.join();

  EXPECT_OK(login);
  EXPECT_EQ(github_.TokenRequests(), 1);
}

TEST_F(AppLoginsTest, RenewsFiveMinutesBeforeTheEnd) {
  ASSERT_OK_AND_ASSIGN(const HttpsLogin first, Get(Apps()));
  clock_.Shift(absl::Minutes(54));
  ASSERT_OK_AND_ASSIGN(const HttpsLogin kept, Get(Apps()));
  clock_.Shift(absl::Seconds(61));
  github_.SetClock(absl::Minutes(55));
  ASSERT_OK_AND_ASSIGN(const HttpsLogin renewed, Get(Apps()));

  EXPECT_EQ(first.id, kept.id);
  EXPECT_NE(first.id, renewed.id);
  EXPECT_NE(Token(first), Token(renewed));
}

// By GitHub's clock, which is not ours: what counts is how long a token is good for.
TEST_F(AppLoginsTest, LifetimeIsCountedByGitHubsClock) {
  for (const absl::Duration ahead : {absl::Minutes(-50), absl::Minutes(50)}) {
    github_.SetClock(ahead);
    GitHubAppLogins logins(&http_, &clock_);
    ASSERT_OK_AND_ASSIGN(const HttpsLogin first, logins.Get(Apps(), Context()));
    clock_.Shift(absl::Minutes(54));
    ASSERT_OK_AND_ASSIGN(const HttpsLogin kept, logins.Get(Apps(), Context()));
    clock_.Shift(absl::Minutes(2));
    ASSERT_OK_AND_ASSIGN(const HttpsLogin renewed, logins.Get(Apps(), Context()));
    clock_.Shift(absl::Minutes(-56));

    EXPECT_EQ(first.id, kept.id) << ahead;
    EXPECT_NE(first.id, renewed.id) << ahead;
  }
}

TEST_F(AppLoginsTest, OldTokenDoesWhileNoNewOneCanBeHad) {
  ASSERT_OK_AND_ASSIGN(const HttpsLogin first, Get(Apps()));
  github_.Fail({.status = 503, .times = 1000});
  clock_.Shift(absl::Minutes(56));
  ASSERT_OK_AND_ASSIGN(const HttpsLogin kept, Get(Apps()));
  clock_.Shift(absl::Minutes(5));

  EXPECT_EQ(first.id, kept.id);
  EXPECT_THAT(Get(Apps()), HasCode(absl::StatusCode::kUnavailable));
}

TEST_F(AppLoginsTest, NobodyWaitsForANewTokenWhileTheOldOneIsGood) {
  ASSERT_OK_AND_ASSIGN(const HttpsLogin first, Get(Apps()));
  github_.Fail({.delay = absl::Seconds(600)});
  clock_.Shift(absl::Minutes(56));
  const Context context;
  std::thread asker([&] { EXPECT_FALSE(logins_.Get(Apps(), context).ok()); });
  AwaitTokenRequests(2);

  ASSERT_OK_AND_ASSIGN(const HttpsLogin kept, Get(Apps()));

  EXPECT_EQ(first.id, kept.id);
  context.cancellation->Cancel();
  asker.join();
}

TEST_F(AppLoginsTest, ShortLivedTokenIsUsedForHalfItsLife) {
  github_.SetTokenLifetime(absl::Minutes(2));
  ASSERT_OK_AND_ASSIGN(const HttpsLogin first, Get(Apps()));
  clock_.Shift(absl::Seconds(50));
  ASSERT_OK_AND_ASSIGN(const HttpsLogin kept, Get(Apps()));
  clock_.Shift(absl::Seconds(20));
  ASSERT_OK_AND_ASSIGN(const HttpsLogin renewed, Get(Apps()));

  EXPECT_EQ(first.id, kept.id);
  EXPECT_NE(first.id, renewed.id);
}

TEST_F(AppLoginsTest, RejectedTokenIsReplacedOnceAMinute) {
  ASSERT_OK_AND_ASSIGN(const HttpsLogin first, Get(Apps()));
  EXPECT_TRUE(logins_.Reject(Apps(), first));
  ASSERT_OK_AND_ASSIGN(const HttpsLogin second, Get(Apps()));
  EXPECT_NE(Token(first), Token(second));

  // A caller that had the first one gets the second.
  EXPECT_TRUE(logins_.Reject(Apps(), first));
  ASSERT_OK_AND_ASSIGN(const HttpsLogin same, Get(Apps()));
  EXPECT_EQ(second.id, same.id);

  EXPECT_FALSE(logins_.Reject(Apps(), second));
  ASSERT_OK(Get(Apps()));
  EXPECT_EQ(github_.TokenRequests(), 2);

  clock_.Shift(absl::Minutes(1));
  EXPECT_TRUE(logins_.Reject(Apps(), second));
  ASSERT_OK(Get(Apps()));
  EXPECT_EQ(github_.TokenRequests(), 3);
}

TEST_F(AppLoginsTest, ProofOfTheKeyAsksForANewToken) {
  ASSERT_OK_AND_ASSIGN(const HttpsLogin first, Get(Apps()));
  GitHubAppCredentials app = Credentials();
  app.token_since = clock_.Now();
  const Remote proof = RemoteOf("acme/apps.git", app);
  ASSERT_OK_AND_ASSIGN(const HttpsLogin second, Get(proof));
  ASSERT_OK_AND_ASSIGN(const HttpsLogin third, Get(proof));

  EXPECT_NE(first.id, second.id);
  EXPECT_EQ(second.id, third.id);

  github_.RevokeKeys("123");
  app.token_since = clock_.Now();
  EXPECT_THAT(Get(RemoteOf("acme/apps.git", app)),
              StatusIs(absl::StatusCode::kUnauthenticated, reason::kRemoteAuthFailed));
  EXPECT_OK(Get(Apps()));
}

TEST_F(AppLoginsTest, TokensThatWereNotUsedForLongestAreForgotten) {
  github_.AddRepository("acme", "third");
  GitHubAppLogins logins(&http_, &clock_, /*max_tokens=*/2);
  const auto get = [&](const std::string& name) {
    EXPECT_OK(logins.Get(RemoteOf("acme/" + name, Credentials()), Context()));
    return github_.TokenRequests();
  };

  EXPECT_EQ(get("apps"), 1);
  EXPECT_EQ(get("more"), 2);
  EXPECT_EQ(get("apps"), 2);
  EXPECT_EQ(get("third"), 3);
  EXPECT_EQ(get("apps"), 3);
  EXPECT_EQ(get("more"), 4);
}

TEST_F(AppLoginsTest, OtherCredentialsAreNotServed) {
  Remote remote = Apps();
  remote.credentials = HttpsCredentials{"user", Secret("token"), ""};

  EXPECT_THAT(Get(remote),
              StatusIs(absl::StatusCode::kUnauthenticated, reason::kRemoteAuthFailed));
  EXPECT_FALSE(logins_.Reject(remote, HttpsLogin()));
}

}  // namespace
}  // namespace gitsync
