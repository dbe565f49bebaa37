#include "server/git/pack/pack_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "server/git/pack/pack_merge.h"
#include "tests/support/status_matchers.h"
#include "tests/support/temp_dir.h"
#include "tests/unit/git/random_text.h"

namespace gitsync {
namespace {

using testing::IsEmpty;
using testing::SizeIs;

// A repository that is written through libgit2, and that git itself judges.
class PackFileTest : public testing::Test {
 protected:
  PackFileTest() {
    git_repository* repository = nullptr;
    EXPECT_EQ(git_repository_init(&repository, (folder_ / "mirror").c_str(), 1), 0);
    repository_.reset(repository);
  }

  std::string Git(const std::string& arguments) {
    const std::string out = folder_ / "out";
    EXPECT_EQ(std::system(absl::StrCat("cd ", folder_.path(), " && { ", arguments,
                                       "; } >out 2>&1")
                              .c_str()),
              0)
        << arguments << "\n"
        << ReadFile(out);
    return ReadFile(out);
  }

  static std::string ReadFile(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }

  git_oid Write(const std::string& content, git_object_t type = GIT_OBJECT_BLOB) {
    git_odb* raw_odb = nullptr;
    EXPECT_EQ(git_repository_odb(&raw_odb, repository_.get()), 0);
    const OdbPtr odb(raw_odb);
    git_oid id;
    EXPECT_EQ(git_odb_write(&id, raw_odb, content.data(), content.size(), type), 0);
    return id;
  }

  // A tree of many folders, of which one has something else in it than in the others.
  git_oid LargeTree(int version) {
    std::string content;
    for (int i = 0; i < 2000; ++i) {
      absl::StrAppend(&content, "40000 app-", 10'000 + i);
      content.push_back('\0');
      git_oid id = empty_tree_;
      // Any id of a tree that is there.
      if (i == version * 37 % 2000) id = other_tree_;
      content.append(reinterpret_cast<const char*>(id.id), GIT_OID_RAWSZ);
    }
    return Write(content, GIT_OBJECT_TREE);
  }

  // Only what is packed counts from now on.
  void DeleteLooseObjects() { Git("rm -rf mirror/objects/[0-9a-f][0-9a-f]"); }

  std::vector<PackOnDisk> Packs() {
    std::vector<PackOnDisk> packs;
    for (const auto& file :
         std::filesystem::directory_iterator(folder_ / "mirror/objects/pack")) {
      if (file.path().extension() != ".pack") continue;
      const auto age = std::filesystem::file_time_type::clock::now() -
                       std::filesystem::last_write_time(file.path());
      packs.push_back(
          {file.path().stem(), file.file_size(), absl::Now() - absl::FromChrono(age)});
    }
    return packs;
  }

  // Writes a tree as a pack of its own, so many seconds after a time long ago.
  void KeepTree(int version) {
    const auto long_ago =
        std::filesystem::file_time_type::clock::now() - std::chrono::hours(1000);
    const std::vector<PackOnDisk> before = Packs();
    ASSERT_OK(WritePackFile(repository_.get(), {{LargeTree(version), std::nullopt}}));
    for (const PackOnDisk& pack : Packs()) {
      if (std::none_of(before.begin(), before.end(), [&](const PackOnDisk& other) {
            return other.name == pack.name;
          })) {
        std::filesystem::last_write_time(
            absl::StrCat(folder_.path(), "/mirror/objects/pack/", pack.name, ".pack"),
            long_ago + std::chrono::seconds(version));
      }
    }
  }

  std::string AllObjects() {
    return Git(
        "git -C mirror cat-file --batch-all-objects --batch-check | sort | "
        "tee objects | wc -l; cat objects");
  }

  const Libgit2Library library_;
  const TempDir folder_;
  RepositoryPtr repository_;
  git_oid empty_tree_ = {};
  git_oid other_tree_ = {};
};

TEST_F(PackFileTest, GitReadsEveryObject) {
  std::vector<NewObject> objects;
  for (const size_t size : {0, 1, 15, 16, 2047, 2048, 100'000, 3'000'000}) {
    objects.push_back({Write(RandomText(size, 1)), std::nullopt});
  }
  objects.push_back(objects.front());  // twice
  const std::string before = AllObjects();

  ASSERT_OK(WritePackFile(repository_.get(), objects));

  DeleteLooseObjects();
  EXPECT_EQ(AllObjects(), before);
  Git("cd mirror; git verify-pack objects/pack/*.idx");
  Git("git -C mirror fsck --full --strict --no-dangling");
}

TEST_F(PackFileTest, VersionsOfATreeAreSmall) {
  empty_tree_ = Write("", GIT_OBJECT_TREE);
  other_tree_ = empty_tree_;
  other_tree_ = LargeTree(0);
  std::vector<NewObject> objects = {{empty_tree_, std::nullopt},
                                    {other_tree_, std::nullopt}};
  for (int version = 1; version <= 120; ++version) {
    const git_oid before = objects.back().id;
    objects.push_back({LargeTree(version), before});
  }
  const std::string before = AllObjects();

  ASSERT_OK(WritePackFile(repository_.get(), objects));

  DeleteLooseObjects();
  EXPECT_EQ(AllObjects(), before);
  Git("git -C mirror fsck --full --strict --no-dangling");
  ASSERT_THAT(Packs(), SizeIs(1));
  EXPECT_LT(Packs()[0].bytes, 500'000u);  // one is of 74,000
  EXPECT_THAT(Git("cd mirror; git verify-pack -v objects/pack/*.idx | "
                  "sed -n 's/^chain length = \\([0-9]*\\):.*/\\1/p' | sort -n | "
                  "tail -n 1"),
              "50\n");
}

TEST_F(PackFileTest, WhatIsNotFinishedIsNotThere) {
  const std::string pack_dir = folder_ / "mirror/objects/pack";
  {
    ASSERT_OK_AND_ASSIGN(const auto writer, PackFileWriter::Create(pack_dir, 1));
    writer->Begin({});
    ASSERT_OK(writer->Add("bytes"));
    EXPECT_FALSE(std::filesystem::is_empty(pack_dir));
  }
  EXPECT_TRUE(std::filesystem::is_empty(pack_dir));
}

TEST_F(PackFileTest, AFolderThatIsGoneIsAMirrorFault) {
  Git("rm -rf mirror/objects/pack");
  EXPECT_TRUE(
      IsMirrorFault(WritePackFile(repository_.get(), {{Write("x"), std::nullopt}})));
}

class PackMergeTest : public PackFileTest {
 protected:
  // Packs of git's own, with deltas by offset and by id, some of objects that other
  // packs have too.
  void MakePacks() {
    Git("export GIT_AUTHOR_NAME=a GIT_AUTHOR_EMAIL=a GIT_COMMITTER_NAME=a "
        "GIT_COMMITTER_EMAIL=a HOME=$PWD; git init -q -b main work && cd work && "
        "git config commit.gpgsign false && "
        "for i in 1 2 3 4 5 6; do seq $i 3000 >long; echo $i >file$i; git add . && "
        "git commit -qm $i && "
        "git rev-list --objects HEAD --not HEAD~2 2>/dev/null >list || "
        "git rev-list --objects HEAD >list; "
        "case $i in [135]) how=--delta-base-offset;; *) how=;; esac; "
        "git pack-objects -q $how ../mirror/objects/pack/pack <list >/dev/null; done; "
        "git -C ../mirror fetch -q ../work main:main");
  }

  void Merge() {
    ASSERT_OK_AND_ASSIGN(const std::vector<std::string> useless,
                         MergePacks(objects_dir(), Packs()));
    DeletePacks(objects_dir(), useless);
  }

  std::string objects_dir() const { return folder_ / "mirror/objects"; }
};

TEST_F(PackMergeTest, OnePackHasAllObjects) {
  MakePacks();
  DeleteLooseObjects();
  const std::string before = AllObjects();
  ASSERT_GT(Packs().size(), 4u);
  // As git itself would, from some version on.
  Git("cd mirror/objects/pack; for p in *.pack; do "
      "  for e in rev bitmap mtimes keep; do touch ${p%pack}$e; done; "
      "done");

  Merge();

  EXPECT_THAT(Packs(), SizeIs(1));
  EXPECT_EQ(AllObjects(), before);
  Git("cd mirror; git verify-pack objects/pack/*.idx");
  Git("git -C mirror fsck --full --strict --no-dangling");
  EXPECT_EQ(Git("ls mirror/objects/pack | wc -l"), "2\n");
}

TEST_F(PackMergeTest, LargeTreesOfManyPacksBecomeDeltasOfABoundedDepth) {
  empty_tree_ = Write("", GIT_OBJECT_TREE);
  other_tree_ = empty_tree_;
  other_tree_ = LargeTree(0);
  ASSERT_OK(WritePackFile(repository_.get(),
                          {{empty_tree_, std::nullopt}, {other_tree_, std::nullopt}}));
  int version = 0;
  std::string before;
  for (int round = 0; round < 3; ++round) {
    for (int i = 0; i < 60; ++i) {
      KeepTree(++version);
    }
    before = AllObjects();
    Merge();
    ASSERT_THAT(Packs(), SizeIs(1));
  }
  DeleteLooseObjects();
  EXPECT_EQ(AllObjects(), before);
  EXPECT_LT(Packs()[0].bytes, 2'000'000u);  // whole they are 13 MB
  Git("cd mirror; git verify-pack -v objects/pack/*.idx | "
      "sed -n 's/^chain length = \\([0-9]*\\):.*/\\1/p' | sort -n | tail -n 1 >depth; "
      "test $(cat depth) -le 50");
}

TEST_F(PackMergeTest, ADamagedPackIsAFaultAndNothingIsDeleted) {
  MakePacks();
  const std::vector<PackOnDisk> packs = Packs();
  for (const PackOnDisk& pack : packs) {
    const std::string path = absl::StrCat(objects_dir(), "/pack/", pack.name, ".pack");
    std::filesystem::permissions(path, std::filesystem::perms::owner_all);
    std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(static_cast<std::streamoff>(pack.bytes / 2));
    file.write("damage", 6);
  }

  EXPECT_TRUE(IsMirrorFault(MergePacks(objects_dir(), packs).status()));

  EXPECT_THAT(Packs(), SizeIs(packs.size()));
  EXPECT_EQ(Git("ls mirror/objects/pack | grep -c tmp || true"), "0\n");
}

TEST_F(PackMergeTest, ATruncatedPackIsAFault) {
  MakePacks();
  const std::vector<PackOnDisk> packs = Packs();
  const std::string pack =
      absl::StrCat(objects_dir(), "/pack/", packs[0].name, ".pack");
  // Packs can be written by nobody but root.
  std::filesystem::permissions(pack, std::filesystem::perms::owner_write,
                               std::filesystem::perm_options::add);
  std::filesystem::resize_file(pack, packs[0].bytes / 2);
  EXPECT_TRUE(IsMirrorFault(MergePacks(objects_dir(), packs).status()));
}

std::vector<PackOnDisk> OfSizes(const std::vector<uint64_t>& sizes) {
  std::vector<PackOnDisk> packs;
  for (const uint64_t size : sizes) packs.push_back({absl::StrCat(size), size, {}});
  return packs;
}

TEST(PacksToMergeTest, LargeOnesStay) {
  EXPECT_THAT(PacksToMerge(OfSizes({1'000'000, 10, 10, 10, 5000})), SizeIs(3));
  EXPECT_THAT(PacksToMerge(OfSizes({1000, 1000})), SizeIs(2));
  EXPECT_THAT(PacksToMerge(OfSizes({1, 2, 6, 18, 54})), IsEmpty());
  EXPECT_THAT(PacksToMerge(OfSizes({1, 2, 6, 17, 54})), SizeIs(4));
  EXPECT_THAT(PacksToMerge({}), IsEmpty());
}

TEST(PacksToMergeTest, TheSumIsBounded) {
  EXPECT_THAT(PacksToMerge(OfSizes(std::vector<uint64_t>(10, 200 << 20))), SizeIs(5));
  EXPECT_THAT(PacksToMerge(OfSizes(std::vector<uint64_t>(10, uint64_t{5} << 30))),
              IsEmpty());
}

}  // namespace
}  // namespace gitsync
