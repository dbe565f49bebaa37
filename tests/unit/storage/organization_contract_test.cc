#include "tests/unit/storage/store_contract.h"

namespace gitsync {
namespace {

using testing::ElementsAre;

class OrganizationStoreTest : public StoreContractTest {
 protected:
  absl::StatusOr<OrganizationRow> Get(const std::string& id) {
    return Read([&](const Transaction& t) { return t.organizations().Get(id); });
  }
  absl::Status Insert(const OrganizationRow& row) {
    return Write([&](Transaction& t) { return t.organizations().Insert(row); });
  }
};

TEST_P(OrganizationStoreTest, InsertedRowComesBackWhole) {
  const OrganizationRow row = MakeOrganization("o");

  ASSERT_OK(Insert(row));

  ASSERT_OK_AND_ASSIGN(const OrganizationRow found, Get("o"));
  EXPECT_EQ(Fields(found), Fields(row));
}

TEST_P(OrganizationStoreTest, UnknownIdIsNotFound) {
  EXPECT_THAT(Get("o"), StatusIs(absl::StatusCode::kNotFound, ""));
  EXPECT_THAT(Write([](Transaction& t) {
                return t.organizations().Update(MakeOrganization("o"));
              }),
              StatusIs(absl::StatusCode::kNotFound, ""));
  EXPECT_THAT(Write([](Transaction& t) { return t.organizations().Delete("o"); }),
              StatusIs(absl::StatusCode::kNotFound, ""));
}

TEST_P(OrganizationStoreTest, TakenIdOrNameAlreadyExists) {
  ASSERT_OK(Insert(MakeOrganization("o")));
  OrganizationRow same_id = MakeOrganization("o");
  same_id.name = "another";
  OrganizationRow same_name = MakeOrganization("p");
  same_name.name = "NAME of O";

  EXPECT_THAT(Insert(same_id), StatusIs(absl::StatusCode::kAlreadyExists, ""));
  EXPECT_THAT(Insert(same_name), StatusIs(absl::StatusCode::kAlreadyExists, ""));
}

TEST_P(OrganizationStoreTest, NamesThatDifferBeyondAsciiAreTwo) {
  OrganizationRow lower = MakeOrganization("o");
  lower.name = "straße é";
  OrganizationRow upper = MakeOrganization("p");
  upper.name = "straße É";

  EXPECT_OK(Insert(lower));
  EXPECT_OK(Insert(upper));
}

TEST_P(OrganizationStoreTest, NamesThatAreSpelledDifferentlyAreOne) {
  OrganizationRow composed = MakeOrganization("o");
  composed.name = "Caf\xc3\xa9";
  OrganizationRow decomposed = MakeOrganization("p");
  decomposed.name = "Cafe\xcc\x81";

  EXPECT_OK(Insert(composed));
  EXPECT_THAT(Insert(decomposed), StatusIs(absl::StatusCode::kAlreadyExists, ""));
}

TEST_P(OrganizationStoreTest, UpdateWritesAllButIdAndCreateTime) {
  ASSERT_OK(Insert(MakeOrganization("o")));
  OrganizationRow changed = MakeOrganization("o");
  changed.name = "Renamed";
  changed.environments = {"only"};
  changed.etag = "new";
  changed.create_time = At(100);
  changed.update_time = At(101);

  ASSERT_OK(Write([&](Transaction& t) { return t.organizations().Update(changed); }));

  ASSERT_OK_AND_ASSIGN(const OrganizationRow found, Get("o"));
  changed.create_time = At(1);
  EXPECT_EQ(Fields(found), Fields(changed));
}

TEST_P(OrganizationStoreTest, UpdateToTakenNameAlreadyExists) {
  AddOrganization("o");
  AddOrganization("p");
  OrganizationRow row = MakeOrganization("p");
  row.name = "name of o";

  EXPECT_THAT(Write([&](Transaction& t) { return t.organizations().Update(row); }),
              StatusIs(absl::StatusCode::kAlreadyExists, ""));
}

TEST_P(OrganizationStoreTest, UpdateMayChangeTheLetterCaseOfItsOwnName) {
  AddOrganization("o");
  OrganizationRow row = MakeOrganization("o");
  row.name = "NAME OF O";

  EXPECT_OK(Write([&](Transaction& t) { return t.organizations().Update(row); }));
}

TEST_P(OrganizationStoreTest, PagesFollowTheOrderOfCreation) {
  for (const char* id : {"e", "d", "c", "b", "a"}) AddOrganization(id);
  const auto list = [](const Transaction& t, PageRequest page) {
    return t.organizations().List(page);
  };

  EXPECT_THAT(
      Pages(*store_, 2, list),
      ElementsAre(ElementsAre("e", "d"), ElementsAre("c", "b"), ElementsAre("a")));
  EXPECT_THAT(Pages(*store_, 5, list),
              ElementsAre(ElementsAre("e", "d", "c", "b", "a")));
}

TEST_P(OrganizationStoreTest, SequenceOfADeletedRowIsNotUsedAgain) {
  AddOrganization("a");
  AddOrganization("b");
  ASSERT_OK_AND_ASSIGN(const auto page, Read([](const Transaction& t) {
                         return t.organizations().List({.after = 0, .limit = 1});
                       }));
  ASSERT_OK(Write([](Transaction& t) { return t.organizations().Delete("a"); }));
  ASSERT_OK(Write([](Transaction& t) { return t.organizations().Delete("b"); }));

  AddOrganization("c");

  ASSERT_OK_AND_ASSIGN(
      const auto next, Read([&](const Transaction& t) {
        return t.organizations().List({.after = page.next, .limit = 5});
      }));
  ASSERT_EQ(next.rows.size(), 1u);
  EXPECT_EQ(next.rows[0].id, "c");
}

TEST_P(OrganizationStoreTest, DeleteTakesAllThatBelongsToIt) {
  AddApp("app");
  AddOrganization("other");
  const std::string hash = AddVersion("version", "app", "{}");
  ASSERT_OK(Write([&](Transaction& t) {
    EXPECT_OK(t.releases().Put(MakeRelease("app", "production", "version", hash)));
    EXPECT_OK(t.git_configs().Put(MakeGitConfig("o")));
    EXPECT_OK(t.access_tokens().Insert(MakeToken("token", Role::kEditor, "o")));
    EXPECT_OK(t.access_tokens().Insert(MakeToken("kept", Role::kEditor, "other")));
    EXPECT_OK(t.operations().Insert(MakeOperation("operation", "o", "app")));
    return t.requests().Insert(MakeRequest("request", "operation"));
  }));

  ASSERT_OK(Write([](Transaction& t) { return t.organizations().Delete("o"); }));

  EXPECT_FALSE(HasDefinition(hash));
  ASSERT_OK(store_->Read([](const Transaction& t) {
    const auto gone = HasCode(absl::StatusCode::kNotFound);
    EXPECT_THAT(t.apps().Get("app"), gone);
    EXPECT_THAT(t.versions().Get("version"), gone);
    EXPECT_THAT(t.releases().Get("app", "production"), gone);
    EXPECT_THAT(t.git_configs().Get("o"), gone);
    EXPECT_THAT(t.access_tokens().Get("token"), gone);
    EXPECT_THAT(t.operations().Get("operation"), gone);
    EXPECT_THAT(t.requests().Get("request"), gone);
    EXPECT_OK(t.organizations().Get("other"));
    return t.access_tokens().Get("kept").status();
  }));
}

INSTANTIATE_STORE_CONTRACT(OrganizationStoreTest);

}  // namespace
}  // namespace gitsync
