#include "tests/unit/storage/store_contract.h"

namespace gitsync {
namespace {

using testing::ElementsAre;

class AppStoreTest : public StoreContractTest {
 protected:
  absl::StatusOr<AppRow> Get(const std::string& id) {
    return Read([&](const Transaction& t) { return t.apps().Get(id); });
  }
  absl::Status Insert(const AppRow& row) {
    return Write([&](Transaction& t) { return t.apps().Insert(row); });
  }
  absl::Status Update(const AppRow& row) {
    return Write([&](Transaction& t) { return t.apps().Update(row); });
  }
};

TEST_P(AppStoreTest, InsertedRowComesBackWhole) {
  AddOrganization("o");
  const AppRow row = MakeApp("a", "o");
  AppRow never_synced = MakeApp("b", "o");
  never_synced.git_state = std::nullopt;
  never_synced.editable = true;

  ASSERT_OK(Insert(row));
  ASSERT_OK(Insert(never_synced));

  ASSERT_OK_AND_ASSIGN(const AppRow found, Get("a"));
  EXPECT_EQ(Fields(found), Fields(row));
  ASSERT_OK_AND_ASSIGN(const AppRow found_never_synced, Get("b"));
  EXPECT_EQ(Fields(found_never_synced), Fields(never_synced));
}

TEST_P(AppStoreTest, UnknownIdIsNotFound) {
  EXPECT_THAT(Get("a"), StatusIs(absl::StatusCode::kNotFound, ""));
  EXPECT_THAT(Update(MakeApp("a", "o")), HasCode(absl::StatusCode::kNotFound));
  EXPECT_THAT(Write([](Transaction& t) { return t.apps().Delete("a"); }),
              HasCode(absl::StatusCode::kNotFound));
  EXPECT_THAT(
      Write([](Transaction& t) { return t.apps().SetGitState("a", std::nullopt); }),
      HasCode(absl::StatusCode::kNotFound));
}

TEST_P(AppStoreTest, InsertIntoUnknownOrganizationIsNotFound) {
  EXPECT_THAT(Insert(MakeApp("a", "o")), StatusIs(absl::StatusCode::kNotFound, ""));
}

TEST_P(AppStoreTest, EachUniqueFieldIsGuardedInItsOrganization) {
  AddApp("a");
  AppRow same_id = MakeApp("b", "o");
  same_id.id = "a";
  AppRow same_name = MakeApp("b", "o");
  same_name.name = "NAME OF A";
  AppRow same_slug = MakeApp("b", "o");
  same_slug.slug = "slug-a";
  AppRow same_git_app_id = MakeApp("b", "o");
  same_git_app_id.git_app_id = "git-a";

  for (const AppRow& row : {same_id, same_name, same_slug, same_git_app_id}) {
    EXPECT_THAT(Insert(row), StatusIs(absl::StatusCode::kAlreadyExists, ""));
  }
}

TEST_P(AppStoreTest, AnotherOrganizationMayUseTheSameNames) {
  AddApp("a");
  AddOrganization("p");
  AppRow row = MakeApp("a", "p");
  row.id = "b";

  EXPECT_OK(Insert(row));
}

TEST_P(AppStoreTest, UpdateWritesAllButIdOrganizationAndCreateTime) {
  AddApp("a");
  AppRow changed = MakeApp("a", "nowhere");
  changed.name = "Renamed";
  changed.slug = "renamed";
  changed.editable = true;
  changed.git_app_id = "another";
  changed.git_state->ref = "v2";
  changed.etag = "new";
  changed.create_time = At(100);
  changed.update_time = At(101);

  ASSERT_OK(Update(changed));

  ASSERT_OK_AND_ASSIGN(const AppRow found, Get("a"));
  changed.organization_id = "o";
  changed.create_time = At(4);
  EXPECT_EQ(Fields(found), Fields(changed));
}

TEST_P(AppStoreTest, UpdateToTakenNameAlreadyExists) {
  AddApp("a");
  AddApp("b");
  AppRow row = MakeApp("b", "o");
  row.name = "name OF a";

  EXPECT_THAT(Update(row), StatusIs(absl::StatusCode::kAlreadyExists, ""));
}

TEST_P(AppStoreTest, NameIsTakenByAnyOfItsSpellings) {
  AddApp("a");
  AppRow row = MakeApp("a", "o");
  row.name = "Caf\xc3\xa9";
  ASSERT_OK(Update(row));
  const auto taken = [&](const std::string& organization, const std::string& name,
                         const std::string& except) {
    const auto result = Read([&](const Transaction& t) {
      return t.apps().NameTaken(organization, name, except);
    });
    EXPECT_OK(result);
    return result.ok() && *result;
  };

  EXPECT_TRUE(taken("o", "Caf\xc3\xa9", ""));
  EXPECT_TRUE(taken("o", "cafe\xcc\x81", "b"));
  EXPECT_FALSE(taken("o", "Caf\xc3\xa9", "a"));
  EXPECT_FALSE(taken("o", "Cafe", ""));
  EXPECT_FALSE(taken("p", "Caf\xc3\xa9", ""));
}

TEST_P(AppStoreTest, SetGitStateChangesNothingElse) {
  AddApp("a");
  GitSyncState state = MakeGitState();
  state.commit_id = "c2";

  ASSERT_OK(Write([&](Transaction& t) { return t.apps().SetGitState("a", state); }));

  AppRow expected = MakeApp("a", "o");
  expected.git_state = state;
  ASSERT_OK_AND_ASSIGN(const AppRow found, Get("a"));
  EXPECT_EQ(Fields(found), Fields(expected));
}

TEST_P(AppStoreTest, SetGitStateToNothingForgetsIt) {
  AddApp("a");

  ASSERT_OK(
      Write([](Transaction& t) { return t.apps().SetGitState("a", std::nullopt); }));

  ASSERT_OK_AND_ASSIGN(const AppRow found, Get("a"));
  EXPECT_FALSE(found.git_state.has_value());
}

TEST_P(AppStoreTest, ClearGitStatesForgetsThoseOfTheOrganizationAlone) {
  AddApp("a");
  AddVersion("v", "a", "{}");
  AddOrganization("p");
  ASSERT_OK(Insert(MakeApp("b", "p")));
  AddVersion("w", "b", "{}");

  ASSERT_OK(Write([](Transaction& t) { return t.apps().ClearGitStates("o"); }));

  ASSERT_OK(store_->Read([](const Transaction& t) {
    EXPECT_FALSE(t.apps().Get("a")->git_state.has_value());
    EXPECT_EQ(t.versions().Get("v")->synced_commit_id, "");
    EXPECT_EQ(t.versions().Get("v")->synced_definition_hash, "");
    EXPECT_TRUE(t.apps().Get("b")->git_state.has_value());
    EXPECT_EQ(t.versions().Get("w")->synced_commit_id, "c-w");
    EXPECT_EQ(t.versions().Get("w")->synced_definition_hash, "h-w");
    return absl::OkStatus();
  }));
}

TEST_P(AppStoreTest, AppIsFoundByGitAppIdInItsOrganizationAlone) {
  AddApp("a");
  AddOrganization("p");

  ASSERT_OK_AND_ASSIGN(const AppRow found, Read([](const Transaction& t) {
                         return t.apps().GetByGitAppId("o", "git-a");
                       }));
  EXPECT_EQ(found.id, "a");
  EXPECT_THAT(
      Read([](const Transaction& t) { return t.apps().GetByGitAppId("p", "git-a"); }),
      StatusIs(absl::StatusCode::kNotFound, ""));
}

TEST_P(AppStoreTest, SlugIsTakenInItsOrganizationAlone) {
  AddApp("a");
  const auto taken = [this](const char* organization, const char* slug) {
    return Read([=](const Transaction& t) {
             return t.apps().SlugTaken(organization, slug);
           })
        .value();
  };

  EXPECT_TRUE(taken("o", "slug-a"));
  EXPECT_FALSE(taken("o", "slug-b"));
  EXPECT_FALSE(taken("p", "slug-a"));
}

TEST_P(AppStoreTest, PagesHaveTheOrganizationsAppsInOrderOfCreation) {
  AddApp("c");
  AddOrganization("p");
  ASSERT_OK(Insert(MakeApp("x", "p")));
  AddApp("b");
  AddApp("a");

  EXPECT_THAT(Pages(*store_, 2,
                    [](const Transaction& t, PageRequest page) {
                      return t.apps().List("o", page);
                    }),
              ElementsAre(ElementsAre("c", "b"), ElementsAre("a")));
}

TEST_P(AppStoreTest, DeleteTakesVersionsAndReleasesAndLeavesOperations) {
  AddApp("a");
  const std::string hash = AddVersion("v", "a", "{}");
  ASSERT_OK(Write([&](Transaction& t) {
    EXPECT_OK(t.operations().Insert(MakeOperation("operation", "o", "a")));
    return t.releases().Put(MakeRelease("a", "production", "v", hash));
  }));

  ASSERT_OK(Write([](Transaction& t) { return t.apps().Delete("a"); }));

  EXPECT_FALSE(HasDefinition(hash));
  ASSERT_OK(store_->Read([](const Transaction& t) {
    EXPECT_THAT(t.versions().Get("v"), HasCode(absl::StatusCode::kNotFound));
    EXPECT_THAT(t.releases().Get("a", "production"),
                HasCode(absl::StatusCode::kNotFound));
    EXPECT_EQ(t.operations().Get("operation")->app_id, "a");
    return absl::OkStatus();
  }));
}

INSTANTIATE_STORE_CONTRACT(AppStoreTest);

}  // namespace
}  // namespace gitsync
