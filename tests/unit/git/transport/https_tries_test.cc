#include "server/git/transport/https_tries.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "absl/strings/str_cat.h"
#include "server/base/error.h"
#include "server/base/reason.h"
#include "server/base/steady_clock.h"
#include "server/git/transport/https_refusal.h"
#include "server/git/transport/next_try.h"
#include "tests/support/status_matchers.h"

namespace gitsync {
namespace {

using absl::StatusCode;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

absl::Status Refused(const std::string& http_status) {
  return Error(StatusCode::kUnauthenticated, reason::kRemoteAuthFailed, "Not you.")
      .With(kHttpStatus, http_status);
}

absl::Status Limited() {
  return Error(StatusCode::kResourceExhausted, reason::kRemoteRateLimited, "Later.")
      .With(kHttpStatus, "429")
      .RetryAfter(absl::Seconds(40));
}

class HttpsTriesTest : public testing::Test {
 protected:
  HttpsTriesTest() {
    remote_.url = *ParseGitUrl("https://example.com/a.git", false);
    remote_.credentials = HttpsCredentials{"user", Secret("token"), ""};
    remote_.circuit = "organization/etag";
  }

  absl::Status Check(const Remote& remote, const HttpsLogin& login) {
    return tries_.Check(remote, GitService::kUploadPack, login, now_);
  }
  absl::Status Check() { return Check(remote_, login_); }
  void Note(const absl::Status& answer) { Note(remote_, answer); }
  void Note(const Remote& remote, const absl::Status& answer) {
    tries_.Note(remote, GitService::kUploadPack, login_, answer, now_);
  }

  HttpsTries tries_;
  Remote remote_;
  HttpsLogin login_ = {"user", Secret("token"), "id"};
  absl::Time now_ = SteadyNow();
};

TEST_F(HttpsTriesTest, RefusedLoginIsAnsweredFromMemoryForAWhile) {
  EXPECT_OK(Check());
  Note(Refused("401"));

  const absl::Status remembered = Check();

  EXPECT_THAT(remembered,
              StatusIs(StatusCode::kUnauthenticated, reason::kRemoteAuthFailed));
  EXPECT_THAT(std::string(remembered.message()), HasSubstr("Not you."));
  EXPECT_THAT(MetadataOf(remembered, kNextTryTime), Not(IsEmpty()));
  EXPECT_EQ(MetadataOf(remembered, kHttpStatus), "401");
  now_ += RefusedLogins::kFirstPause;
  EXPECT_OK(Check());
}

TEST_F(HttpsTriesTest, WhatBecameOfAPushIsAskedWhateverWasAnswered) {
  Remote settling = remote_;
  settling.settles = true;
  for (const absl::Status& answer : {Refused("401"), Limited()}) {
    Note(answer);

    EXPECT_FALSE(Check().ok());
    EXPECT_OK(Check(settling, login_));
  }
}

TEST_F(HttpsTriesTest, RefusedLoginIsTriedByWhoeverProvesItOrHasAnother) {
  Note(Refused("401"));
  Remote mended = remote_;
  mended.even_if_paused = true;
  Remote changed = remote_;
  changed.circuit = "organization/other";
  const HttpsLogin renewed = {"user", Secret("other"), "other"};

  EXPECT_OK(Check(mended, login_));
  EXPECT_OK(Check(changed, login_));
  EXPECT_OK(Check(remote_, renewed));
  Note(absl::OkStatus());

  EXPECT_OK(Check());
}

// Some hosts answer that to who may only read.
TEST_F(HttpsTriesTest, RefusalToWriteIsNoneToRead) {
  tries_.Note(remote_, GitService::kReceivePack, login_, Refused("401"), now_);

  EXPECT_OK(Check());
  EXPECT_THAT(tries_.Check(remote_, GitService::kReceivePack, login_, now_),
              StatusIs(StatusCode::kUnauthenticated, reason::kRemoteAuthFailed));
}

TEST_F(HttpsTriesTest, OtherErrorsAreNotRemembered) {
  Note(Refused("403"));
  Note(Error(StatusCode::kUnavailable, reason::kRemoteUnreachable, "Away.")
           .With(kHttpStatus, "503")
           .RetryAfter(absl::Seconds(40)));

  EXPECT_OK(Check());
}

TEST_F(HttpsTriesTest, HostThatAsksForPatienceGetsItFromThatUser) {
  Note(Limited());
  Remote other_organization = remote_;
  other_organization.circuit = "other/etag";
  other_organization.even_if_paused = true;
  Remote other_host = remote_;
  other_host.url.host = "example.org";
  const HttpsLogin other_user = {"else", Secret("token"), "id"};

  EXPECT_THAT(Check(other_organization, login_),
              StatusIs(StatusCode::kResourceExhausted, reason::kRemoteRateLimited));
  EXPECT_OK(Check(other_host, login_));
  EXPECT_OK(Check(remote_, other_user));
  now_ += absl::Seconds(39);
  EXPECT_THAT(Check(),
              StatusIs(StatusCode::kResourceExhausted, reason::kRemoteRateLimited));
  now_ += absl::Seconds(1);

  EXPECT_OK(Check());
}

TEST_F(HttpsTriesTest, InstallationsOfGitHubAppsAreAccountsOfTheirOwn) {
  GitHubAppCredentials app;
  app.installation_id = "1";
  remote_.credentials = app;
  Note(Limited());
  app.installation_id = "2";
  Remote other = remote_;
  other.credentials = app;

  EXPECT_OK(Check(other, login_));
  EXPECT_THAT(Check(),
              StatusIs(StatusCode::kResourceExhausted, reason::kRemoteRateLimited));
}

TEST_F(HttpsTriesTest, LoginsThatMayFailAreRationedByUserName) {
  for (int i = 0; i < 4; ++i) {
    remote_.circuit = absl::StrCat("organization ", i, "/etag");
    EXPECT_OK(Check());
    Note(Refused("401"));
  }
  remote_.circuit = "another/etag";
  Remote proved = remote_;
  proved.login_proved = true;
  const HttpsLogin other_user = {"else", Secret("token"), "id"};

  EXPECT_THAT(Check(),
              StatusIs(StatusCode::kResourceExhausted, reason::kRemoteRateLimited));
  EXPECT_OK(Check(proved, login_));
  EXPECT_OK(Check(remote_, other_user));
  now_ += 2 * LoginDebt::kRefill;

  EXPECT_OK(Check());
}

TEST_F(HttpsTriesTest, LoginThatWorkedIsNotRationedWhateverIsStoredOfIt) {
  Note(absl::OkStatus());
  Remote other = remote_;
  for (int i = 0; i < 4; ++i) {
    other.circuit = absl::StrCat("other ", i, "/etag");
    Note(other, Refused("401"));
  }

  EXPECT_OK(Check());
  Note(Refused("401"));
  now_ += RefusedLogins::kFirstPause - LoginDebt::kRefill;

  EXPECT_THAT(Check(),
              StatusIs(StatusCode::kUnauthenticated, reason::kRemoteAuthFailed));
}

// Many have one user name, such as "git".
TEST_F(HttpsTriesTest, QuotaOfALoginThatWorksIsNobodyElses) {
  Remote other = remote_;
  other.circuit = "other/etag";
  remote_.login_proved = true;
  Note(Limited());

  EXPECT_THAT(Check(),
              StatusIs(StatusCode::kResourceExhausted, reason::kRemoteRateLimited));
  EXPECT_OK(Check(other, login_));
}

}  // namespace
}  // namespace gitsync
