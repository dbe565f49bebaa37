#include "server/git/mirror/mirror.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/clock.h"
#include "server/git/mirror/mirror_pool.h"
#include "server/git/mirror/mirror_upkeep.h"
#include "tests/support/status_matchers.h"
#include "tests/support/temp_dir.h"
#include "tests/unit/git/random_text.h"

namespace gitsync {
namespace {

namespace fs = std::filesystem;

class MirrorTest : public testing::Test {
 protected:
  MirrorPool::Options PoolOptions() const {
    MirrorPool::Options options;
    options.directory = folder_ / "mirrors";
    options.max_idle = 4;
    return options;
  }

  Mirror Open(MirrorPool& pool, absl::string_view id) {
    absl::StatusOr<Mirror> mirror = pool.Open(id);
    EXPECT_OK(mirror);
    return *std::move(mirror);
  }

  static git_oid Keep(Mirror& mirror, const std::string& content) {
    git_oid id;
    EXPECT_EQ(git_blob_create_from_buffer(&id, mirror.Scratch(), content.data(),
                                          content.size()),
              0);
    EXPECT_OK(mirror.Keep({{id, std::nullopt}}));
    return id;
  }

  static std::string Read(const Mirror& mirror, const git_oid& id) {
    git_blob* raw_blob = nullptr;
    if (git_blob_lookup(&raw_blob, mirror.repository(), &id) != 0) {
      return absl::StrCat("not read: ", git_error_last()->message);
    }
    const BlobPtr blob(raw_blob);
    return {static_cast<const char*>(git_blob_rawcontent(raw_blob)),
            static_cast<size_t>(git_blob_rawsize(raw_blob))};
  }

  // A mirror of about so many bytes.
  git_oid Fill(MirrorPool& pool, absl::string_view id, size_t bytes) {
    Mirror mirror = Open(pool, id);
    return Keep(mirror, RandomText(bytes, 1));
  }

  bool Exists(absl::string_view id) const {
    return fs::exists(absl::StrCat(folder_.path(), "/mirrors/", id, ".git"));
  }

  int PacksOf(absl::string_view id) const {
    int packs = 0;
    for (const auto& file : fs::directory_iterator(
             absl::StrCat(folder_.path(), "/mirrors/", id, ".git/objects/pack"))) {
      if (file.path().extension() == ".pack") ++packs;
    }
    return packs;
  }

  static int OpenFiles() {
    const fs::directory_iterator files("/proc/self/fd");
    return static_cast<int>(std::distance(begin(files), end(files)));
  }

  const TempDir folder_;
};

TEST_F(MirrorTest, WhatIsKeptIsSeenByOthersAndWhatIsNotIsGone) {
  MirrorPool pool(PoolOptions());
  git_oid kept;
  git_oid lost;
  {
    Mirror reader = Open(pool, "m");
    Mirror writer = Open(pool, "m");
    kept = Keep(writer, "kept");
    EXPECT_EQ(Read(reader, kept), "kept");
    ASSERT_EQ(git_blob_create_from_buffer(&lost, writer.Scratch(), "lost", 4), 0);
  }
  EXPECT_EQ(Read(Open(pool, "m"), kept), "kept");
  EXPECT_NE(Read(Open(pool, "m"), lost), "lost");
}

TEST_F(MirrorTest, ManyPacksAreMergedUnderReadersAndWriters) {
  MirrorPool pool(PoolOptions());
  absl::Mutex mutex;
  std::vector<std::pair<git_oid, std::string>> kept;
  std::atomic<bool> stop = false;
  std::atomic<int> reads = 0;
  const auto read_all = [&] {
    // One handle all the time, one for each object, and all in between.
    while (!stop) {
      Mirror mirror = Open(pool, "m");
      for (int round = 0; round < 20 && !stop; ++round) {
        std::pair<git_oid, std::string> object;
        {
          absl::MutexLock lock(&mutex);
          if (kept.empty()) continue;
          object = kept[static_cast<size_t>(reads) * 7919 % kept.size()];
        }
        ASSERT_EQ(Read(mirror, object.first), object.second);
        ++reads;
      }
    }
  };
  const auto write = [&](int writer) {
    for (int i = 0; i < 300; ++i) {
      Mirror mirror = Open(pool, "m");
      const std::string content = absl::StrCat(writer, "-", i, std::string(i, 'x'));
      const git_oid id = Keep(mirror, content);
      absl::MutexLock lock(&mutex);
      kept.emplace_back(id, content);
    }
  };
  std::vector<std::thread> readers;
  std::vector<std::thread> writers;
  {
    MirrorUpkeep::Options options;
    options.period = absl::Milliseconds(1);
    MirrorUpkeep upkeep(&pool, options);
    upkeep.Start();
    for (int i = 0; i < 3; ++i) readers.emplace_back(read_all);
    for (int i = 0; i < 2; ++i) writers.emplace_back(write, i);
    for (std::thread& thread : writers) thread.join();
  }
  stop = true;
  for (std::thread& thread : readers) thread.join();

  MirrorUpkeep last(&pool, {});
  last.Pass();
  EXPECT_LE(PacksOf("m"), kManyPacks);
  EXPECT_GT(reads, 0);
  const Mirror mirror = Open(pool, "m");
  for (const auto& [id, content] : kept) ASSERT_EQ(Read(mirror, id), content);
  EXPECT_EQ(std::system(absl::StrCat("git -C ", folder_.path(),
                                     "/mirrors/m.git fsck --full --no-dangling")
                            .c_str()),
            0);
}

TEST_F(MirrorTest, AHandleThatWasOpenFindsMergedObjectsAndIsClosedAfterwards) {
  MirrorPool pool(PoolOptions());
  MirrorUpkeep upkeep(&pool, {});
  std::vector<git_oid> ids;
  const int files_before = OpenFiles();
  {
    Mirror reader = Open(pool, "m");
    for (int i = 0; i <= kManyPacks; ++i) {
      Mirror writer = Open(pool, "m");
      ids.push_back(Keep(writer, absl::StrCat(i)));
      if (i % 2 == 0) Read(reader, ids.back());  // has half of them open
    }

    upkeep.Pass();

    EXPECT_EQ(PacksOf("m"), kManyPacks + 2);  // the reader may need the old ones
    Mirror writer = Open(pool, "m");
    ids.push_back(Keep(writer, absl::StrCat(ids.size())));
    for (size_t i = 0; i < ids.size(); ++i) {
      EXPECT_EQ(Read(reader, ids[i]), absl::StrCat(i));
    }
  }
  upkeep.Pass();
  EXPECT_EQ(PacksOf("m"), 2);
  pool.CloseUnusedSince(absl::Now());
  EXPECT_EQ(OpenFiles(), files_before);
  EXPECT_EQ(Read(Open(pool, "m"), ids.front()), "0");
}

TEST_F(MirrorTest, DamageThatMergingFindsCostsTheMirror) {
  MirrorPool pool(PoolOptions());
  for (int i = 0; i <= kManyPacks; ++i) Fill(pool, "m", 100 + i);
  for (const auto& file :
       fs::directory_iterator(folder_ / "mirrors/m.git/objects/pack")) {
    if (file.path().extension() == ".pack") {
      fs::permissions(file.path(), fs::perms::owner_all);
      fs::resize_file(file.path(), 50);
      break;
    }
  }

  MirrorUpkeep(&pool, {}).Pass();

  EXPECT_FALSE(Exists("m"));
}

TEST_F(MirrorTest, LeastRecentlyUsedAreDroppedBeyondTheLimit) {
  MirrorUpkeep::Options options;
  options.max_bytes = 3'500'000;
  options.grace = absl::ZeroDuration();
  MirrorPool pool(PoolOptions());
  MirrorUpkeep upkeep(&pool, options);
  for (const char* id : {"a", "b", "c"}) Fill(pool, id, 1'000'000);
  upkeep.Pass();
  EXPECT_TRUE(Exists("a") && Exists("b") && Exists("c"));
  Open(pool, "a");
  {
    const Mirror in_use = Open(pool, "b");
    Open(pool, "c");
    Fill(pool, "d", 1'000'000);

    upkeep.Pass();

    EXPECT_TRUE(Exists("b") && Exists("c") && Exists("d"));
    EXPECT_FALSE(Exists("a"));
    EXPECT_EQ(Read(in_use, {}).substr(0, 8), "not read");
  }
}

TEST_F(MirrorTest, TheNextProcessKnowsWhatWasUsedLast) {
  {
    MirrorPool pool(PoolOptions());
    MirrorUpkeep upkeep(&pool, {});
    for (const char* id : {"a", "b", "c"}) Fill(pool, id, 1'000'000);
    upkeep.Pass();
    Open(pool, "b");
    Open(pool, "a");
    upkeep.Pass();
  }
  MirrorUpkeep::Options options;
  options.max_bytes = 2'500'000;
  options.grace = absl::ZeroDuration();
  MirrorPool pool(PoolOptions());

  MirrorUpkeep(&pool, options).Pass();

  EXPECT_TRUE(Exists("a") && Exists("b"));
  EXPECT_FALSE(Exists("c"));
}

TEST_F(MirrorTest, MirrorsUsedJustNowAreNotDropped) {
  MirrorUpkeep::Options options;
  options.max_bytes = 1'000;
  MirrorPool pool(PoolOptions());
  Fill(pool, "a", 100'000);

  MirrorUpkeep(&pool, options).Pass();

  EXPECT_TRUE(Exists("a"));
}

TEST_F(MirrorTest, WhatAKilledProcessLeftIsDeletedByTheUpkeepAlone) {
  fs::create_directories(folder_ / "mirrors/trash-1/objects");
  MirrorPool pool(PoolOptions());
  Fill(pool, "a", 100);
  const fs::path old = folder_ / "mirrors/a.git/objects/pack/tmp_pack_abc";
  const fs::path fresh = folder_ / "mirrors/a.git/objects/pack/pack_git2_abc";
  for (const fs::path& file : {old, fresh}) std::ofstream(file) << "x";
  fs::last_write_time(old, fs::file_time_type::clock::now() - std::chrono::hours(2));
  MirrorUpkeep upkeep(&pool, {});
  EXPECT_TRUE(fs::exists(folder_ / "mirrors/trash-1"));

  upkeep.Pass();

  EXPECT_FALSE(fs::exists(folder_ / "mirrors/trash-1"));
  EXPECT_FALSE(fs::exists(old));
  EXPECT_TRUE(fs::exists(fresh));
}

TEST_F(MirrorTest, FewHandlesAreOpenHoweverManyMirrorsThereAre) {
  MirrorPool pool(PoolOptions());
  Fill(pool, "first", 100);
  const int files_before = OpenFiles();
  for (int i = 0; i < 100; ++i) {
    const std::string id = absl::StrCat("m-", i);
    const git_oid blob = Fill(pool, id, 100);
    Read(Open(pool, id), blob);
  }
  EXPECT_LE(OpenFiles(), files_before + 4);

  pool.CloseUnusedSince(absl::Now());

  EXPECT_LE(OpenFiles(), files_before);
}

TEST_F(MirrorTest, AMirrorInUseIsNotDroppedByTheUpkeep) {
  MirrorPool pool(PoolOptions());
  {
    const Mirror mirror = Open(pool, "m");
    EXPECT_FALSE(pool.DropIfUnused("m"));
    EXPECT_TRUE(Exists("m"));
  }
  EXPECT_TRUE(pool.DropIfUnused("m"));
  EXPECT_FALSE(Exists("m"));
}

}  // namespace
}  // namespace gitsync
