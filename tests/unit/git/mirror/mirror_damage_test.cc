// What becomes of calls when the mirror is damaged or deleted under them.

#include "tests/unit/git/engine_fixture.h"

namespace gitsync {
namespace {

struct Damage {
  const char* name;
  const char* command;  // in the mirror's folder
};

class MirrorDamageTest : public EngineTest, public testing::WithParamInterface<Damage> {
 protected:
  // Several packs on the disk, of pushes and fetches.
  void SetUp() override {
    for (const char* content : {"1", "2", "3"}) {
      CommitFromElsewhere("apps/other/app.json", content);
      PushRequest request = Request({{"app.json", content}});
      request.base_tree_id = tree_;
      ASSERT_OK_AND_ASSIGN(const PushResult result, Push(request));
      tree_ = result.tree_id;
      ASSERT_OK(Resolve());
    }
  }

  void DamageMirror(bool open) {
    if (!open) Restart();
    Sh(absl::StrCat("cd mirrors/mirror-1.git && chmod -R u+w . && ",
                    GetParam().command));
  }

  absl::StatusOr<ResolvedRef> Resolve() {
    return engine_->Resolve(repository_, "main", nullptr, context_);
  }

  void ExpectAllWell() {
    PushRequest request = Request({{"app.json", "new"}});
    request.base_tree_id = tree_;
    const absl::StatusOr<PushResult> pushed = Push(request);
    ASSERT_OK(pushed);
    EXPECT_EQ(FileAt("apps/orders/app.json"), "new");
    const auto resolved = Resolve();
    ASSERT_OK(resolved);
    EXPECT_EQ(resolved->commit_id, TipOf());
    const auto folder =
        engine_->ReadFolder(repository_, resolved->commit_id, "apps/other");
    ASSERT_OK(folder);
    EXPECT_EQ(folder->files.at("app.json"), "3");
    ExpectFsckClean();
  }

  std::string tree_;
};

TEST_P(MirrorDamageTest, PushGoesWell) {
  DamageMirror(/*open=*/false);
  ExpectAllWell();
}

TEST_P(MirrorDamageTest, PushAfterOthersPushedGoesWell) {
  CommitFromElsewhere("README.md", "hello");
  DamageMirror(/*open=*/false);
  ExpectAllWell();
}

TEST_P(MirrorDamageTest, ReadingGoesWellAtLatestWhenRepeated) {
  CommitFromElsewhere("README.md", "hello");
  DamageMirror(/*open=*/false);

  absl::StatusOr<std::shared_ptr<const FolderListing>> listed;
  for (int tries = 0; tries < 2; ++tries) {
    const auto resolved = Resolve();
    ASSERT_OK(resolved);
    listed = ListApps(resolved->commit_id);
    if (listed.ok()) break;
  }

  ASSERT_OK(listed);
  EXPECT_THAT((*listed)->entries(), testing::SizeIs(2));
  ExpectAllWell();
}

TEST_P(MirrorDamageTest, HistoryGoesWellAtLatestWhenRepeated) {
  DamageMirror(/*open=*/false);

  absl::StatusOr<CommitLog> log;
  for (int tries = 0; tries < 2; ++tries) {
    const auto resolved = Resolve();
    ASSERT_OK(resolved);
    log =
        engine_->Log(repository_, resolved->commit_id, "", "apps/other", {}, context_);
    if (log.ok()) break;
  }

  ASSERT_OK(log);
  EXPECT_THAT(log->commits, testing::SizeIs(3));
}

INSTANTIATE_TEST_SUITE_P(
    Damages, MirrorDamageTest,
    testing::Values(
        Damage{"TruncatedPacks",
               "for f in objects/pack/*.pack; do truncate -s 40 $f; done"},
        Damage{"OneTruncatedPack",
               "truncate -s 40 $(ls -S objects/pack/*.pack | head -n 1)"},
        Damage{"LostNewestPack",
               "rm $(ls -t objects/pack/*.pack | head -n 1 | sed s/pack$/*/)"},
        Damage{"LostOldestPack",
               "rm $(ls -t objects/pack/*.pack | tail -n 1 | sed s/pack$/*/)"},
        Damage{"EmptyIndexes", "for f in objects/pack/*.idx; do : >$f; done"},
        Damage{"GarbageInPacks",
               "for f in objects/pack/*.pack; do printf 'garbage garbage' | "
               "dd of=$f bs=1 seek=14 conv=notrunc status=none; done"},
        Damage{"LostRefs", "rm -rf refs packed-refs; mkdir refs"},
        Damage{"LostRefsFolder", "rm -rf refs packed-refs"},
        Damage{"LostHead", "rm HEAD"}, Damage{"LostPackFolder", "rm -rf objects/pack"},
        Damage{"LostObjects", "rm -rf objects; mkdir objects"},
        Damage{"GarbageInConfig", "printf '[[[\\0' >config"},
        Damage{"LostFolder", "rm -rf $PWD"},
        Damage{"FileInPlaceOfTheFolder",
               "cd .. && rm -rf mirror-1.git && "
               ": >mirror-1.git"}),
    [](const testing::TestParamInfo<Damage>& damage) {
      return std::string(damage.param.name);
    });

class OpenMirrorTest : public EngineTest {};

TEST_F(OpenMirrorTest, FolderDeletedWhileItIsUsedIsMadeAnew) {
  std::string tree;
  for (int i = 0; i < 20; ++i) {
    PushRequest request = Request({{"app.json", absl::StrCat(i)}});
    request.base_tree_id = tree;
    // In the middle of a push, when its handle is in use.
    before_send_ = [&] {
      if (i % 3 == 0) Sh("rm -rf mirrors/mirror-1.git");
    };
    ASSERT_OK_AND_ASSIGN(const PushResult result, Push(request));
    tree = result.tree_id;
  }
  EXPECT_EQ(CommitsOn(), 20);
  ExpectFsckClean();
}

TEST_F(OpenMirrorTest, AFetchBeyondTheLimitIsRefused) {
  Sh("head -c 300000 /dev/urandom >noise; export GIT_DIR=remote.git; "
     "tree=$(printf '100644 blob %s\\tnoise\\n' $(git hash-object -w noise) | "
     "git mktree); git update-ref refs/heads/main "
     "$(git commit-tree $tree -m noise)");
  Libgit2Engine::Options options = EngineOptions();
  options.max_fetch_bytes = 200'000;
  engine_ = std::make_unique<Libgit2Engine>(options);

  EXPECT_THAT(engine_->Resolve(repository_, "main", nullptr, context_),
              StatusIs(absl::StatusCode::kResourceExhausted, reason::kStorageFull));
  EXPECT_THAT(Push(Request({{"app.json", "x"}})),
              StatusIs(absl::StatusCode::kResourceExhausted, reason::kStorageFull));
  EXPECT_EQ(Sh("ls mirrors/mirror-1.git/objects/pack | wc -l"), "0");

  Restart();
  EXPECT_OK(engine_->Resolve(repository_, "main", nullptr, context_));
}

}  // namespace
}  // namespace gitsync
