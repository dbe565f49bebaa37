// The write-ahead log gives its room on the disk back, and nothing that was committed.

#include "storage/sqlite/log_room.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sqlite3.h>

#include <filesystem>
#include <fstream>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "storage/sqlite/sqlite_store.h"
#include "tests/support/status_matchers.h"
#include "tests/unit/storage/temp_folder.h"
#include "tests/unit/storage/test_rows.h"

namespace gitsync {
namespace {

// More than the cache of a connection, so that it is written before the commit.
constexpr int kLargeMebibytes = 20;

class LogRoomTest : public testing::Test {
 protected:
  int64_t LogSize() const {
    std::error_code ignored;
    const auto size = std::filesystem::file_size(path_ + "-wal", ignored);
    return ignored ? 0 : static_cast<int64_t>(size);
  }
  // The files as a killed process leaves them, opened as the next one does.
  absl::StatusOr<std::unique_ptr<SqliteStore>> OpenCopy() {
    std::filesystem::copy_file(path_, copy_,
                               std::filesystem::copy_options::overwrite_existing);
    std::filesystem::copy_file(path_ + "-wal", copy_ + "-wal",
                               std::filesystem::copy_options::overwrite_existing);
    return SqliteStore::Open({.path = copy_});
  }

  TempFolder folder_;
  const std::string path_ = folder_.path() + "/gitsync.db";
  const std::string copy_ = folder_.path() + "/copy.db";
};

absl::Status AddSmall(Store& store, const std::string& id) {
  return store.Write(
      [&](Transaction& t) { return t.organizations().Insert(MakeOrganization(id)); });
}

bool HasOrganization(const Store& store, const std::string& id) {
  return store
      .Read([&](const Transaction& t) { return t.organizations().Get(id).status(); })
      .ok();
}

absl::Status PutLarge(Transaction& t, const std::string& id) {
  const std::string mebibyte(1 << 20, 'x');
  EXPECT_OK(t.organizations().Insert(MakeOrganization(id)));
  EXPECT_OK(t.apps().Insert(MakeApp(id, id)));
  for (int i = 0; i < kLargeMebibytes; ++i) {
    auto hash = t.versions().PutDefinition(absl::StrCat(mebibyte, id, i));
    EXPECT_OK(hash);
    EXPECT_OK(t.versions().Insert(MakeVersion(absl::StrCat(id, i), id, *hash)));
  }
  return absl::OkStatus();
}

struct WriteCase {
  const char* name;
  absl::Status (*write)(Store& store);
  bool kept;
};

class LargeWriteTest : public LogRoomTest,
                       public testing::WithParamInterface<WriteCase> {};

INSTANTIATE_TEST_SUITE_P(
    , LargeWriteTest,
    testing::Values(WriteCase{"Committed",
                              [](Store& store) {
                                return store.Write([](Transaction& tx) {
                                  return PutLarge(tx, "large");
                                });
                              },
                              true},
                    WriteCase{"CommittedAhead",
                              [](Store& store) {
                                return store.WriteAhead([](Transaction& tx) {
                                  return PutLarge(tx, "large");
                                });
                              },
                              true},
                    WriteCase{"RefusedByItsBody",
                              [](Store& store) {
                                return store.Write([](Transaction& tx) -> absl::Status {
                                  EXPECT_OK(PutLarge(tx, "large"));
                                  return absl::AbortedError("an etag is not the one");
                                });
                              },
                              false},
                    WriteCase{"RefusedByAConstraint",
                              [](Store& store) {
                                return store.Write([](Transaction& tx) -> absl::Status {
                                  EXPECT_OK(PutLarge(tx, "large"));
                                  return tx.organizations().Insert(
                                      MakeOrganization("before"));
                                });
                              },
                              false},
                    WriteCase{"RefusedAsTheDiskIsFull",
                              [](Store& store) {
                                return store.Write([](Transaction& tx) -> absl::Status {
                                  EXPECT_OK(PutLarge(tx, "large"));
                                  return absl::ResourceExhaustedError(
                                      "as SQLite says it");
                                });
                              },
                              false}),
    [](const auto& test) { return test.param.name; });

TEST_P(LargeWriteTest, LeavesASmallLogAndWhatWasCommitted) {
  ASSERT_OK_AND_ASSIGN(auto store, SqliteStore::Open({.path = path_}));
  ASSERT_OK(AddSmall(*store, "before"));

  EXPECT_EQ(GetParam().write(*store).ok(), GetParam().kept);

  EXPECT_LE(LogSize(), kMaxLogBytes);
  ASSERT_OK(AddSmall(*store, "after"));
  ASSERT_OK_AND_ASSIGN(auto copy, OpenCopy());
  for (const Store* one :
       {static_cast<Store*>(store.get()), static_cast<Store*>(copy.get())}) {
    EXPECT_TRUE(HasOrganization(*one, "before"));
    EXPECT_TRUE(HasOrganization(*one, "after"));
    EXPECT_EQ(HasOrganization(*one, "large"), GetParam().kept);
  }
}

// A program of an operator's, which looks at the database as it is now.
class OldSnapshot {
 public:
  explicit OldSnapshot(const std::string& path) {
    EXPECT_EQ(sqlite3_open(path.c_str(), &handle_), SQLITE_OK);
    EXPECT_EQ(sqlite3_exec(handle_, "BEGIN; SELECT COUNT(*) FROM organizations",
                           nullptr, nullptr, nullptr),
              SQLITE_OK);
  }
  ~OldSnapshot() { sqlite3_close(handle_); }

  int Organizations() {
    int count = -1;
    sqlite3_exec(
        handle_, "SELECT COUNT(*) FROM organizations",
        [](void* out, int, char** values, char**) {
          *static_cast<int*>(out) = atoi(values[0]);
          return 0;
        },
        &count, nullptr);
    return count;
  }

 private:
  sqlite3* handle_ = nullptr;
};

TEST_F(LogRoomTest, ReaderOfAnOldStateDelaysItUntilItEnds) {
  ASSERT_OK_AND_ASSIGN(auto store, SqliteStore::Open({.path = path_}));
  ASSERT_OK(AddSmall(*store, "before"));
  {
    OldSnapshot reader(path_);
    // Not for the busy timeout of five seconds each, either.
    ASSERT_OK(store->Write([](Transaction& t) { return PutLarge(t, "large"); }));
    ASSERT_OK(AddSmall(*store, "after"));
    EXPECT_GT(LogSize(), kMaxLogBytes);
    EXPECT_EQ(reader.Organizations(), 1);
  }

  const absl::Time give_up = absl::Now() + absl::Minutes(1);
  while (LogSize() > kMaxLogBytes && absl::Now() < give_up) {
    ASSERT_OK(store->CheckHealth());
  }

  EXPECT_LE(LogSize(), kMaxLogBytes);
  EXPECT_TRUE(HasOrganization(*store, "large"));
  EXPECT_TRUE(HasOrganization(*store, "after"));
}

TEST_F(LogRoomTest, FailedWriteBesideAReaderLeavesTheLogAsItWas) {
  ASSERT_OK_AND_ASSIGN(auto store, SqliteStore::Open({.path = path_}));
  ASSERT_OK(AddSmall(*store, "before"));
  OldSnapshot reader(path_);
  ASSERT_OK(AddSmall(*store, "unread"));
  const int64_t size = LogSize();

  EXPECT_FALSE(store
                   ->Write([](Transaction& t) -> absl::Status {
                     EXPECT_OK(PutLarge(t, "large"));
                     return absl::AbortedError("no");
                   })
                   .ok());

  EXPECT_EQ(LogSize(), size);
  EXPECT_EQ(reader.Organizations(), 1);
  ASSERT_OK(AddSmall(*store, "after"));
  ASSERT_OK_AND_ASSIGN(auto copy, OpenCopy());
  for (const char* id : {"before", "unread", "after"}) {
    EXPECT_TRUE(HasOrganization(*store, id)) << id;
    EXPECT_TRUE(HasOrganization(*copy, id)) << id;
  }
}

TEST_F(LogRoomTest, WhatAKilledProcessLeftIsGivenBackAtTheStart) {
  ASSERT_OK_AND_ASSIGN(auto store, SqliteStore::Open({.path = path_}));
  ASSERT_OK(AddSmall(*store, "before"));
  // Killed with a transaction that had written much and not committed.
  EXPECT_FALSE(store
                   ->Write([&](Transaction& t) -> absl::Status {
                     EXPECT_OK(PutLarge(t, "large"));
                     EXPECT_GT(LogSize(), kMaxLogBytes);
                     std::filesystem::copy_file(path_, copy_);
                     std::filesystem::copy_file(path_ + "-wal", copy_ + "-wal");
                     return absl::AbortedError("no");
                   })
                   .ok());

  ASSERT_OK_AND_ASSIGN(auto next, SqliteStore::Open({.path = copy_}));

  EXPECT_LE(std::filesystem::file_size(copy_ + "-wal"), kMaxLogBytes);
  EXPECT_TRUE(HasOrganization(*next, "before"));
  EXPECT_FALSE(HasOrganization(*next, "large"));
  EXPECT_OK(AddSmall(*next, "after"));
}

TEST_F(LogRoomTest, CutKeepsExactlyWhatWasCommitted) {
  ASSERT_OK_AND_ASSIGN(auto store, SqliteStore::Open({.path = path_}));
  ASSERT_OK_AND_ASSIGN(auto writer, Connection::Open(path_, absl::Seconds(5)));
  ASSERT_OK(writer->Run("PRAGMA wal_autocheckpoint = 0"));
  for (int i = 0; i < 5; ++i) {
    ASSERT_OK(AddSmall(*store, absl::StrCat("row", i)));
    const int64_t size = LogSize();
    ASSERT_OK(CutLog(*writer));
    EXPECT_EQ(LogSize(), size);
  }
  // The next commits go over the frames of an earlier round, which stay behind them.
  ASSERT_OK(writer->RunForInt("PRAGMA wal_checkpoint(RESTART)").status());
  const int64_t first_round = LogSize();
  ASSERT_OK(AddSmall(*store, "second round"));
  EXPECT_EQ(LogSize(), first_round);

  ASSERT_OK(CutLog(*writer));

  EXPECT_LT(LogSize(), first_round);
  EXPECT_GT(LogSize(), 0);
  ASSERT_OK_AND_ASSIGN(auto copy, OpenCopy());
  EXPECT_TRUE(HasOrganization(*copy, "row4"));
  EXPECT_TRUE(HasOrganization(*copy, "second round"));
  ASSERT_OK(AddSmall(*store, "after"));
  EXPECT_TRUE(HasOrganization(*store, "after"));
}

}  // namespace
}  // namespace gitsync
