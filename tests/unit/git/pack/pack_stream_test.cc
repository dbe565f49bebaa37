#include "server/git/pack/pack_stream.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "tests/support/status_matchers.h"
#include "tests/support/temp_dir.h"
#include "tests/unit/git/random_text.h"

namespace gitsync {
namespace {

// Two repositories: one that sends, and one that receives and is git's own.
class PackStreamTest : public testing::Test {
 protected:
  PackStreamTest() {
    git_repository* repository = nullptr;
    EXPECT_EQ(git_repository_init(&repository, (folder_ / "from").c_str(), 1), 0);
    repository_.reset(repository);
    EXPECT_TRUE(Run("git init -q --bare to"));
  }

  bool Run(const std::string& command) {
    return std::system(absl::StrCat("cd ", folder_.path(), " && ", command).c_str()) ==
           0;
  }

  git_oid Blob(const std::string& content) {
    git_oid id;
    EXPECT_EQ(git_blob_create_from_buffer(&id, repository_.get(), content.data(),
                                          content.size()),
              0);
    return id;
  }

  std::string Pack(const std::vector<NewObject>& objects, bool thin) {
    std::string pack;
    EXPECT_OK(WritePack(repository_.get(), objects, thin, [&](absl::string_view bytes) {
      absl::StrAppend(&pack, bytes);
      return absl::OkStatus();
    }));
    return pack;
  }

  // Whether the receiver takes the pack and has `content` afterwards.
  bool Takes(const std::string& pack, const git_oid& id, const std::string& content) {
    std::ofstream(folder_ / "pack", std::ios::binary) << pack;
    std::ofstream(folder_ / "want", std::ios::binary) << content;
    return Run(absl::StrCat(
        "git -C to index-pack --stdin --fix-thin --strict <pack >out && git -C to "
        "cat-file blob ",
        OidHex(id), " >got && cmp got want"));
  }

  // A blob that the receiver has too.
  git_oid SharedBlob(const std::string& content) {
    const git_oid id = Blob(content);
    std::ofstream(folder_ / "blob", std::ios::binary) << content;
    EXPECT_TRUE(Run("git -C to hash-object -w ../blob >out"));
    return id;
  }

  const Libgit2Library library_;
  const TempDir folder_;
  RepositoryPtr repository_;
};

TEST_F(PackStreamTest, WholeObjectsOfManySizesArrive) {
  for (const size_t size : {0, 1, 15, 16, 2047, 2048, 100'000, 5'000'000}) {
    const std::string content = RandomText(size, 1);
    const git_oid id = Blob(content);
    EXPECT_TRUE(Takes(Pack({{id, std::nullopt}}, true), id, content)) << size;
  }
}

TEST_F(PackStreamTest, AChangeIsSentAsADelta) {
  const std::string before = RandomText(300'000, 2);
  const git_oid base = SharedBlob(before);
  struct Case {
    size_t at, removed;
    std::string inserted;
  };
  const std::vector<Case> cases = {
      {0, 0, "in front"},     {300'000, 0, "at the end"},         {65'536, 1, "x"},
      {150'000, 100'000, ""}, {70'000, 0, RandomText(1000, 3)},   {0, 65'536, ""},
      {234'464, 65'536, ""},  {131'072, 127, RandomText(128, 4)},
  };
  for (const Case& test : cases) {
    std::string after = before;
    after.replace(test.at, test.removed, test.inserted);
    const git_oid id = Blob(after);
    const std::string pack = Pack({{id, base}}, true);
    EXPECT_LT(pack.size(), test.inserted.size() + 200);
    EXPECT_TRUE(Takes(pack, id, after)) << test.at;
  }
}

TEST_F(PackStreamTest, WithoutThinABaseIsNotUsed) {
  const std::string before = RandomText(10'000, 5);
  const git_oid base = Blob(before);  // the receiver has it not
  const git_oid id = Blob(before + "more");
  EXPECT_TRUE(Takes(Pack({{id, base}}, false), id, before + "more"));
}

TEST_F(PackStreamTest, AnUnlikeBaseIsNotUsed) {
  const git_oid base = Blob(RandomText(10'000, 6));  // the receiver has it not
  const std::string content = RandomText(10'000, 7);
  const git_oid id = Blob(content);
  EXPECT_TRUE(Takes(Pack({{id, base}}, true), id, content));
}

TEST_F(PackStreamTest, ABaseOfAnotherTypeIsNotUsed) {
  git_oid tree;
  git_odb* odb = nullptr;
  ASSERT_EQ(git_repository_odb(&odb, repository_.get()), 0);
  const OdbPtr owner(odb);
  ASSERT_EQ(git_odb_write(&tree, odb, "", 0, GIT_OBJECT_TREE), 0);
  const std::string content(1000, 'x');
  const git_oid id = Blob(content);
  EXPECT_TRUE(Takes(Pack({{id, tree}}, true), id, content));
}

TEST_F(PackStreamTest, TheSinksErrorEndsIt) {
  const git_oid id = Blob("text");
  EXPECT_THAT(WritePack(repository_.get(), {{id, std::nullopt}}, true,
                        [](absl::string_view) { return absl::AbortedError("full"); }),
              HasCode(absl::StatusCode::kAborted));
}

TEST_F(PackStreamTest, AMissingObjectIsAMirrorFault) {
  git_oid missing = {};
  missing.id[0] = 1;
  EXPECT_TRUE(
      IsMirrorFault(WritePack(repository_.get(), {{missing, std::nullopt}}, true,
                              [](absl::string_view) { return absl::OkStatus(); })));
}

}  // namespace
}  // namespace gitsync
