#include "server/resource/versions.h"

#include "server/base/reason.h"
#include "tests/unit/resource/harness.h"

namespace gitsync {
namespace {

using absl::StatusCode;
using testing::HasSubstr;
using testing::SizeIs;

class VersionsTest : public StoreTest {
 protected:
  void SetUp() override {
    StoreTest::SetUp();
    organization_ = AddOrganization("Acme");
    other_ = AddOrganization("Other");
    app_ = AddApp(organization_, "orders");
  }
  absl::StatusOr<VersionRow> Create(const Caller& caller,
                                    const CreateVersionInput& input) {
    return Write(
        [&](Transaction& tx) { return CreateVersion(tx, caller, input, now_); });
  }
  absl::StatusOr<VersionView> Get(const Caller& caller, const std::string& id) {
    return Read(
        [&](const Transaction& tx) { return GetVersion(tx, caller, app_.id, id); });
  }
  absl::StatusOr<VersionRow> Update(const Caller& caller,
                                    const UpdateVersionInput& input) {
    return Write([&](Transaction& tx) {
      return UpdateVersion(tx, caller, input, now_ + absl::Seconds(1));
    });
  }
  absl::Status Delete(const Caller& caller, const std::string& id,
                      const std::string& etag = "") {
    return Write(
        [&](Transaction& tx) { return DeleteVersion(tx, caller, app_.id, id, etag); });
  }
  CreateVersionInput Draft(const std::string& name) {
    return {app_.id, "", name, R"({"a":1})"};
  }
  UpdateVersionInput Rename(const VersionRow& version, const std::string& name) {
    return {app_.id, version.id, name, std::nullopt, ""};
  }
  void ForbidEdits() {
    ASSERT_OK(Write([&](Transaction& tx) {
      return UpdateApp(tx, Admin(), {app_.id, std::nullopt, false, ""}, now_);
    }));
  }

  std::string organization_;
  std::string other_;
  AppRow app_;
};

TEST_F(VersionsTest, CreateTidiesAndStartsInTheFirstEnvironment) {
  CreateVersionInput input = Draft(" v1 ");
  input.id = kUpperId;

  ASSERT_OK_AND_ASSIGN(const VersionRow row, Create(Editor(organization_), input));

  EXPECT_EQ(row.id, kLowerId);
  EXPECT_EQ(row.name, "v1");
  EXPECT_EQ(row.environment, "development");
  EXPECT_EQ(row.definition_size_bytes, 7);
  EXPECT_TRUE(HasUnpushedChanges(row));
  ASSERT_OK_AND_ASSIGN(const VersionView view, Get(Viewer(organization_), kUpperId));
  EXPECT_EQ(view.definition, input.definition);
  EXPECT_EQ(view.row.etag, row.etag);
}

TEST_F(VersionsTest, CreateErrorsAreTyped) {
  ASSERT_OK_AND_ASSIGN(const VersionRow first, Create(Admin(), Draft("v1")));
  CreateVersionInput same_id = Draft("v2");
  same_id.id = first.id;

  EXPECT_THAT(Create(Admin(), Draft("v1")),
              StatusIs(StatusCode::kAlreadyExists, reason::kVersionNameTaken));
  EXPECT_THAT(Create(Admin(), same_id),
              StatusIs(StatusCode::kAlreadyExists, reason::kVersionNameTaken));
  EXPECT_THAT(Create(Viewer(organization_), Draft("v2")),
              StatusIs(StatusCode::kPermissionDenied, reason::kRoleRequired));
  EXPECT_THAT(Create(Editor(other_), Draft("v2")),
              StatusIs(StatusCode::kNotFound, reason::kAppNotFound));
}

TEST_F(VersionsTest, AppThatIsNotEditableRefusesEveryChange) {
  const VersionRow version = AddVersionTo(app_, "v1", "{}");
  ForbidEdits();

  const auto created = Create(Admin(), Draft("v2"));

  EXPECT_THAT(created,
              StatusIs(StatusCode::kFailedPrecondition, reason::kAppNotEditable));
  EXPECT_THAT(std::string(created.status().message()), HasSubstr("UpdateApp"));
  EXPECT_THAT(Update(Admin(), Rename(version, "v2")),
              StatusIs(StatusCode::kFailedPrecondition, reason::kAppNotEditable));
  EXPECT_THAT(Delete(Admin(), version.id),
              StatusIs(StatusCode::kFailedPrecondition, reason::kAppNotEditable));
  EXPECT_OK(Get(Viewer(organization_), version.id));
}

TEST_F(VersionsTest, CheckListsEveryViolation) {
  const absl::Status create = CheckCreateVersion({"1", "2", "", "{"});
  const absl::Status update = CheckUpdateVersion({"1", "", "", "[]", ""});

  for (const absl::Status& status : {create, update}) {
    EXPECT_THAT(status,
                StatusIs(StatusCode::kInvalidArgument, reason::kInvalidRequest));
    const std::string message(status.message());
    EXPECT_THAT(message, HasSubstr("app_id: "));
    EXPECT_THAT(message, HasSubstr("version_id: "));
    EXPECT_THAT(message, HasSubstr("name: "));
    EXPECT_THAT(message, HasSubstr("definition: "));
  }
}

TEST_F(VersionsTest, CheckOfABadDefinitionAloneSaysSo) {
  CreateVersionInput missing = Draft("v1");
  missing.definition.clear();

  EXPECT_THAT(CheckCreateVersion(missing),
              StatusIs(StatusCode::kInvalidArgument, reason::kInvalidDefinition));
  EXPECT_OK(CheckCreateVersion(Draft("v1")));
}

TEST_F(VersionsTest, VersionOfAnotherAppIsNotFound) {
  const VersionRow elsewhere = AddVersionTo(AddApp(organization_, "other"), "v1", "{}");
  const VersionRow here = AddVersionTo(app_, "v1", "{}");

  EXPECT_THAT(Get(Admin(), elsewhere.id),
              StatusIs(StatusCode::kNotFound, reason::kVersionNotFound));
  EXPECT_THAT(Get(Viewer(other_), here.id),
              StatusIs(StatusCode::kNotFound, reason::kAppNotFound));
  EXPECT_THAT(Update(Admin(), Rename(elsewhere, "x")),
              StatusIs(StatusCode::kNotFound, reason::kVersionNotFound));
  EXPECT_THAT(Delete(Admin(), elsewhere.id),
              StatusIs(StatusCode::kNotFound, reason::kVersionNotFound));
}

TEST_F(VersionsTest, ListPagesByCreation) {
  const VersionRow first = AddVersionTo(app_, "v1", "{}");
  const VersionRow second = AddVersionTo(app_, "v2", "{}");
  const auto list = [&](int64_t after) {
    return Read([&](const Transaction& tx) {
      return ListVersions(tx, Viewer(organization_), app_.id, {after, 1});
    });
  };

  ASSERT_OK_AND_ASSIGN(const auto page, list(0));
  ASSERT_THAT(page.rows, SizeIs(1));
  EXPECT_EQ(page.rows[0].id, first.id);
  ASSERT_OK_AND_ASSIGN(const auto rest, list(page.next));
  ASSERT_THAT(rest.rows, SizeIs(1));
  EXPECT_EQ(rest.rows[0].id, second.id);
  EXPECT_EQ(rest.next, 0);
}

TEST_F(VersionsTest, UpdateChangesFieldsAndEtag) {
  const VersionRow version = AddVersionTo(app_, "v1", "{}");
  UpdateVersionInput input = Rename(version, "v1.1");
  input.definition = R"({"a":1})";
  input.etag = version.etag;

  ASSERT_OK_AND_ASSIGN(const VersionRow row, Update(Editor(organization_), input));

  EXPECT_EQ(row.name, "v1.1");
  EXPECT_EQ(row.definition_size_bytes, 7);
  EXPECT_NE(row.etag, version.etag);
  ASSERT_OK_AND_ASSIGN(const VersionView view, Get(Admin(), version.id));
  EXPECT_EQ(view.definition, R"({"a":1})");
  EXPECT_THAT(Update(Editor(organization_), input),
              StatusIs(StatusCode::kAborted, reason::kEtagMismatch));
}

TEST_F(VersionsTest, UpdateWithTheSameDefinitionKeepsEtag) {
  const VersionRow version = AddVersionTo(app_, "v1", R"({"a":1})");
  UpdateVersionInput input = Rename(version, "v1");
  input.definition = R"({"a":1})";

  ASSERT_OK_AND_ASSIGN(const VersionRow row, Update(Admin(), input));

  EXPECT_EQ(row.etag, version.etag);
  EXPECT_EQ(row.update_time, version.update_time);
}

TEST_F(VersionsTest, UpdateErrorsAreTyped) {
  const VersionRow version = AddVersionTo(app_, "v1", "{}");
  AddVersionTo(app_, "v2", "{}");

  EXPECT_THAT(Update(Admin(), Rename(version, "v2")),
              StatusIs(StatusCode::kAlreadyExists, reason::kVersionNameTaken));
  EXPECT_THAT(Update(Viewer(organization_), Rename(version, "v3")),
              StatusIs(StatusCode::kPermissionDenied, reason::kRoleRequired));
  EXPECT_THAT(Update(Editor(other_), Rename(version, "v3")),
              StatusIs(StatusCode::kNotFound, reason::kAppNotFound));
}

TEST_F(VersionsTest, EditAfterASyncIsAnUnpushedChange) {
  VersionRow version = AddVersionTo(app_, "v1", "{}");
  version.synced_definition_hash = version.definition_hash;
  ASSERT_OK(Write([&](Transaction& tx) { return tx.versions().Update(version); }));
  ASSERT_OK_AND_ASSIGN(const VersionView synced, Get(Admin(), version.id));
  EXPECT_FALSE(HasUnpushedChanges(synced.row));
  UpdateVersionInput input = Rename(version, "v1");
  input.definition = R"({"a":1})";

  ASSERT_OK_AND_ASSIGN(const VersionRow edited, Update(Admin(), input));

  EXPECT_TRUE(HasUnpushedChanges(edited));
}

TEST_F(VersionsTest, EnvironmentThatIsGoneCountsAsTheFirst) {
  const VersionRow version = AddVersionTo(app_, "v1", "{}");
  UpdateOrganizationInput input;
  input.id = organization_;
  input.environments = {"test", "live"};
  ASSERT_OK(Write(
      [&](Transaction& tx) { return UpdateOrganization(tx, Admin(), input, now_); }));

  ASSERT_OK_AND_ASSIGN(const VersionView view, Get(Admin(), version.id));

  EXPECT_EQ(view.row.environment, "test");
}

TEST_F(VersionsTest, DeleteRefusesALiveVersion) {
  const VersionRow live = AddVersionTo(app_, "v1", "{}");
  const VersionRow idle = AddVersionTo(app_, "v2", "{}");
  Release(live, "staging");

  EXPECT_THAT(Delete(Admin(), live.id),
              StatusIs(StatusCode::kFailedPrecondition, reason::kVersionIsLive));
  EXPECT_OK(Delete(Editor(organization_), idle.id));
  EXPECT_THAT(Get(Admin(), idle.id),
              StatusIs(StatusCode::kNotFound, reason::kVersionNotFound));
}

TEST_F(VersionsTest, DeleteWaitsForOperationsOnTheVersion) {
  const VersionRow busy = AddVersionTo(app_, "v1", "{}");
  const VersionRow idle = AddVersionTo(app_, "v2", "{}");
  AddRunningOperation(app_, busy.id);

  EXPECT_THAT(Delete(Admin(), busy.id),
              StatusIs(StatusCode::kFailedPrecondition, reason::kOperationInProgress));
  EXPECT_OK(Delete(Admin(), idle.id));
}

TEST_F(VersionsTest, DeleteWaitsForOperationsThatMayChooseTheVersion) {
  const VersionRow version = AddVersionTo(app_, "v1", "{}");
  AddRunningOperation(app_, "");

  EXPECT_THAT(Delete(Admin(), version.id),
              StatusIs(StatusCode::kFailedPrecondition, reason::kOperationInProgress));
}

TEST_F(VersionsTest, DeleteNeedsEditorAndTheEtag) {
  const VersionRow version = AddVersionTo(app_, "v1", "{}");

  EXPECT_THAT(Delete(Viewer(organization_), version.id),
              StatusIs(StatusCode::kPermissionDenied, reason::kRoleRequired));
  EXPECT_THAT(Delete(Editor(organization_), version.id, "old"),
              StatusIs(StatusCode::kAborted, reason::kEtagMismatch));
  EXPECT_OK(Delete(Editor(organization_), version.id, version.etag));
}

}  // namespace
}  // namespace gitsync
