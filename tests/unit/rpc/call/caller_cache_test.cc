// Callers are known again without the store, and only as long as nothing changed there.

#include "server/rpc/call/caller_cache.h"

#include <gtest/gtest.h>

#include <atomic>
#include <memory>

#include "absl/time/clock.h"
#include "server/base/reason.h"
#include "server/resource/access_tokens.h"
#include "storage/sqlite/sqlite_store.h"
#include "tests/support/forwarding_store.h"
#include "tests/support/status_matchers.h"
#include "tests/support/temp_dir.h"

namespace gitsync {
namespace {

// A store that counts how often it is read.
class CountedStore : public ForwardingStore {
 public:
  explicit CountedStore(std::unique_ptr<Store> store)
      : ForwardingStore(store.get()), store_(std::move(store)) {}

  absl::Status Read(
      absl::FunctionRef<absl::Status(const Transaction&)> body) const override {
    ++reads_;
    return ForwardingStore::Read(body);
  }

  int reads() const { return reads_; }

 private:
  const std::unique_ptr<Store> store_;
  mutable std::atomic<int> reads_ = 0;
};

class CallerCacheTest : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_OK_AND_ASSIGN(std::unique_ptr<Store> store,
                         SqliteStore::Open({.path = folder_ / "gitsync.db"}));
    store_ = std::make_unique<CountedStore>(std::move(store));
    callers_ = std::make_unique<CallerCache>(store_.get());
  }

  // A token of an administrator's.
  CreatedAccessToken Create(std::optional<absl::Time> expire_time = {}) {
    CreatedAccessToken created;
    const Caller admin{"id", "name", Role::kAdmin, ""};
    EXPECT_OK(store_->Write([&](Transaction& tx) -> absl::Status {
      CreateAccessTokenInput input;
      input.name = "test";
      input.role = Role::kAdmin;
      input.expire_time = expire_time;
      ASSIGN_OR_RETURN(created, CreateAccessToken(tx, admin, input, now_));
      return absl::OkStatus();
    }));
    return created;
  }

  absl::StatusOr<Caller> Authenticate(const Secret& secret, absl::Time now) {
    std::vector<Secret> candidates;
    candidates.emplace_back(std::string(secret.Reveal()));
    return callers_->Authenticate(candidates, now);
  }

  const absl::Time now_ = absl::Now();
  TempDir folder_;
  std::unique_ptr<CountedStore> store_;
  std::unique_ptr<CallerCache> callers_;
};

TEST_F(CallerCacheTest, StoreIsReadOnceWhileNothingChanges) {
  const CreatedAccessToken token = Create();
  const CreatedAccessToken other = Create();

  for (int i = 0; i < 3; ++i) {
    const auto caller = Authenticate(token.secret, now_);
    ASSERT_OK(caller);
    EXPECT_EQ(caller->token_id, token.row.id);
    EXPECT_EQ(Authenticate(other.secret, now_)->token_id, other.row.id);
  }

  EXPECT_EQ(store_->reads(), 2);
}

TEST_F(CallerCacheTest, RevokedTokenIsRefusedAtOnce) {
  const CreatedAccessToken token = Create();
  Create();  // somebody has to be left
  ASSERT_OK(Authenticate(token.secret, now_));
  const Caller admin{"id", "name", Role::kAdmin, ""};
  ASSERT_OK(store_->Write([&](Transaction& tx) {
    return RevokeAccessToken(tx, admin, token.row.id, now_);
  }));

  EXPECT_THAT(
      Authenticate(token.secret, now_),
      StatusIs(absl::StatusCode::kUnauthenticated, reason::kInvalidCredentials));
}

TEST_F(CallerCacheTest, TokenIsRefusedOnceItHasExpired) {
  const CreatedAccessToken token = Create(now_ + absl::Minutes(1));
  ASSERT_OK(Authenticate(token.secret, now_));

  EXPECT_OK(Authenticate(token.secret, now_ + absl::Seconds(59)));
  EXPECT_THAT(
      Authenticate(token.secret, now_ + absl::Minutes(1)),
      StatusIs(absl::StatusCode::kUnauthenticated, reason::kInvalidCredentials));
}

TEST_F(CallerCacheTest, UnknownTokenIsLookedUpEachTime) {
  const Secret unknown("gst_nobody");
  EXPECT_THAT(Authenticate(unknown, now_), HasCode(absl::StatusCode::kUnauthenticated));
  EXPECT_THAT(Authenticate(unknown, now_), HasCode(absl::StatusCode::kUnauthenticated));

  EXPECT_EQ(store_->reads(), 2);
}

}  // namespace
}  // namespace gitsync
