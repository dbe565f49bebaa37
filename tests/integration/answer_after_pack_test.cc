// What answers for a remote after it got a whole push, over HTTPS: gateways, proxies
// and sign-in pages may speak in git's place, whether git has taken the push or not.
// The repository tells which.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "tests/integration/installation.h"
#include "tests/support/temp_dir.h"

namespace gitsync {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr char kReport[] =
    "Content-Type: application/x-git-receive-pack-result\\r\\n\\r\\n";

// Longer than anybody looks for what became of a push.
constexpr char kRetryAfter[] = "Retry-After: 3\\r\\n";

// An answer, as commands that print it; see AnswerPushes.
struct Answer {
  std::string name;
  std::string print;
};

std::string Status(const std::string& status, const std::string& more = "") {
  return absl::StrCat("printf 'Status: ", status, "\\r\\n", more, "\\r\\n'");
}

// git's own kind of answer, of bytes that are printed.
std::string Result(const std::string& print) {
  return absl::StrCat("printf '", kReport, "'; ", print);
}

// The same, of a report in the side-band.
std::string Report(const std::string& lines) {
  return Result(absl::StrCat("{ ", lines, "; } | band"));
}

class AnswerAfterPackTest : public ::testing::Test {
 protected:
  AnswerAfterPackTest() : gitsync_({.transport = Transport::kHttps}) {}

  Api& api() { return gitsync_.api(); }

  // Answers pushes by a script from now on, in which "$git" is git's own answer, `pkt`
  // prints a line, and `band` puts what it reads into the side-band.
  void AnswerPushes(const std::string& script) {
    gitsync_.host().nginx()->SetBackend(
        absl::StrCat("pkt() { printf '%04x%s\\n' $((${#1} + 5)) \"$1\"; }\n"
                     "band() { all=$(cat; echo .); all=${all%.}\n"
                     "  printf '%04x\\001%s0000' $((${#all} + 5)) \"$all\"; }\n"
                     "case $REQUEST_METHOD$PATH_INFO in\n"
                     "  POST*/git-receive-pack) ",
                     script,
                     " ;;\n"
                     "  *) exec \"$git\" ;;\n"
                     "esac"));
  }
  void AnswerAsGitDoes() { gitsync_.host().nginx()->SetBackend(""); }

  // An app of a new organization with a repository of its own, so that what came before
  // plays no part.
  struct Site {
    std::unique_ptr<TestRemote> remote;
    std::string organization;
    AppAndVersion app;
  };
  Site MakeSite(const std::string& name) {
    Site site;
    site.remote = std::make_unique<TestRemote>();
    site.organization = gitsync_.Connect(absl::StrCat("org-", ++sites_),
                                         gitsync_.host().UrlOf(site.remote->path()));
    site.app = api().CreateApp(site.organization, name, kDefinition);
    return site;
  }

  // The push that follows: where the answer told to wait, after the time that it asked
  // for, or a test that proves the login anew.
  absl::StatusOr<v1::PushAppVersionResponse> PushNext(const Site& site,
                                                      const std::string& message,
                                                      const Answer& answer) {
    if (answer.name == "TooMany") absl::SleepFor(absl::Seconds(3));
    if (answer.name == "Unauthorized") {
      v1::TestGitConnectionRequest test;
      test.set_organization_id(site.organization);
      const auto tested =
          api().client().Call(&v1::GitConfigService::Stub::TestGitConnection, test);
      RETURN_IF_ERROR(tested.status());
    }
    return api().Push(site.app, message);
  }

  Installation gitsync_;
  int sites_ = 0;
};

TEST_F(AnswerAfterPackTest, PushThatWasTakenIsFoundWhateverIsAnswered) {
  const std::vector<Answer> answers = {
      {"Nothing", Result(":")},
      {"Cut", Result("printf '000eunp'")},
      {"CutBehindUnpack", Report("pkt 'unpack ok'")},
      {"OtherRef", Report("pkt 'unpack ok'; pkt 'ok refs/heads/other'; printf 0000")},
      {"LongerRefRefused",
       Report("pkt 'unpack ok'; pkt 'ng refs/heads/master2 no'; printf 0000")},
      {"YesAndNo", Report("pkt 'unpack ok'; pkt 'ok refs/heads/master'; "
                          "pkt 'ng refs/heads/master no'; printf 0000")},
      {"Text", Result("echo 'Internal error'")},
      {"GaveUp", Result("printf '000f\\003oh no, bye'")},
      {"Page", "printf 'Content-Type: text/html\\r\\n\\r\\n<h1>Sign in</h1>'"},
      {"NoContent", Status("204 No Content")},
      {"SignIn", Status("302 Found", "Location: /sign_in\\r\\n")},
      {"OtherHost", Status("307 Moved", "Location: https://example.com/a.git\\r\\n")},
      {"Unauthorized", Status("401 Unauthorized")},
      {"Forbidden", Status("403 Forbidden")},
      {"NotFound", Status("404 Not Found")},
      {"RequestTimeout", Status("408 Request Timeout")},
      {"TooLarge", Status("413 Too Large")},
      {"TooMany", Status("429 Too Many Requests", kRetryAfter)},
      {"ServerError", Status("500 Oops")},
      {"BadGateway", Status("502 Bad Gateway")},
      {"GatewayTimeout", Status("504 Gateway Timeout")},
      // A proxy that hands the request on twice tells of the second time.
      {"Twice",
       "cat >\"$0.body\"; \"$git\" <\"$0.body\" >/dev/null; "
       "\"$git\" <\"$0.body\"; exit"},
  };
  for (const Answer& answer : answers) {
    SCOPED_TRACE(answer.name);
    const Site site = MakeSite(answer.name);
    AnswerPushes(answer.name == "Twice"
                     ? answer.print
                     : absl::StrCat("\"$git\" >/dev/null; ", answer.print));

    const auto pushed = api().Push(site.app, answer.name);
    AnswerAsGitDoes();

    ASSERT_OK(pushed);
    EXPECT_EQ(pushed->commit_id(), site.remote->Head());
    EXPECT_THAT(site.remote->Log(), ElementsAre(answer.name));
    // The next one builds on it, and blames nobody.
    ASSERT_OK(api().UpdateDefinition(site.app, R"({"revision":2})"));
    EXPECT_OK(PushNext(site, "next", answer));
    EXPECT_THAT(site.remote->Log(), ElementsAre("next", answer.name));
  }
}

TEST_F(AnswerAfterPackTest, PushThatWasNotTakenStaysRefusedIfItWas) {
  struct Refusal {
    Answer answer;
    std::string reason;
  };
  const std::string text = "Content-Type: text/plain\\r\\n";
  const std::vector<Refusal> refusals = {
      {{"Unauthorized", Status("401 No", text) + "; echo 'over its quota'"},
       "REMOTE_AUTH_FAILED"},
      {{"Forbidden", Status("403 No", text) + "; echo 'over its quota'"},
       "REMOTE_READ_ONLY"},
      {{"NotFound", Status("404 No", text) + "; echo 'over its quota'"},
       "REMOTE_REPOSITORY_NOT_FOUND"},
      {{"TooLarge", Status("413 No", text) + "; echo 'over its quota'"},
       "REMOTE_REJECTED"},
      {{"TooMany", Status("429 No", text + kRetryAfter) + "; echo 'over its quota'"},
       "REMOTE_RATE_LIMITED"},
      {{"Report", Report("pkt 'unpack ok'; pkt 'ng refs/heads/master over its quota'; "
                         "printf 0000")},
       "REMOTE_REJECTED"},
  };
  for (const Refusal& refusal : refusals) {
    SCOPED_TRACE(refusal.answer.name);
    const Site site = MakeSite(refusal.answer.name);
    AnswerPushes(absl::StrCat("cat >/dev/null; ", refusal.answer.print));

    const auto pushed = api().Push(site.app, "refused");
    AnswerAsGitDoes();

    EXPECT_EQ(ReasonSeen(pushed.status()), refusal.reason) << pushed.status();
    EXPECT_THAT(std::string(pushed.status().message()), HasSubstr("over its quota"));
    ASSERT_OK_AND_ASSIGN(const auto operation, api().LastOperation(site.app.app_id));
    EXPECT_EQ(operation.state(), v1::OPERATION_STATE_FAILED);
    EXPECT_THAT(site.remote->Head(), IsEmpty());
    EXPECT_OK(PushNext(site, "again", refusal.answer));
  }
}

TEST_F(AnswerAfterPackTest, HostThatAsksForPatienceAgainIsNotAskedAgain) {
  const Site site = MakeSite("Patience");
  const TempDir folder;
  const std::string pushed_already = folder / "pushed";
  const std::string looks = folder / "looks";
  const std::string later = Status("429 Later", "Retry-After: 60\\r\\n");
  gitsync_.host().nginx()->SetBackend(
      absl::StrCat("case $REQUEST_METHOD in\n"
                   "  POST) : >",
                   pushed_already, "; cat >/dev/null; ", later,
                   " ;;\n"
                   "  *) [ -e ",
                   pushed_already,
                   " ] || exec \"$git\"\n"
                   "    echo look >>",
                   looks, "; ", later,
                   " ;;\n"
                   "esac"));

  const auto pushed = api().Push(site.app, "unknown");

  EXPECT_EQ(ReasonSeen(pushed.status()), "OUTCOME_UNKNOWN") << pushed.status();
  EXPECT_EQ(std::filesystem::file_size(looks), std::string("look\n").size());
}

TEST_F(AnswerAfterPackTest, PushThatMayStillBeTakenIsUnknownAndThenFoundOut) {
  const std::vector<Answer> answers = {
      {"Nothing", Result(":")},
      {"SignIn", Status("302 Found", "Location: /sign_in\\r\\n")},
      {"BadGateway", Status("502 Bad Gateway")}};
  for (const Answer& answer : answers) {
    SCOPED_TRACE(answer.name);
    const Site site = MakeSite(answer.name);
    AnswerPushes(absl::StrCat("cat >/dev/null; ", answer.print));

    const auto pushed = api().Push(site.app, answer.name);
    AnswerAsGitDoes();

    EXPECT_EQ(ReasonSeen(pushed.status()), "OUTCOME_UNKNOWN") << pushed.status();
    // The next one settles it first.
    ASSERT_OK(api().UpdateDefinition(site.app, R"({"revision":2})"));
    EXPECT_OK(api().Push(site.app, "next"));
    EXPECT_THAT(site.remote->Log(), ElementsAre("next", answer.name));
  }
}

}  // namespace
}  // namespace gitsync
