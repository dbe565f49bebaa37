// Transactions: what a store promises whatever the rows are.

#include "tests/unit/storage/store_contract.h"

#include <atomic>
#include <thread>

#include "absl/synchronization/notification.h"

namespace gitsync {
namespace {

class StoreTest : public StoreContractTest {
 protected:
  bool Has(const std::string& id) {
    return Read([&](const Transaction& t) { return t.organizations().Get(id); }).ok();
  }
};

TEST_P(StoreTest, ErrorOfTheBodyIsReturnedAndNothingIsChanged) {
  const absl::Status error = absl::AbortedError("mine");

  const absl::Status status = Write([&](Transaction& t) {
    EXPECT_OK(t.organizations().Insert(MakeOrganization("o")));
    EXPECT_OK(t.organizations().Get("o"));
    return error;
  });

  EXPECT_EQ(status, error);
  EXPECT_FALSE(Has("o"));
}

TEST_P(StoreTest, WriteAheadIsAllOrNothingAndSeenAtOnce) {
  ASSERT_OK(store_->WriteAhead(
      [](Transaction& t) { return t.organizations().Insert(MakeOrganization("o")); }));
  const absl::Status error = absl::AbortedError("mine");

  EXPECT_EQ(store_->WriteAhead([&](Transaction& t) {
    EXPECT_OK(t.organizations().Insert(MakeOrganization("p")));
    return error;
  }),
            error);

  EXPECT_TRUE(Has("o"));
  EXPECT_FALSE(Has("p"));
}

TEST_P(StoreTest, ChangesAreCounted) {
  const auto insert = [](const char* id) {
    return
        [id](Transaction& t) { return t.organizations().Insert(MakeOrganization(id)); };
  };
  const int64_t first = store_->ChangeCount();
  EXPECT_FALSE(Has("o"));
  EXPECT_OK(store_->CheckHealth());
  EXPECT_EQ(store_->ChangeCount(), first);

  ASSERT_OK(store_->Write(insert("o")));
  const int64_t second = store_->ChangeCount();
  ASSERT_OK(store_->WriteAhead(insert("p")));

  EXPECT_GT(second, first);
  EXPECT_GT(store_->ChangeCount(), second);
}

TEST_P(StoreTest, ErrorOfTheBodyOfAReadIsReturned) {
  const absl::Status error = absl::AbortedError("mine");

  EXPECT_EQ(store_->Read([&](const Transaction&) { return error; }), error);
}

TEST_P(StoreTest, WriteGoesOnAfterAConstraintError) {
  AddOrganization("o");

  ASSERT_OK(Write([](Transaction& t) {
    EXPECT_THAT(t.organizations().Insert(MakeOrganization("o")),
                HasCode(absl::StatusCode::kAlreadyExists));
    return t.organizations().Insert(MakeOrganization("p"));
  }));

  EXPECT_TRUE(Has("p"));
}

TEST_P(StoreTest, ReadSeesOneStateWhileAWriteCommits) {
  AddOrganization("o");
  absl::Notification has_read;
  absl::Notification has_written;
  std::thread writer([&] {
    has_read.WaitForNotification();
    AddOrganization("p");
    has_written.Notify();
  });

  ASSERT_OK(store_->Read([&](const Transaction& t) {
    EXPECT_OK(t.organizations().Get("o"));
    has_read.Notify();
    has_written.WaitForNotification();
    EXPECT_THAT(t.organizations().Get("p"), HasCode(absl::StatusCode::kNotFound));
    EXPECT_EQ(t.organizations().List({.after = 0, .limit = 9})->rows.size(), 1u);
    return absl::OkStatus();
  }));

  writer.join();
  EXPECT_TRUE(Has("p"));
}

TEST_P(StoreTest, ReadRunsBesideAWriteInProgress) {
  AddOrganization("o");
  absl::Notification has_written;
  absl::Notification has_read;
  std::thread writer([&] {
    EXPECT_OK(Write([&](Transaction& t) {
      EXPECT_OK(t.organizations().Delete("o"));
      has_written.Notify();
      has_read.WaitForNotification();
      return absl::OkStatus();
    }));
  });
  has_written.WaitForNotification();

  EXPECT_TRUE(Has("o"));

  has_read.Notify();
  writer.join();
  EXPECT_FALSE(Has("o"));
}

TEST_P(StoreTest, HealthyStoreSaysSo) { EXPECT_OK(store_->CheckHealth()); }

// Writers move a total between two rows; each reader must see it whole.
TEST_P(StoreTest, SixteenThreadsOfReadersAndWritersKeepTheTotal) {
  constexpr int kWriters = 4;
  constexpr int kReaders = 12;
  constexpr int kWrites = 20;
  const auto with_count = [](const char* id, int count) {
    OrganizationRow row = MakeOrganization(id);
    row.environments.assign(count, "e");
    return row;
  };
  ASSERT_OK(Write([&](Transaction& t) {
    EXPECT_OK(t.organizations().Insert(with_count("a", kWriters * kWrites)));
    return t.organizations().Insert(with_count("b", 0));
  }));
  std::atomic<int> writing = kWriters;
  std::vector<std::thread> threads;

  for (int i = 0; i < kWriters; ++i) {
    threads.emplace_back([&] {
      for (int j = 0; j < kWrites; ++j) {
        EXPECT_OK(Write([&](Transaction& t) {
          const int a = t.organizations().Get("a")->environments.size();
          const int b = t.organizations().Get("b")->environments.size();
          EXPECT_OK(t.organizations().Update(with_count("a", a - 1)));
          return t.organizations().Update(with_count("b", b + 1));
        }));
      }
      --writing;
    });
  }
  for (int i = 0; i < kReaders; ++i) {
    threads.emplace_back([&] {
      while (writing > 0) {
        EXPECT_OK(store_->Read([&](const Transaction& t) {
          EXPECT_EQ(t.organizations().Get("a")->environments.size() +
                        t.organizations().Get("b")->environments.size(),
                    size_t{kWriters * kWrites});
          return absl::OkStatus();
        }));
      }
    });
  }
  for (std::thread& thread : threads) thread.join();

  EXPECT_EQ(Read([](const Transaction& t) {
              return t.organizations().Get("b");
            })->environments.size(),
            size_t{kWriters * kWrites});
}

INSTANTIATE_STORE_CONTRACT(StoreTest);

}  // namespace
}  // namespace gitsync
