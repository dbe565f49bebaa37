// Configurations over HTTPS, which their first use finalizes.

#include "server/sync/first_use.h"

#include <future>
#include <memory>
#include <string>
#include <vector>

#include "server/base/error.h"
#include "server/base/reason.h"
#include "server/resource/git_configs.h"
#include "tests/support/fake_git_engine.h"
#include "tests/unit/sync/sync_harness.h"

namespace gitsync {
namespace {

using absl::StatusCode;
using testing::HasSubstr;

absl::Status Unreachable() {
  return Error(StatusCode::kUnavailable, reason::kRemoteUnreachable, "It is away.");
}

// Over a real repository.
class FirstUseTest : public SyncTest {
 protected:
  void SetUp() override {
    SyncTest::SetUp();
    made_ = AddAppWith(dev_, "Orders", R"({"n":1})");
    ASSERT_OK(Push(made_, "Add orders"));
    other_ = AddOrganization("Production");
    Connect(other_);
    SetPending(dev_, CredentialKind::kHttpsToken);
    SetPending(other_, CredentialKind::kGitHubApp);
  }

  // As one of the kind is after it was configured. Its URL stays one of a file.
  void SetPending(const std::string& organization_id, CredentialKind kind) {
    GitConfigRow row = Config(organization_id);
    row.kind = kind;
    row.finalize_time.reset();
    row.can_write = false;
    row.etag = NewUuid();
    EXPECT_OK(Write([&](Transaction& tx) { return tx.git_configs().Put(row); }));
  }
  GitConfigRow Config(const std::string& organization_id) {
    const auto row = Read(
        [&](const Transaction& tx) { return tx.git_configs().Get(organization_id); });
    EXPECT_OK(row);
    return row.ok() ? *row : GitConfigRow();
  }
  absl::StatusOr<FinalizeResult> FinalizeByHand() {
    return Await<FinalizeResult>([&](auto done) {
      service_->FinalizeGitConfig(Admin(), {dev_, ""}, Context(), nullptr, done);
    });
  }
  absl::StatusOr<ListGitAppsResult> List(const Caller& caller) {
    return Await<ListGitAppsResult>([&](auto done) {
      service_->ListGitApps(caller, {dev_, "", 100, ""}, Context(), done);
    });
  }

  NewApp made_;
  std::string other_;
};

// The uses that finalize, each for a configuration that nobody has used.
class EveryFirstUseTest : public FirstUseTest,
                          public testing::WithParamInterface<std::string> {
 protected:
  std::string OrganizationOfUse() { return GetParam() == "Create" ? other_ : dev_; }

  absl::Status Use() {
    const std::string& use = GetParam();
    if (use == "Push") {
      Edit(made_.version, R"({"n":2})");
      return Push(made_, "Change orders").status();
    }
    if (use == "Create") return CreateFromGit(other_, made_.app.git_app_id).status();
    if (use == "Pull") return Pull(made_.app.id).status();
    if (use == "Promote") return Promote(made_.app.id).status();
    if (use == "ListGitApps") return List(Viewer(dev_)).status();
    return Updates(made_.app.id).status();
  }
};

TEST_P(EveryFirstUseTest, FinalizesAndWorks) {
  const std::string organization = OrganizationOfUse();
  const GitConfigRow before = Config(organization);

  EXPECT_OK(Use());

  const GitConfigRow after = Config(organization);
  EXPECT_TRUE(after.finalize_time.has_value());
  EXPECT_TRUE(after.can_write);
  EXPECT_NE(after.etag, before.etag);
  EXPECT_EQ(after.mirror_id, before.mirror_id);
}

TEST_P(EveryFirstUseTest, AnswersAsFinalizingWouldAndTheNextOneTriesAgain) {
  const std::string organization = OrganizationOfUse();
  const std::string etag = Config(organization).etag;
  transport_.SetDown(Unreachable());

  EXPECT_THAT(Use(), StatusIs(StatusCode::kUnavailable, reason::kRemoteUnreachable));

  const GitConfigRow failed = Config(organization);
  EXPECT_FALSE(failed.finalize_time.has_value());
  EXPECT_THAT(failed.last_error, HasSubstr("It is away."));
  EXPECT_EQ(failed.etag, etag);
  transport_.SetDown(absl::OkStatus());
  EXPECT_OK(Use());
  EXPECT_EQ(Config(organization).last_error, "");
}

TEST_P(EveryFirstUseTest, DoesNotFinalizeOverSsh) {
  const std::string organization = OrganizationOfUse();
  SetPending(organization, CredentialKind::kSsh);

  EXPECT_THAT(Use(),
              StatusIs(StatusCode::kFailedPrecondition, reason::kGitNotFinalized));

  EXPECT_FALSE(Config(organization).finalize_time.has_value());
}

INSTANTIATE_TEST_SUITE_P(Uses, EveryFirstUseTest,
                         testing::Values("Push", "Create", "Pull", "Promote",
                                         "ListGitApps", "CheckForUpdates"),
                         [](const auto& row) { return row.param; });

TEST_F(FirstUseTest, NeedsTheRoleOfTheUse) {
  PushInput input;
  input.app_id = made_.app.id;
  input.version_id = made_.version.id;
  input.commit_message = "Add";
  EXPECT_THAT(Await<OperationRow>([&](auto done) {
                service_->Push(Viewer(dev_), input, {}, Context(), done);
              }),
              StatusIs(StatusCode::kPermissionDenied, reason::kRoleRequired));
  EXPECT_THAT(List(Editor(other_)),
              StatusIs(StatusCode::kNotFound, reason::kOrganizationNotFound));
  EXPECT_FALSE(Config(dev_).finalize_time.has_value());

  EXPECT_OK(List(Viewer(dev_)));

  EXPECT_TRUE(Config(dev_).finalize_time.has_value());
}

TEST_F(FirstUseTest, ManagedConfigurationIsFinalizedToo) {
  GitConfigRow row = Config(dev_);
  row.managed = true;
  ASSERT_OK(Write([&](Transaction& tx) { return tx.git_configs().Put(row); }));

  EXPECT_OK(Updates(made_.app.id));

  EXPECT_TRUE(Config(dev_).finalize_time.has_value());
  EXPECT_TRUE(Config(dev_).managed);
}

TEST_F(FirstUseTest, FailedUseLeavesNoOperation) {
  transport_.SetDown(Unreachable());
  const auto operations = [this] {
    const auto page = Read([&](const Transaction& tx) {
      return tx.operations().List(dev_, "", {.limit = 100});
    });
    EXPECT_OK(page);
    return page.ok() ? page->rows.size() : 0;
  };
  const size_t before = operations();

  EXPECT_FALSE(Push(made_, "Change orders").ok());

  EXPECT_EQ(operations(), before);
}

// A remote that keeps failing is not tried by every pipeline's every call.
TEST_F(FirstUseTest, RemoteThatKeepsFailingIsLeftAlone) {
  transport_.SetDown(Unreachable());
  for (int i = 0; i < Circuits::Options().most_failures; ++i) {
    EXPECT_THAT(Updates(made_.app.id),
                StatusIs(StatusCode::kUnavailable, reason::kRemoteUnreachable));
  }
  const int opened = transport_.opened();

  EXPECT_THAT(Updates(made_.app.id),
              StatusIs(StatusCode::kUnavailable, reason::kRemotePaused));

  EXPECT_EQ(transport_.opened(), opened);
  clock_.later = absl::Minutes(1);
  transport_.SetDown(absl::OkStatus());
  EXPECT_OK(Updates(made_.app.id));
}

// Its administrator and its first use both find that it works.
TEST_F(FirstUseTest, FinalizingByHandMeetsTheFirstUse) {
  GitConfigRow by_use;
  transport_.OnPush([&] {
    EXPECT_OK(Push(made_, "Add orders"));
    by_use = Config(dev_);
  });

  const auto finalized = FinalizeByHand();

  ASSERT_OK(finalized);
  EXPECT_TRUE(by_use.finalize_time.has_value());
  // Whoever read the etag meanwhile may still use it.
  EXPECT_TRUE(finalized->config == by_use);
  EXPECT_TRUE(Config(dev_) == by_use);
  EXPECT_TRUE(finalized->branch_exists);
  EXPECT_TRUE(finalized->can_write);
}

// Of what was changed meanwhile, finalizing by hand has proved nothing.
TEST_F(FirstUseTest, FinalizingByHandMeetsAChange) {
  const struct {
    std::string name;
    std::function<void(GitConfigRow&)> change;
    bool used;  // after the change
  } cases[] = {
      {"nothing but the etag", [](GitConfigRow&) {}, false},
      {"token", [](GitConfigRow& row) { row.sealed_secret = "other"; }, false},
      {"certificate, and then the first use",
       [](GitConfigRow& row) { row.ca_certificate = "other"; }, true},
      {"path prefix, and then the first use",
       [](GitConfigRow& row) { row.path_prefix = "other"; }, true},
      {"found to be read-only",
       [this](GitConfigRow& row) {
         row.finalize_time = now_;
         row.can_write = false;
       },
       false},
      {"another host key",
       [this](GitConfigRow& row) {
         row.finalize_time = now_;
         row.can_write = true;
         row.host_key = "other";
       },
       false},
  };
  const GitConfigRow pending = Config(dev_);
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    ASSERT_OK(Write([&](Transaction& tx) { return tx.git_configs().Put(pending); }));
    GitConfigRow changed = pending;
    changed.etag = NewUuid();
    c.change(changed);
    transport_.OnPush([&] {
      EXPECT_OK(Write([&](Transaction& tx) { return tx.git_configs().Put(changed); }));
      if (!c.used) return;
      EXPECT_OK(Push(made_, "Add orders"));
      changed = Config(dev_);
      EXPECT_TRUE(changed.finalize_time.has_value());
    });

    EXPECT_THAT(FinalizeByHand(),
                StatusIs(StatusCode::kAborted, reason::kEtagMismatch));

    EXPECT_TRUE(Config(dev_) == changed);
  }
}

// Over an engine whose calls can be held.
class TogetherFirstUseTest : public StoreTest {
 protected:
  void SetUp() override {
    StoreTest::SetUp();
    ASSERT_OK_AND_ASSIGN(Sealer sealer, Sealer::Create({Secret(std::string(32, 'k'))}));
    sealer_ = std::make_unique<Sealer>(std::move(sealer));
    service_ = std::make_unique<SyncService>(&*store_, &engine_, &pool_, &*sealer_,
                                             &clock_, SyncService::Options());
    organization_ = AddOrganization("Acme");
    HttpsTokenConfigInput input;
    input.organization_id = organization_;
    input.git_url = "https://git.example.com/team/apps.git";
    input.token = Secret("t0ken");
    ASSERT_OK_AND_ASSIGN(const GitConfigDraft draft,
                         DraftHttpsTokenConfig(input, *sealer_));
    ASSERT_OK(Write([&](Transaction& tx) {
      return PutGitConfig(tx, Admin(), draft, {}, *sealer_, now_);
    }));
  }
  void TearDown() override {
    engine_.Release();
    pool_.Shutdown(absl::Now() + absl::Seconds(30));
    service_.reset();
    StoreTest::TearDown();
  }

  using Answer = std::future<absl::Status>;
  Answer Use(const Context& context = Context()) {
    auto promise = std::make_shared<std::promise<absl::Status>>();
    Answer answer = promise->get_future();
    service_->ListGitApps(Viewer(organization_), {organization_, "", 100, ""}, context,
                          [promise](const absl::StatusOr<ListGitAppsResult>& result) {
                            promise->set_value(result.status());
                          });
    return answer;
  }

  std::future<absl::StatusOr<FinalizeResult>> FinalizeByHand() {
    auto promise = std::make_shared<std::promise<absl::StatusOr<FinalizeResult>>>();
    auto answer = promise->get_future();
    service_->FinalizeGitConfig(Admin(), {organization_, ""}, Context(), nullptr,
                                [promise](absl::StatusOr<FinalizeResult> result) {
                                  promise->set_value(std::move(result));
                                });
    return answer;
  }

  FakeGitEngine engine_;
  SystemClock clock_;
  std::unique_ptr<Sealer> sealer_;
  WorkerPool pool_{WorkerPool::Options{.threads = 8}};
  std::unique_ptr<SyncService> service_;
  std::string organization_;
};

TEST_F(TogetherFirstUseTest, FinalizesOnceForAll) {
  engine_.Hold();
  std::vector<Answer> answers;
  for (int i = 0; i < 20; ++i) answers.push_back(Use());
  ASSERT_TRUE(engine_.AwaitHeld(1));
  engine_.Release();

  for (Answer& answer : answers) EXPECT_OK(answer.get());
  EXPECT_OK(Use().get());

  EXPECT_EQ(engine_.probes(), 1);
}

// Hosts count the logins that they refuse.
TEST_F(TogetherFirstUseTest, WhatWasRefusedIsTriedAgainByHandOnly) {
  EXPECT_OK(Use().get());
  EXPECT_FALSE(engine_.probed().afresh);
  EXPECT_FALSE(engine_.probed().even_if_paused);

  ASSERT_OK(FinalizeByHand().get());

  EXPECT_TRUE(engine_.probed().afresh);
  EXPECT_TRUE(engine_.probed().even_if_paused);
}

TEST_F(TogetherFirstUseTest, LoginThatWorkedIsKnownToUntilItIsRefused) {
  const auto is_proved = [this] {
    const GitConfigRow row = *Read(
        [this](const Transaction& tx) { return tx.git_configs().Get(organization_); });
    return row.proved_etag == row.etag;
  };
  EXPECT_FALSE(is_proved());
  EXPECT_OK(Use().get());
  EXPECT_TRUE(is_proved());
  engine_.SetStatus(Error(absl::StatusCode::kUnauthenticated, reason::kRemoteAuthFailed,
                          "The token has expired."));

  EXPECT_FALSE(FinalizeByHand().get().ok());

  EXPECT_FALSE(is_proved());
}

TEST_F(TogetherFirstUseTest, FinalizingByHandTwiceAtATimeIsFine) {
  engine_.Hold();
  auto first = FinalizeByHand();
  ASSERT_TRUE(engine_.AwaitHeld(1));
  auto second = FinalizeByHand();
  engine_.Release();

  const auto first_result = first.get();
  const auto second_result = second.get();

  ASSERT_OK(first_result);
  ASSERT_OK(second_result);
  EXPECT_EQ(first_result->config.etag, second_result->config.etag);
  EXPECT_EQ(engine_.probes(), 2);
}

TEST_F(TogetherFirstUseTest, FailureIsToldToAll) {
  engine_.SetStatus(Unreachable());
  engine_.Hold();
  std::vector<Answer> answers;
  for (int i = 0; i < 20; ++i) answers.push_back(Use());
  ASSERT_TRUE(engine_.AwaitHeld(1));
  engine_.Release();

  for (Answer& answer : answers) {
    EXPECT_THAT(answer.get(),
                StatusIs(StatusCode::kUnavailable, reason::kRemoteUnreachable));
  }
  EXPECT_EQ(engine_.probes(), 1);
  engine_.SetStatus(absl::OkStatus());
  EXPECT_OK(Use().get());
  EXPECT_EQ(engine_.probes(), 2);
}

TEST_F(TogetherFirstUseTest, OneThatIsCancelledDoesNotCancelTheOthers) {
  engine_.Hold();
  Context called_off;
  Answer first = Use(called_off);
  ASSERT_TRUE(engine_.AwaitHeld(1));
  Answer second = Use();
  called_off.cancellation->Cancel();

  EXPECT_THAT(first.get(), StatusIs(StatusCode::kCancelled, reason::kCancelled));
  ASSERT_TRUE(engine_.AwaitHeld(1));
  engine_.Release();

  EXPECT_OK(second.get());
  EXPECT_EQ(engine_.probes(), 2);
}

TEST_F(TogetherFirstUseTest, OneThatWaitsCanBeCancelled) {
  engine_.Hold();
  Answer first = Use();
  ASSERT_TRUE(engine_.AwaitHeld(1));
  Context called_off;
  Answer second = Use(called_off);
  called_off.cancellation->Cancel();

  EXPECT_THAT(second.get(), StatusIs(StatusCode::kCancelled, reason::kCancelled));
  engine_.Release();
  EXPECT_OK(first.get());
}

}  // namespace
}  // namespace gitsync
