// What the server does when there is more than it, or a remote, can take.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "client/lib/error.h"
#include "tests/integration/installation.h"

namespace gitsync {
namespace {

using absl::StatusCode;
using testing::HasSubstr;

class RemotePauseTest : public TransportTest {
 protected:
  RemotePauseTest() {
    const TestRemote& repository = other_remote_;
    organization_ = gitsync_.ConnectAt(host_, "far", host_.UrlOf(repository.path()));
    app_ = api().CreateApp(organization_, "Far", kDefinition);
  }

  Api& api() { return gitsync_.api(); }

  // Pushes until the remote, which is down, is left alone.
  absl::Status PushUntilPaused() {
    absl::Status last;
    for (int i = 0; i < 10; ++i) {
      last = api().Push(app_, "Into the void").status();
      if (last.ok() || ReasonSeen(last) == "REMOTE_PAUSED") break;
    }
    return last;
  }

  Installation gitsync_{{.transport = GetParam()}};
  const TestRemote other_remote_;
  GitHost host_{GetParam()};
  std::string organization_;
  AppAndVersion app_;
};
GITSYNC_OVER_EACH_TRANSPORT(RemotePauseTest);

TEST_P(RemotePauseTest, RemoteThatKeepsFailingIsLeftAloneAndSaysSo) {
  const AppAndVersion healthy = api().CreateApp(gitsync_.dev(), "Shop", kDefinition);
  host_.Stop();

  const absl::Status paused = PushUntilPaused();

  ASSERT_EQ(paused.code(), StatusCode::kUnavailable) << paused;
  const client::ErrorDetails error = client::ErrorOf(paused);
  EXPECT_EQ(error.reason, "REMOTE_PAUSED");
  EXPECT_NE(error.metadata.at("next_try_time"), "");
  EXPECT_TRUE(error.retry_delay.has_value());
  // Every call that needs the remote, and it is seen where operators look.
  EXPECT_EQ(ReasonSeen(api().ListGitApps(organization_).status()), "REMOTE_PAUSED");
  EXPECT_EQ(ReasonSeen(api().Import(organization_, "any").status()), "REMOTE_PAUSED");
  ASSERT_OK_AND_ASSIGN(const v1::GitConfig config, api().GetGitConfig(organization_));
  EXPECT_GE(config.remote_pause().failures(), 5);
  EXPECT_NE(config.remote_pause().reason(), "");
  EXPECT_GT(config.remote_pause().next_try_time().seconds(),
            absl::ToUnixSeconds(absl::Now()) - 1);
  // Others are not concerned.
  EXPECT_OK(api().Push(healthy, "Meanwhile"));
  ASSERT_OK_AND_ASSIGN(const v1::GitConfig other, api().GetGitConfig(gitsync_.dev()));
  EXPECT_FALSE(other.has_remote_pause());
}

TEST_P(RemotePauseTest, FinalizingAgainEndsThePause) {
  host_.Stop();
  ASSERT_EQ(ReasonSeen(PushUntilPaused()), "REMOTE_PAUSED");
  EXPECT_NE(ReasonSeen(api().Finalize(organization_).status()), "REMOTE_PAUSED");
  host_.Start();

  ASSERT_OK_AND_ASSIGN(const auto finalized, api().Finalize(organization_));

  EXPECT_FALSE(finalized.git_config().has_remote_pause());
  EXPECT_OK(api().Push(app_, "After"));
  ASSERT_OK_AND_ASSIGN(const v1::GitConfig config, api().GetGitConfig(organization_));
  EXPECT_FALSE(config.has_remote_pause());
}

TEST_P(RemotePauseTest, TestingTheConnectionEndsThePause) {
  host_.Stop();
  ASSERT_EQ(ReasonSeen(PushUntilPaused()), "REMOTE_PAUSED");
  host_.Start();

  v1::TestGitConnectionRequest request;
  request.set_organization_id(organization_);
  ASSERT_OK_AND_ASSIGN(
      const auto tested,
      api().client().Call(&v1::GitConfigService::Stub::TestGitConnection, request));

  EXPECT_TRUE(tested.ok()) << tested.DebugString();
  EXPECT_OK(api().Push(app_, "After"));
}

TEST_P(RemotePauseTest, RemoteIsTriedAgainByItself) {
  host_.Stop();
  ASSERT_EQ(ReasonSeen(PushUntilPaused()), "REMOTE_PAUSED");
  host_.Start();

  const absl::Time give_up = absl::Now() + absl::Seconds(60);
  absl::Status pushed = api().Push(app_, "After").status();
  while (ReasonSeen(pushed) == "REMOTE_PAUSED" && absl::Now() < give_up) {
    absl::SleepFor(absl::Milliseconds(100));
    pushed = api().Push(app_, "After").status();
  }

  EXPECT_OK(pushed);
  EXPECT_THAT(other_remote_.Git({"log", "--format=%s"}), HasSubstr("After"));
}

}  // namespace
}  // namespace gitsync
