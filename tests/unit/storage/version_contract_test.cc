#include "tests/unit/storage/store_contract.h"

namespace gitsync {
namespace {

using testing::ElementsAre;

class VersionStoreTest : public StoreContractTest {
 protected:
  absl::StatusOr<VersionRow> Get(const std::string& id) {
    return Read([&](const Transaction& t) { return t.versions().Get(id); });
  }
  absl::Status Insert(const VersionRow& row) {
    return Write([&](Transaction& t) { return t.versions().Insert(row); });
  }
  absl::Status Update(const VersionRow& row) {
    return Write([&](Transaction& t) { return t.versions().Update(row); });
  }
  std::string Latest(const std::string& app_id) {
    auto row =
        Read([&](const Transaction& t) { return t.versions().GetLatest(app_id); });
    EXPECT_OK(row);
    return row.ok() ? row->id : "";
  }
};

TEST_P(VersionStoreTest, InsertedRowComesBackWholeWithTheDefinitionsSize) {
  AddApp("a");

  const std::string hash = AddVersion("v", "a", R"({"é":1})");

  VersionRow expected = MakeVersion("v", "a", hash);
  expected.definition_size_bytes = 8;
  ASSERT_OK_AND_ASSIGN(const VersionRow found, Get("v"));
  EXPECT_EQ(Fields(found), Fields(expected));
}

TEST_P(VersionStoreTest, UnknownVersionIsNotFound) {
  AddApp("a");
  const std::string hash = AddVersion("v", "a", "{}");
  const auto not_found = StatusIs(absl::StatusCode::kNotFound, "");

  EXPECT_THAT(Get("w"), not_found);
  EXPECT_THAT(
      Read([](const Transaction& t) { return t.versions().GetByName("a", "w"); }),
      not_found);
  EXPECT_THAT(Read([](const Transaction& t) { return t.versions().GetLatest("b"); }),
              not_found);
  EXPECT_THAT(
      Read([](const Transaction& t) { return t.versions().GetDefinition("no"); }),
      not_found);
  EXPECT_THAT(Update(MakeVersion("w", "a", hash)), not_found);
  EXPECT_THAT(Write([](Transaction& t) { return t.versions().Delete("w"); }),
              not_found);
}

TEST_P(VersionStoreTest, UnknownAppOrDefinitionIsNotFound) {
  AddApp("a");
  const std::string hash = AddVersion("v", "a", "{}");

  EXPECT_THAT(Insert(MakeVersion("w", "b", hash)),
              StatusIs(absl::StatusCode::kNotFound, ""));
  EXPECT_THAT(Insert(MakeVersion("w", "a", "no")),
              StatusIs(absl::StatusCode::kNotFound, ""));
  EXPECT_THAT(Update(MakeVersion("v", "a", "no")),
              StatusIs(absl::StatusCode::kNotFound, ""));
}

TEST_P(VersionStoreTest, TakenIdOrNameAlreadyExists) {
  AddApp("a");
  AddApp("b");
  const std::string hash = AddVersion("v", "a", "{}");
  VersionRow same_id = MakeVersion("w", "a", hash);
  same_id.id = "v";
  VersionRow same_name = MakeVersion("w", "a", hash);
  same_name.name = "Name of v";
  VersionRow in_another_app = same_name;
  in_another_app.app_id = "b";

  EXPECT_THAT(Insert(same_id), StatusIs(absl::StatusCode::kAlreadyExists, ""));
  EXPECT_THAT(Insert(same_name), StatusIs(absl::StatusCode::kAlreadyExists, ""));
  EXPECT_OK(Insert(in_another_app));
}

TEST_P(VersionStoreTest, VersionIsFoundByItsNameInItsApp) {
  AddApp("a");
  AddApp("b");
  AddVersion("v", "a", "{}");

  ASSERT_OK_AND_ASSIGN(const VersionRow found, Read([](const Transaction& t) {
                         return t.versions().GetByName("a", "Name of v");
                       }));
  EXPECT_EQ(found.id, "v");
  EXPECT_THAT(Read([](const Transaction& t) {
                return t.versions().GetByName("b", "Name of v");
              }),
              HasCode(absl::StatusCode::kNotFound));
}

TEST_P(VersionStoreTest, UpdateWritesAllButIdAppAndCreateTime) {
  AddApp("a");
  AddVersion("v", "a", "{}");
  VersionRow changed = MakeVersion("v", "nowhere", "");
  changed.name = "Renamed";
  changed.environment = "staging";
  changed.synced_commit_id = "c2";
  changed.synced_definition_hash = "h2";
  changed.etag = "new";
  changed.create_time = At(100);
  changed.update_time = At(101);

  ASSERT_OK(Write([&](Transaction& t) {
    changed.definition_hash = t.versions().PutDefinition("[12]").value();
    return t.versions().Update(changed);
  }));

  ASSERT_OK_AND_ASSIGN(const VersionRow found, Get("v"));
  changed.app_id = "a";
  changed.create_time = At(6);
  changed.definition_size_bytes = 4;
  EXPECT_EQ(Fields(found), Fields(changed));
}

TEST_P(VersionStoreTest, UpdateToTakenNameAlreadyExists) {
  AddApp("a");
  AddVersion("v", "a", "{}");
  VersionRow row = MakeVersion("w", "a", AddVersion("w", "a", "{}"));
  row.name = "Name of v";

  EXPECT_THAT(Update(row), StatusIs(absl::StatusCode::kAlreadyExists, ""));
}

TEST_P(VersionStoreTest, LatestIsTheOneWhoseDefinitionOrSyncChangedLast) {
  AddApp("a");
  VersionRow v = MakeVersion("v", "a", AddVersion("v", "a", "{}"));
  EXPECT_EQ(Latest("a"), "v");
  VersionRow w = MakeVersion("w", "a", AddVersion("w", "a", "{}"));
  EXPECT_EQ(Latest("a"), "w");

  v.synced_commit_id = "pushed";
  ASSERT_OK(Update(v));
  EXPECT_EQ(Latest("a"), "v");

  ASSERT_OK(Write([&](Transaction& t) {
    w.definition_hash = t.versions().PutDefinition("[]").value();
    return t.versions().Update(w);
  }));
  EXPECT_EQ(Latest("a"), "w");
}

TEST_P(VersionStoreTest, RenamePromotionAndForgottenSyncDoNotMakeAVersionTheLatest) {
  AddApp("a");
  VersionRow v = MakeVersion("v", "a", AddVersion("v", "a", "{}"));
  AddVersion("w", "a", "{}");
  v.name = "Renamed";
  v.environment = "production";
  v.update_time = At(1000);

  ASSERT_OK(Update(v));
  ASSERT_OK(Write([](Transaction& t) { return t.apps().ClearGitStates("o"); }));

  EXPECT_EQ(Latest("a"), "w");
}

TEST_P(VersionStoreTest, PagesHaveTheAppsVersionsInOrderOfCreation) {
  AddApp("a");
  AddApp("b");
  AddVersion("w", "a", "{}");
  AddVersion("x", "b", "{}");
  AddVersion("v", "a", "{}");
  AddVersion("u", "a", "{}");

  EXPECT_THAT(Pages(*store_, 2,
                    [](const Transaction& t, PageRequest page) {
                      return t.versions().List("a", page);
                    }),
              ElementsAre(ElementsAre("w", "v"), ElementsAre("u")));
}

TEST_P(VersionStoreTest, ReleasedVersionIsNotDeleted) {
  AddApp("a");
  const std::string hash = AddVersion("v", "a", "{}");
  ASSERT_OK(Write([&](Transaction& t) {
    return t.releases().Put(MakeRelease("a", "production", "v", hash));
  }));

  EXPECT_THAT(Write([](Transaction& t) { return t.versions().Delete("v"); }),
              StatusIs(absl::StatusCode::kFailedPrecondition, ""));

  EXPECT_OK(Get("v"));
}

INSTANTIATE_STORE_CONTRACT(VersionStoreTest);

}  // namespace
}  // namespace gitsync
