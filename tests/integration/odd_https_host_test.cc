// Hosts that serve git over HTTPS, but not quite as git's own backend does.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "tests/integration/installation.h"

namespace gitsync {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

// As Azure DevOps: insists on multi_ack.
constexpr char kAzureDevOps[] = R"sh(
case $REQUEST_METHOD$PATH_INFO in
  POST*/git-upload-pack)
    cat >"$0.body"
    if ! grep -aq multi_ack "$0.body"; then
      printf 'Status: 400 Bad Request\r\nContent-Type: text/plain\r\n\r\n'
      printf 'TF401041: The Git protocol sent is not as expected '
      printf '(Clients must support multi-ack.).'
      exit
    fi
    exec "$git" <"$0.body" ;;
  *) exec "$git" ;;
esac)sh";

// Takes no request of unknown length.
constexpr char kWantsLength[] = R"sh(
if [ -n "$HTTP_TRANSFER_ENCODING" ]; then
  cat >/dev/null
  printf 'Status: 411 Length Required\r\nContent-Type: text/html\r\n\r\n'
  printf '<html><h1>411 Length Required</h1></html>'
  exit
fi
exec "$git")sh";

class OddHttpsHostTest : public ::testing::Test {
 protected:
  OddHttpsHostTest() : gitsync_({.transport = Transport::kHttps}) {}

  Api& api() { return gitsync_.api(); }
  void Answer(const std::string& script) {
    gitsync_.host().nginx()->SetBackend(script);
  }

  // A step of TestGitConnection.
  v1::ConnectionStep StepOf(const std::string& organization, const std::string& name) {
    v1::TestGitConnectionRequest request;
    request.set_organization_id(organization);
    const auto tested =
        api().client().Call(&v1::GitConfigService::Stub::TestGitConnection, request);
    EXPECT_OK(tested);
    for (const v1::ConnectionStep& step : tested->steps()) {
      if (step.name() == name) return step;
    }
    ADD_FAILURE() << "no step " << name;
    return {};
  }

  v1::ConnectionStep FailedStepOf(const std::string& organization) {
    for (const char* name : {"connect", "authenticate", "repository", "fetch"}) {
      const v1::ConnectionStep step = StepOf(organization, name);
      if (step.outcome() == v1::ConnectionStep::OUTCOME_FAILED) return step;
    }
    return {};
  }

  Installation gitsync_;
};

TEST_F(OddHttpsHostTest, HostThatInsistsOnMultiAckIsFetchedFrom) {
  Answer(kAzureDevOps);
  const AppAndVersion app = api().CreateApp(gitsync_.dev(), "Shop", kDefinition);
  ASSERT_OK(api().Push(app, "Add"));
  gitsync_.remote().CommitFromElsewhere("README.md", "theirs\n", "Theirs");

  EXPECT_EQ(StepOf(gitsync_.dev(), "fetch").outcome(),
            v1::ConnectionStep::OUTCOME_PASSED);
  EXPECT_OK(api().CheckForUpdates(app.app_id));
  ASSERT_OK(api().UpdateDefinition(app, R"({"revision":2})"));
  ASSERT_OK(api().Push(app, "Change"));
  EXPECT_OK(api().Import(gitsync_.staging(), app.git_app_id));

  EXPECT_THAT(gitsync_.remote().Log(), ElementsAre("Change", "Theirs", "Add"));
}

TEST_F(OddHttpsHostTest, HostThatRefusesToBeFetchedFromIsNotReady) {
  gitsync_.remote().CommitFromElsewhere("README.md", "theirs\n", "Theirs");
  Answer(
      "case $REQUEST_METHOD$PATH_INFO in\n"
      "  POST*/git-upload-pack) cat >/dev/null\n"
      "    printf 'Status: 400 No\\r\\nContent-Type: text/plain\\r\\n\\r\\nTF401041: "
      "no' "
      ";;\n"
      "  *) exec \"$git\" ;;\nesac");

  const v1::ConnectionStep step = StepOf(gitsync_.dev(), "fetch");
  const auto finalized = api().Finalize(gitsync_.dev());

  EXPECT_EQ(step.outcome(), v1::ConnectionStep::OUTCOME_FAILED);
  EXPECT_THAT(step.detail(), HasSubstr("TF401041"));
  EXPECT_EQ(ReasonSeen(finalized.status()), "REMOTE_REJECTED");
}

TEST_F(OddHttpsHostTest, LargePushGoesToAHostThatWantsItsLength) {
  std::string text;
  for (uint32_t i = 1; text.size() < (4 << 20); ++i) {
    absl::StrAppend(&text, i * 2654435761u);
  }
  const AppAndVersion app = api().CreateApp(
      gitsync_.dev(), "Large", absl::StrCat(R"({"text":")", text, R"("})"));
  Answer(kWantsLength);

  ASSERT_OK(api().Push(app, "Large"));

  EXPECT_THAT(gitsync_.remote().Log(), ElementsAre("Large"));
  EXPECT_TRUE(gitsync_.remote().FsckClean());
}

TEST_F(OddHttpsHostTest, RedirectToAnotherPathOfTheHostIsFollowed) {
  const std::string url = gitsync_.url();
  // As GitLab does it for a URL without ".git", and others for a renamed repository.
  for (const std::string& old_url :
       {url.substr(0, url.size() - 4), url.substr(0, url.rfind('/')) + "/old.git"}) {
    Answer(
        "case $PATH_INFO in\n"
        "  */remote.git/*) exec \"$git\" ;;\n"
        "  *) printf 'Status: 301 Moved\\r\\nLocation: %s?%s\\r\\n\\r\\n' "
        "\"$(echo \"$PATH_INFO\" | sed 's,/[^/]*/info/refs$,/remote.git/info/refs,')\" "
        "\"$QUERY_STRING\" ;;\n"
        "esac");
    const std::string organization =
        gitsync_.Connect(old_url.substr(old_url.rfind('/')).substr(1), old_url);
    const AppAndVersion app =
        api().CreateApp(organization, old_url.substr(url.size() - 8), kDefinition);

    // The second goes out without asking where the refs are.
    ASSERT_OK(api().Push(app, "Add"));
    ASSERT_OK(api().UpdateDefinition(app, R"({"revision":2})"));
    ASSERT_OK(api().Push(app, "Change"));

    EXPECT_THAT(StepOf(organization, "repository").detail(), HasSubstr(url));
  }
}

TEST_F(OddHttpsHostTest, RedirectThatIsNotFollowedIsToldWithItsTarget) {
  Answer(
      "printf 'Status: 302 Found\\r\\n"
      "Location: https://sign-in.example/login?from=secret\\r\\n\\r\\n'");

  const v1::ConnectionStep step = StepOf(gitsync_.dev(), "repository");

  EXPECT_EQ(step.outcome(), v1::ConnectionStep::OUTCOME_FAILED);
  EXPECT_THAT(step.detail(), AllOf(HasSubstr("https://sign-in.example/login"),
                                   Not(HasSubstr("secret"))));
}

TEST_F(OddHttpsHostTest, WhatIsPrintedInPlaceOfGitIsQuoted) {
  const std::pair<const char*, const char*> answers[] = {
      {"printf 'Content-Type: text/html\\r\\n\\r\\n<html><head><title>Sign in</title>"
       "<script>track()</script></head><body>Use your <b>badge</b></body></html>'",
       "Sign in Use your badge"},
      {"printf 'Content-Type: application/json\\r\\n\\r\\n{\"message\":\"Blocked\"}'",
       "Blocked"},
      {"printf 'Status: 400 No\\r\\nContent-Type: text/html\\r\\n\\r\\n<p>Wrong zone'",
       "Wrong zone"},
      {"printf 'Status: 503 No\\r\\nContent-Type: text/html\\r\\n\\r\\n<h1>Back at 9'",
       "Back at 9"},
      {"printf 'Content-Type: application/x-git-upload-pack-advertisement\\r\\n\\r\\n"
       "account suspended\\033[31m'",
       "account suspended"}};
  for (const auto& [script, words] : answers) {
    SCOPED_TRACE(words);
    Answer(script);

    const v1::ConnectionStep step = FailedStepOf(gitsync_.dev());
    const auto finalized = api().Finalize(gitsync_.dev());

    // The host was reached.
    EXPECT_NE(step.name(), "connect");
    EXPECT_THAT(step.detail(), AllOf(HasSubstr(words), Not(HasSubstr("track")),
                                     Not(HasSubstr("\033"))));
    EXPECT_THAT(std::string(finalized.status().message()), HasSubstr(words));
    EXPECT_THAT(gitsync_.server().Log(), HasSubstr(words));
  }
}

}  // namespace
}  // namespace gitsync
