// How far a probe of a GitHub App's repository came.

#include "server/git/probe.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "server/base/error.h"
#include "server/base/reason.h"
#include "server/base/steady_clock.h"
#include "server/git/transport/https_logins.h"
#include "server/git/transport/https_refusal.h"
#include "server/git/transport/next_try.h"
#include "tests/unit/git/engine_fixture.h"

namespace gitsync {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

// Opens nothing.
class RefusingTransport : public GitTransport {
 public:
  explicit RefusingTransport(absl::Status status) : status_(std::move(status)) {}

  absl::StatusOr<std::unique_ptr<GitStream>> Open(const Remote&, GitService,
                                                  const Context&) override {
    return status_;
  }
  void Shutdown() override {}

 private:
  const absl::Status status_;
};

class ProbeTest : public EngineTest {
 protected:
  ProbeTest() {
    GitHubAppCredentials app;
    app.app_id = "123";
    app.installation_id = "789";
    repository_.remote.credentials = app;
  }

  // The steps that passed.
  std::vector<ProbeStep> Steps(GitTransport& transport) {
    std::vector<ProbeStep> steps;
    ProbeRemote(
        &transport, repository_.remote, "main", "gitsync/test",
        [&](ProbeStep step, absl::string_view detail) {
          steps.push_back(step);
          details_[step] = std::string(detail);
        },
        context_)
        .IgnoreError();
    return steps;
  }
  std::vector<ProbeStep> StepsBefore(absl::string_view reason,
                                     absl::string_view login_step) {
    Error error(absl::StatusCode::kUnauthenticated, reason, "No.");
    if (!login_step.empty()) error.With(kLoginStep, login_step);
    RefusingTransport transport(error);
    return Steps(transport);
  }

  std::map<ProbeStep, std::string> details_;
};

TEST_F(ProbeTest, AppAndInstallationComeFirst) {
  EXPECT_THAT(
      Steps(transport_),
      ElementsAre(ProbeStep::kApp, ProbeStep::kInstallation, ProbeStep::kConnect,
                  ProbeStep::kHostKey, ProbeStep::kAuthenticate, ProbeStep::kRepository,
                  ProbeStep::kBranch, ProbeStep::kFetch, ProbeStep::kWrite));
}

TEST_F(ProbeTest, RefusedAppIsTheFirstStep) {
  EXPECT_THAT(StepsBefore(reason::kRemoteAuthFailed, kAppStep), IsEmpty());
  EXPECT_THAT(StepsBefore(reason::kRemoteUnreachable, kAppStep), IsEmpty());
}

TEST_F(ProbeTest, RefusedInstallationIsTheSecondStep) {
  EXPECT_THAT(StepsBefore(reason::kRemoteRepositoryNotFound, kInstallationStep),
              ElementsAre(ProbeStep::kApp));
}

TEST_F(ProbeTest, RefusalOfGitComesAfterLoggingIn) {
  EXPECT_THAT(StepsBefore(reason::kRemoteUnreachable, ""),
              ElementsAre(ProbeStep::kApp, ProbeStep::kInstallation));
  EXPECT_THAT(StepsBefore(reason::kRemoteAuthFailed, ""),
              ElementsAre(ProbeStep::kApp, ProbeStep::kInstallation,
                          ProbeStep::kConnect, ProbeStep::kHostKey));
}

TEST_F(ProbeTest, HostThatIsLeftAloneWasNotReached) {
  const absl::Status limited =
      Error(absl::StatusCode::kResourceExhausted, reason::kRemoteRateLimited, "Later.")
          .With(kHttpStatus, "429");
  RefusingTransport answered(limited);
  RefusingTransport left_alone(LeftAlone(limited, "", SteadyNow()));

  EXPECT_THAT(Steps(answered), ElementsAre(ProbeStep::kApp, ProbeStep::kInstallation,
                                           ProbeStep::kConnect, ProbeStep::kHostKey));
  EXPECT_THAT(Steps(left_alone),
              ElementsAre(ProbeStep::kApp, ProbeStep::kInstallation));
}

}  // namespace
}  // namespace gitsync
