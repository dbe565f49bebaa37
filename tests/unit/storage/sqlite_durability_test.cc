// What stays after a kill and on a full disk.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <signal.h>
#include <sqlite3.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <fstream>

#include "server/base/reason.h"
#include "server/base/status_macros.h"
#include "storage/sqlite/sqlite_store.h"
#include "tests/support/status_matchers.h"
#include "tests/unit/storage/temp_folder.h"
#include "tests/unit/storage/test_rows.h"

namespace {
std::atomic<int> syncs = 0;
}  // namespace

// In place of libc's, to count how often SQLite waits for the disk.
extern "C" int fdatasync(int fd) {
  ++syncs;
  return static_cast<int>(syscall(SYS_fdatasync, fd));
}

namespace gitsync {
namespace {

absl::Status AddOrganization(Store& store, const std::string& id) {
  return store.Write(
      [&](Transaction& t) { return t.organizations().Insert(MakeOrganization(id)); });
}

bool Has(const Store& store, const std::string& id) {
  return store
      .Read([&](const Transaction& t) { return t.organizations().Get(id).status(); })
      .ok();
}

// Adds organizations "0", "1", ... and writes a byte for each that was acknowledged.
[[noreturn]] void WriteUntilKilled(const std::string& path, int acknowledgements) {
  auto store = SqliteStore::Open({.path = path, .readers = 1});
  if (!store.ok()) _exit(1);
  for (int i = 0;; ++i) {
    if (!AddOrganization(**store, std::to_string(i)).ok()) _exit(1);
    if (write(acknowledgements, "!", 1) != 1) _exit(1);
  }
}

TEST(SqliteDurabilityTest, KilledWriterLosesNothingThatItAcknowledged) {
  TempFolder folder;
  const std::string path = folder.path() + "/gitsync.db";
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  const pid_t child = fork();
  ASSERT_GE(child, 0);
  if (child == 0) WriteUntilKilled(path, ends[1]);
  close(ends[1]);
  int acknowledged = 0;
  char byte = 0;
  while (acknowledged < 50 && read(ends[0], &byte, 1) == 1) ++acknowledged;

  ASSERT_EQ(kill(child, SIGKILL), 0);

  while (read(ends[0], &byte, 1) == 1) ++acknowledged;
  close(ends[0]);
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFSIGNALED(status));
  ASSERT_GE(acknowledged, 50);
  ASSERT_OK_AND_ASSIGN(auto store, SqliteStore::Open({.path = path}));
  for (int i = 0; i < acknowledged; ++i) EXPECT_TRUE(Has(*store, std::to_string(i)));
  sqlite3* handle = nullptr;
  ASSERT_EQ(sqlite3_open(path.c_str(), &handle), SQLITE_OK);
  std::string result;
  sqlite3_exec(
      handle, "PRAGMA integrity_check",
      [](void* out, int, char** values, char**) {
        *static_cast<std::string*>(out) += values[0];
        return 0;
      },
      &result, nullptr);
  sqlite3_close(handle);
  EXPECT_EQ(result, "ok");
}

TEST(SqliteDurabilityTest, WriteWaitsForTheDiskAndWriteAheadLeavesItToTheNextWrite) {
  TempFolder folder;
  const std::string path = folder.path() + "/gitsync.db";
  ASSERT_OK_AND_ASSIGN(auto store, SqliteStore::Open({.path = path}));
  for (int i = 0; i < 2; ++i) {
    ASSERT_OK(AddOrganization(*store, "full-" + std::to_string(i)));
    const int before = syncs;

    ASSERT_OK(store->WriteAhead([&](Transaction& t) {
      return t.organizations().Insert(MakeOrganization("ahead-" + std::to_string(i)));
    }));

    EXPECT_EQ(syncs, before);
    EXPECT_TRUE(Has(*store, "ahead-" + std::to_string(i)));
    ASSERT_OK(AddOrganization(*store, "next-" + std::to_string(i)));
    EXPECT_GT(syncs, before);
  }
}

// What a store does when the disk is full from `fill` on, until `make_room`.
template <typename Fill, typename MakeRoom>
void CheckFullDisk(const std::string& path, Fill fill, MakeRoom make_room) {
  const auto is_full =
      StatusIs(absl::StatusCode::kResourceExhausted, reason::kStorageFull);
  const std::string large(1 << 20, 'x');
  ASSERT_OK_AND_ASSIGN(auto store, SqliteStore::Open({.path = path}));
  ASSERT_OK(AddOrganization(*store, "before"));
  fill();

  const absl::Status status = store->Write([&](Transaction& t) {
    EXPECT_OK(t.organizations().Insert(MakeOrganization("during")));
    EXPECT_OK(t.apps().Insert(MakeApp("app", "during")));
    // Large enough to spill out of the cache, so that the disk is found full here
    // or at the commit.
    for (int i = 0; i < 20; ++i) {
      auto hash = t.versions().PutDefinition(large + std::to_string(i));
      if (!hash.ok()) break;
      t.versions().Insert(MakeVersion(std::to_string(i), "app", *hash)).IgnoreError();
    }
    // Even a body that ignores it commits nothing.
    return absl::OkStatus();
  });
  EXPECT_THAT(status, is_full);
  EXPECT_THAT(store->CheckHealth(), is_full);
  EXPECT_TRUE(Has(*store, "before"));
  EXPECT_FALSE(Has(*store, "during"));

  make_room();

  EXPECT_OK(store->CheckHealth());
  EXPECT_OK(AddOrganization(*store, "after"));
  EXPECT_TRUE(Has(*store, "after"));
  EXPECT_FALSE(Has(*store, "during"));
}

TEST(SqliteDurabilityTest, FileSizeLimitIsStorageFullAndHeals) {
  TempFolder folder;
  rlimit before = {};
  ASSERT_EQ(getrlimit(RLIMIT_FSIZE, &before), 0);
  const auto old_handler = signal(SIGXFSZ, SIG_IGN);
  const std::string path = folder.path() + "/gitsync.db";

  CheckFullDisk(
      path,
      [&] {
        rlimit limit = before;
        limit.rlim_cur = std::filesystem::file_size(path + "-wal");
        ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &limit), 0);
      },
      [&] { ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &before), 0); });

  signal(SIGXFSZ, old_handler);
}

TEST(SqliteDurabilityTest, FullDiskIsStorageFullAndHeals) {
  TempFolder folder;
  // A mount of this process alone.
  if (unshare(CLONE_NEWNS) != 0 ||
      mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0 ||
      mount("tmpfs", folder.path().c_str(), "tmpfs", 0, "size=4m") != 0) {
    GTEST_SKIP() << "this user may not mount; the file size limit's test covers it";
  }
  const std::string filler = folder.path() + "/filler";

  CheckFullDisk(
      folder.path() + "/gitsync.db",
      [&] {
        std::ofstream file(filler, std::ios::binary);
        const std::string block(4096, 'x');
        while (file.write(block.data(), 4096).flush()) {
        }
      },
      [&] { std::filesystem::remove(filler); });

  umount(folder.path().c_str());
}

// The disk has room for what there is, and not for what is written.
TEST(SqliteDurabilityTest, RefusedWriteLeavesTheDiskAsItWasAndARestartServesReads) {
  TempFolder folder;
  if (unshare(CLONE_NEWNS) != 0 ||
      mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0 ||
      mount("tmpfs", folder.path().c_str(), "tmpfs", 0, "size=16m") != 0) {
    GTEST_SKIP() << "this user may not mount; log_room_test covers it without";
  }
  const std::string path = folder.path() + "/gitsync.db";
  const auto available = [&] {
    return std::filesystem::space(folder.path()).available;
  };
  {
    ASSERT_OK_AND_ASSIGN(auto store, SqliteStore::Open({.path = path}));
    ASSERT_OK(AddOrganization(*store, "before"));
    const auto before = available();
    const std::string large(1 << 20, 'x');

    const absl::Status refused = store->Write([&](Transaction& t) -> absl::Status {
      for (int i = 0; i < 40; ++i) {
        RETURN_IF_ERROR(t.versions().PutDefinition(large + std::to_string(i)).status());
      }
      return absl::OkStatus();
    });

    EXPECT_THAT(refused,
                StatusIs(absl::StatusCode::kResourceExhausted, reason::kStorageFull));
    EXPECT_GE(available() + (1 << 20), before);
    EXPECT_OK(AddOrganization(*store, "after"));
  }
  // Others fill it to the last byte.
  std::ofstream filler(folder.path() + "/filler", std::ios::binary);
  const std::string block(4096, 'x');
  while (filler.write(block.data(), 4096).flush()) {
  }
  ASSERT_EQ(available(), 0u);

  {
    ASSERT_OK_AND_ASSIGN(auto store, SqliteStore::Open({.path = path}));

    EXPECT_TRUE(Has(*store, "before"));
    EXPECT_TRUE(Has(*store, "after"));
    EXPECT_THAT(store->CheckHealth(),
                StatusIs(absl::StatusCode::kResourceExhausted, reason::kStorageFull));
    filler.close();
    std::filesystem::remove(folder.path() + "/filler");
    EXPECT_OK(AddOrganization(*store, "later"));
  }
  umount(folder.path().c_str());
}

}  // namespace
}  // namespace gitsync
