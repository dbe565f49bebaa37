// The host key is pinned when a configuration is finalized.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/integration/installation.h"

namespace gitsync {
namespace {

using absl::StatusCode;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;

TEST(HostKeyTest, ChangedKeyIsRefusedUntilItIsExpected) {
  Installation gitsync;
  Api& api = gitsync.api();
  const AppAndVersion app = api.CreateApp(gitsync.dev(), "Shop", kDefinition);
  ASSERT_OK(api.Push(app, "First"));
  ASSERT_OK(api.UpdateDefinition(app, R"({"changed":true})"));
  const std::string old_fingerprint = gitsync.sshd().HostKeyFingerprint();

  gitsync.sshd().Stop();
  gitsync.sshd().KillConnections();
  gitsync.sshd().ReplaceHostKey();
  gitsync.sshd().Start();
  const int logins = gitsync.sshd().Logins();

  const auto pushed = api.Push(app, "Second");
  EXPECT_THAT(pushed, StatusIs(StatusCode::kFailedPrecondition, "HOST_KEY_MISMATCH"));
  EXPECT_THAT(api.Finalize(gitsync.dev()),
              StatusIs(StatusCode::kFailedPrecondition, "HOST_KEY_MISMATCH"));
  EXPECT_THAT(api.Finalize(gitsync.dev(), old_fingerprint),
              StatusIs(StatusCode::kFailedPrecondition, "HOST_KEY_MISMATCH"));
  // Nobody proved who they are to a host that did not.
  EXPECT_EQ(gitsync.sshd().Logins(), logins);
  EXPECT_THAT(gitsync.remote().Log(), ElementsAre("First"));

  ASSERT_OK_AND_ASSIGN(
      const auto finalized,
      api.Finalize(gitsync.dev(), gitsync.sshd().HostKeyFingerprint()));
  EXPECT_EQ(finalized.host_key_fingerprint(), gitsync.sshd().HostKeyFingerprint());
  EXPECT_NE(finalized.host_key_fingerprint(), old_fingerprint);
  ASSERT_OK(api.Push(app, "Second"));
  EXPECT_THAT(gitsync.remote().Log(), ElementsAre("Second", "First"));
  // The other organization still insists on the old one.
  EXPECT_THAT(api.ListGitApps(gitsync.staging()),
              StatusIs(StatusCode::kFailedPrecondition, "HOST_KEY_MISMATCH"));
}

TEST(HostKeyTest, NewKeyPairNeedsFinalizingAgain) {
  Installation gitsync;
  Api& api = gitsync.api();
  const AppAndVersion app = api.CreateApp(gitsync.dev(), "Shop", kDefinition);
  ASSERT_OK(api.Push(app, "First"));
  ASSERT_OK_AND_ASSIGN(const auto before, api.GetGitConfig(gitsync.dev()));
  v1::GenerateSshKeyRequest renew;
  renew.set_organization_id(gitsync.dev());

  ASSERT_OK_AND_ASSIGN(
      const auto renewed,
      api.client().Call(&v1::GitConfigService::Stub::GenerateSshKey, renew));

  EXPECT_NE(renewed.ssh().public_key(), before.ssh().public_key());
  EXPECT_EQ(renewed.state(), v1::GIT_CONFIG_STATE_PENDING);
  EXPECT_THAT(api.Push(app, "Too early"),
              StatusIs(StatusCode::kFailedPrecondition, "GIT_NOT_FINALIZED"));
  EXPECT_THAT(api.Finalize(gitsync.dev()),
              StatusIs(StatusCode::kUnauthenticated, "REMOTE_AUTH_FAILED"));
  gitsync.sshd().Authorize(renewed.ssh().public_key());
  ASSERT_OK(api.Finalize(gitsync.dev()));
  EXPECT_OK(api.Push(app, "Nothing new"));
}

// Each step has its outcome, and those after a failed one are skipped.
TEST(HostKeyTest, ConnectionTestNamesTheStepThatFails) {
  Installation gitsync;
  Api& api = gitsync.api();
  gitsync.remote().CommitFromElsewhere("README.md", "x", "Start");
  const std::string organization_id = api.CreateOrganization("not yet");
  ASSERT_OK_AND_ASSIGN(const auto config,
                       api.ConfigureSsh(organization_id, gitsync.url()));
  v1::TestGitConnectionRequest request;
  const auto test = [&](const std::string& id) {
    request.set_organization_id(id);
    return api.client().Call(&v1::GitConfigService::Stub::TestGitConnection, request);
  };

  ASSERT_OK_AND_ASSIGN(const auto good, test(gitsync.dev()));
  ASSERT_OK_AND_ASSIGN(const auto bad, test(organization_id));

  EXPECT_TRUE(good.ok());
  ASSERT_THAT(good.steps(), SizeIs(7));
  for (const auto& step : good.steps()) {
    EXPECT_EQ(step.outcome(), v1::ConnectionStep::OUTCOME_PASSED) << step.name();
  }
  EXPECT_FALSE(bad.ok());
  ASSERT_THAT(bad.steps(), SizeIs(7));
  EXPECT_EQ(bad.steps(2).name(), "authenticate");
  EXPECT_EQ(bad.steps(2).outcome(), v1::ConnectionStep::OUTCOME_FAILED);
  EXPECT_THAT(bad.steps(2).fix(), HasSubstr(config.ssh().public_key().substr(0, 60)));
  EXPECT_EQ(bad.steps(3).outcome(), v1::ConnectionStep::OUTCOME_SKIPPED);
}

}  // namespace
}  // namespace gitsync
