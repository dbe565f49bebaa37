#include "server/resource/managed_git_configs.h"

#include "server/base/reason.h"
#include "tests/unit/resource/harness.h"

namespace gitsync {
namespace {

using absl::StatusCode;
using testing::ElementsAre;
using testing::IsEmpty;

class ManagedGitConfigsTest : public StoreTest {
 protected:
  void SetUp() override {
    StoreTest::SetUp();
    organization_ = AddOrganization("Acme");
    ASSERT_OK_AND_ASSIGN(Sealer sealer, Sealer::Create({Secret(std::string(32, 'k'))}));
    sealer_ = std::move(sealer);
  }

  GitConfigDraft Draft(const std::string& organization_id,
                       const std::string& token = "t0ken",
                       const std::string& branch = "main") {
    HttpsTokenConfigInput input;
    input.organization_id = organization_id;
    input.git_url = "https://git.example.com/team/apps.git";
    input.branch = branch;
    input.token = Secret(token);
    const auto draft = DraftHttpsTokenConfig(input, *sealer_);
    EXPECT_OK(draft);
    return draft.ok() ? *draft : GitConfigDraft();
  }
  // As at a start of the server, later than the one before.
  ManagedGitConfigsResult Start(const std::vector<GitConfigDraft>& drafts) {
    now_ += absl::Seconds(1);
    const auto result = Write([&](Transaction& tx) {
      return PutManagedGitConfigs(tx, drafts, *sealer_, now_);
    });
    EXPECT_OK(result);
    return result.ok() ? *result : ManagedGitConfigsResult();
  }
  GitConfigRow Get() {
    const auto row = Read(
        [&](const Transaction& tx) { return tx.git_configs().Get(organization_); });
    EXPECT_OK(row);
    return row.ok() ? *row : GitConfigRow();
  }
  std::string TokenNow() {
    const auto token =
        sealer_->Open(Get().sealed_secret, GitSecretIdentity(organization_));
    return token.ok() ? std::string(token->Reveal()) : "";
  }
  void Finalize() {
    GitConfigRow row = Get();
    row.finalize_time = now_;
    row.can_write = true;
    EXPECT_OK(Write([&](Transaction& tx) { return tx.git_configs().Put(row); }));
  }

  std::string organization_;
  std::optional<Sealer> sealer_;
};

TEST_F(ManagedGitConfigsTest, SameSettingsAtTheNextStartChangeNothing) {
  Start({Draft(organization_)});
  EXPECT_TRUE(Get().managed);
  EXPECT_FALSE(Get().finalize_time.has_value());
  Finalize();
  const GitConfigRow before = Get();

  const ManagedGitConfigsResult result = Start({Draft(organization_)});

  const GitConfigRow after = Get();
  EXPECT_EQ(after.etag, before.etag);
  EXPECT_EQ(after.update_time, before.update_time);
  EXPECT_EQ(after.mirror_id, before.mirror_id);
  EXPECT_EQ(after.sealed_secret, before.sealed_secret);
  EXPECT_EQ(after.finalize_time, before.finalize_time);
  EXPECT_TRUE(after.managed);
  EXPECT_THAT(result.dropped_mirror_ids, IsEmpty());
}

TEST_F(ManagedGitConfigsTest, NewTokenForTheSameRepositoryStaysFinalized) {
  Start({Draft(organization_)});
  Finalize();
  const GitConfigRow before = Get();

  Start({Draft(organization_, "an0ther")});

  EXPECT_EQ(TokenNow(), "an0ther");
  EXPECT_NE(Get().etag, before.etag);
  EXPECT_EQ(Get().update_time, now_);
  EXPECT_EQ(Get().mirror_id, before.mirror_id);
  EXPECT_EQ(Get().finalize_time, before.finalize_time);
  EXPECT_TRUE(Get().can_write);
  EXPECT_TRUE(Get().managed);
}

TEST_F(ManagedGitConfigsTest, AnotherBranchIsToBeFinalizedAndDropsTheMirror) {
  Start({Draft(organization_)});
  Finalize();
  const GitConfigRow before = Get();

  const ManagedGitConfigsResult result = Start({Draft(organization_, "t0ken", "next")});

  EXPECT_EQ(Get().branch, "next");
  EXPECT_FALSE(Get().finalize_time.has_value());
  EXPECT_TRUE(Get().managed);
  EXPECT_EQ(Get().create_time, before.create_time);
  EXPECT_THAT(result.dropped_mirror_ids, ElementsAre(before.mirror_id));
}

TEST_F(ManagedGitConfigsTest, SecretOfALostMasterKeyIsSealedAnew) {
  Start({Draft(organization_)});
  ASSERT_OK_AND_ASSIGN(Sealer other, Sealer::Create({Secret(std::string(32, 'x'))}));
  sealer_ = std::move(other);

  Start({Draft(organization_)});

  EXPECT_EQ(TokenNow(), "t0ken");
}

TEST_F(ManagedGitConfigsTest, OrdinaryOneOfTheSameRepositoryBecomesManaged) {
  ASSERT_OK(Write([&](Transaction& tx) {
    return PutGitConfig(tx, Admin(), Draft(organization_), {}, *sealer_, now_);
  }));
  Finalize();
  const GitConfigRow before = Get();

  Start({Draft(organization_)});

  EXPECT_TRUE(Get().managed);
  EXPECT_NE(Get().etag, before.etag);
  EXPECT_EQ(Get().mirror_id, before.mirror_id);
  EXPECT_EQ(Get().finalize_time, before.finalize_time);
}

TEST_F(ManagedGitConfigsTest, OneThatIsNoLongerSetBecomesOrdinaryAndGoesOn) {
  Start({Draft(organization_)});
  Finalize();
  const GitConfigRow before = Get();

  Start({});

  EXPECT_FALSE(Get().managed);
  EXPECT_EQ(Get().finalize_time, before.finalize_time);
  EXPECT_EQ(Get().mirror_id, before.mirror_id);
  EXPECT_EQ(TokenNow(), "t0ken");
  EXPECT_OK(Write([&](Transaction& tx) {
    return DeleteGitConfig(tx, Admin(), organization_, "");
  }));
}

TEST_F(ManagedGitConfigsTest, UnknownOrganizationIsLeftOutAndTheOthersAreNot) {
  const ManagedGitConfigsResult result = Start({Draft(kLowerId), Draft(organization_)});

  EXPECT_THAT(result.unknown_organizations, ElementsAre(kLowerId));
  EXPECT_TRUE(Get().managed);
}

TEST_F(ManagedGitConfigsTest, CallsThatChangeItAreRefused) {
  Start({Draft(organization_)});
  const GitConfigRow before = Get();
  const auto managed =
      StatusIs(StatusCode::kFailedPrecondition, reason::kGitConfigManaged);
  GitConfigUpdate update;
  update.organization_id = organization_;
  update.branch = "next";

  EXPECT_THAT(Write([&](Transaction& tx) {
                return PutGitConfig(tx, Admin(), Draft(organization_, "new"), {},
                                    *sealer_, now_);
              }),
              managed);
  EXPECT_THAT(Write([&](Transaction& tx) {
                return ReplaceSshKey(tx, Admin(), "", Draft(organization_), now_);
              }),
              managed);
  EXPECT_THAT(Write([&](Transaction& tx) {
                return UpdateGitConfig(tx, Admin(), update, false, now_);
              }),
              managed);
  EXPECT_THAT(Write([&](Transaction& tx) {
                return DeleteGitConfig(tx, Admin(), organization_, "");
              }),
              managed);
  EXPECT_EQ(Get().etag, before.etag);
  // Who may not change it at all is told that.
  EXPECT_THAT(Write([&](Transaction& tx) {
                return UpdateGitConfig(tx, Editor(organization_), update, false, now_);
              }),
              StatusIs(StatusCode::kPermissionDenied, reason::kRoleRequired));
}

}  // namespace
}  // namespace gitsync
