#include "server/git/object/raw_tree.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>
#include <random>
#include <string>

#include "server/git/object/libgit2.h"
#include "tests/support/temp_dir.h"

namespace gitsync {
namespace {

using BuilderPtr = GitPtr<git_treebuilder, git_treebuilder_free>;

TreeEntry EntryOf(int id, git_filemode_t mode) {
  TreeEntry entry;
  entry.id.id[0] = static_cast<unsigned char>(id);
  entry.mode = mode;
  return entry;
}

std::string Edited(const std::string& tree, const TreeEdits& edits) {
  const std::optional<RawTree> parsed = RawTree::Parse(tree);
  EXPECT_TRUE(parsed.has_value());
  return parsed.has_value() ? parsed->With(edits) : "";
}

// Writes trees as libgit2 does, to compare with.
class Judge {
 public:
  Judge() {
    git_repository* repository = nullptr;
    EXPECT_EQ(git_repository_init(&repository, folder_.path().c_str(), 1), 0);
    repository_.reset(repository);
    EXPECT_EQ(git_repository_set_ident(repository, "a", "a@example.com"), 0);
  }

  std::string TreeOf(const TreeEdits& entries) {
    git_treebuilder* raw_builder = nullptr;
    EXPECT_EQ(git_treebuilder_new(&raw_builder, repository_.get(), nullptr), 0);
    const BuilderPtr builder(raw_builder);
    for (const auto& [name, entry] : entries) {
      if (!entry.has_value()) continue;
      EXPECT_EQ(git_treebuilder_insert(nullptr, raw_builder, name.c_str(), &entry->id,
                                       entry->mode),
                0);
    }
    git_oid id;
    EXPECT_EQ(git_treebuilder_write(&id, raw_builder), 0);
    git_odb* odb = nullptr;
    EXPECT_EQ(git_repository_odb(&odb, repository_.get()), 0);
    const OdbPtr odb_owner(odb);
    git_odb_object* raw_object = nullptr;
    EXPECT_EQ(git_odb_read(&raw_object, odb, &id), 0);
    const OdbObjectPtr object(raw_object);
    return {static_cast<const char*>(git_odb_object_data(raw_object)),
            git_odb_object_size(raw_object)};
  }

 private:
  const Libgit2Library library_;
  const TempDir folder_;
  RepositoryPtr repository_;
};

TEST(RawTreeTest, RandomEditsGiveWhatLibgit2Writes) {
  git_libgit2_init();
  git_libgit2_opts(GIT_OPT_ENABLE_STRICT_OBJECT_CREATION, 0);
  Judge judge;
  std::mt19937 random(20260101);
  // Names that sort differently as files and as folders.
  const char* const kNames[] = {"a",  "a-b", "a.b",      "a0", "ab", "b",  "b-",
                                "b.", "b0",  "\xc3\xa9", "z",  "A",  "a b"};
  for (int round = 0; round < 500; ++round) {
    TreeEdits before;
    TreeEdits edits;
    for (const char* name : kNames) {
      const auto any = [&] {
        return EntryOf(1 + random() % 9,
                       random() % 2 == 0 ? GIT_FILEMODE_TREE : GIT_FILEMODE_BLOB);
      };
      if (random() % 2 == 0) before[name] = any();
      const auto what = random() % 4;
      if (what == 0) edits[name] = any();
      if (what == 1) edits[name] = std::nullopt;
    }
    TreeEdits after = before;
    for (const auto& [name, entry] : edits) after[name] = entry;
    EXPECT_EQ(Edited(judge.TreeOf(before), edits), judge.TreeOf(after));
  }
  git_libgit2_opts(GIT_OPT_ENABLE_STRICT_OBJECT_CREATION, 1);
  git_libgit2_shutdown();
}

TEST(RawTreeTest, FindTellsModeAndIdOfFilesAndFolders) {
  const std::string content =
      RawTree().With({{"file", EntryOf(1, GIT_FILEMODE_BLOB_EXECUTABLE)},
                      {"file.d", EntryOf(2, GIT_FILEMODE_TREE)},
                      {"link", EntryOf(3, GIT_FILEMODE_LINK)}});
  const std::optional<RawTree> tree = RawTree::Parse(content);
  ASSERT_TRUE(tree.has_value());
  const std::optional<TreeEntry> file = tree->Find("file");
  ASSERT_TRUE(file.has_value());
  EXPECT_EQ(file->mode, GIT_FILEMODE_BLOB_EXECUTABLE);
  EXPECT_EQ(file->id.id[0], 1);
  const std::optional<TreeEntry> folder = tree->Find("file.d");
  ASSERT_TRUE(folder.has_value());
  EXPECT_TRUE(folder->IsTree());
  EXPECT_EQ(tree->Find("link")->mode, GIT_FILEMODE_LINK);
  EXPECT_FALSE(tree->Find("fil").has_value());
  EXPECT_FALSE(tree->Find("file.").has_value());
  EXPECT_FALSE(tree->Find("").has_value());
}

TEST(RawTreeTest, NoEditsGiveTheSameBytes) {
  const std::string content = RawTree().With(
      {{"a", EntryOf(1, GIT_FILEMODE_BLOB)}, {"b", EntryOf(2, GIT_FILEMODE_TREE)}});
  EXPECT_EQ(Edited(content, {}), content);
}

TEST(RawTreeTest, DamagedContentIsNoTree) {
  const std::string good = RawTree().With({{"name", EntryOf(1, GIT_FILEMODE_BLOB)}});
  ASSERT_TRUE(RawTree::Parse(good).has_value());
  for (size_t size = 1; size < good.size(); ++size) {
    EXPECT_FALSE(RawTree::Parse(good.substr(0, size)).has_value()) << size;
  }
  EXPECT_FALSE(RawTree::Parse(good + "1").has_value());
  EXPECT_FALSE(RawTree::Parse("nonsense without any structure").has_value());
  EXPECT_FALSE(RawTree::Parse("100644 " + std::string(21, '\0')).has_value());
  const std::string rest = " x" + std::string(21, '\0');
  ASSERT_TRUE(RawTree::Parse("100644" + rest).has_value());
  for (const char* mode : {"", "900644", "10o644", "1006444", "-1"}) {
    EXPECT_FALSE(RawTree::Parse(mode + rest).has_value()) << mode;
    EXPECT_FALSE(FindInTree(mode + rest, "x").has_value()) << mode;
  }
}

}  // namespace
}  // namespace gitsync
