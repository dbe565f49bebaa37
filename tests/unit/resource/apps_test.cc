#include "server/resource/apps.h"

#include "server/base/reason.h"
#include "server/resource/releases.h"
#include "tests/unit/resource/harness.h"

namespace gitsync {
namespace {

using absl::StatusCode;
using testing::HasSubstr;
using testing::SizeIs;

class AppsTest : public StoreTest {
 protected:
  void SetUp() override {
    StoreTest::SetUp();
    organization_ = AddOrganization("Acme");
    other_ = AddOrganization("Other");
  }
  absl::StatusOr<AppView> Create(const Caller& caller, const CreateAppInput& input) {
    return Write([&](Transaction& tx) { return CreateApp(tx, caller, input, now_); });
  }
  absl::StatusOr<AppView> Get(const Caller& caller, const std::string& id) {
    return Read([&](const Transaction& tx) { return GetApp(tx, caller, id); });
  }
  absl::StatusOr<AppView> Update(const Caller& caller, const UpdateAppInput& input) {
    return Write([&](Transaction& tx) {
      return UpdateApp(tx, caller, input, now_ + absl::Seconds(1));
    });
  }
  absl::Status Delete(const Caller& caller, const std::string& id,
                      const std::string& etag = "") {
    return Write([&](Transaction& tx) { return DeleteApp(tx, caller, id, etag); });
  }
  absl::StatusOr<ReleaseView> Live(const Caller& caller, const std::string& id,
                                   const std::string& environment) {
    return Read(
        [&](const Transaction& tx) { return GetRelease(tx, caller, id, environment); });
  }

  std::string organization_;
  std::string other_;
};

TEST_F(AppsTest, CreateMakesSlugGitAppIdAndFirstVersion) {
  CreateAppInput input;
  input.organization_id = organization_;
  input.id = kUpperId;
  input.name = " Order Desk ";
  input.definition = R"({"pages":[]})";

  ASSERT_OK_AND_ASSIGN(const AppView view, Create(Editor(organization_), input));

  EXPECT_EQ(view.row.id, kLowerId);
  EXPECT_EQ(view.row.name, "Order Desk");
  EXPECT_EQ(view.row.slug, "order-desk");
  EXPECT_TRUE(view.row.editable);
  EXPECT_TRUE(IsUuid(view.row.git_app_id));
  EXPECT_NE(view.row.git_app_id, view.row.id);
  const auto version = Read([&](const Transaction& tx) {
    return GetVersion(tx, Viewer(organization_), kUpperId, view.first_version_id);
  });
  ASSERT_OK(version);
  EXPECT_EQ(version->row.name, "v1");
  EXPECT_EQ(version->definition, input.definition);
  EXPECT_EQ(version->row.environment, "development");
}

TEST_F(AppsTest, CreateWithoutDefinitionMakesNoVersion) {
  CreateAppInput input;
  input.organization_id = organization_;
  input.name = "orders";

  ASSERT_OK_AND_ASSIGN(const AppView view, Create(Admin(), input));

  EXPECT_EQ(view.first_version_id, "");
  ASSERT_OK_AND_ASSIGN(const auto versions, Read([&](const Transaction& tx) {
                         return ListVersions(tx, Admin(), view.row.id, {0, 10});
                       }));
  EXPECT_THAT(versions.rows, SizeIs(0));
}

TEST_F(AppsTest, CreateNeedsEditorOfTheOrganization) {
  CreateAppInput input;
  input.organization_id = organization_;
  input.name = "orders";

  EXPECT_THAT(Create(Viewer(organization_), input),
              StatusIs(StatusCode::kPermissionDenied, reason::kRoleRequired));
  EXPECT_THAT(Create(Editor(other_), input),
              StatusIs(StatusCode::kNotFound, reason::kOrganizationNotFound));
}

TEST_F(AppsTest, CreateWithTakenNameOrIdIsRefused) {
  const AppRow app = AddApp(organization_, "orders");
  CreateAppInput same_name;
  same_name.organization_id = organization_;
  same_name.name = "Orders";
  CreateAppInput same_id = same_name;
  same_id.name = "other";
  same_id.id = app.id;
  CreateAppInput elsewhere = same_name;
  elsewhere.organization_id = other_;

  EXPECT_THAT(Create(Admin(), same_name),
              StatusIs(StatusCode::kAlreadyExists, reason::kAppNameTaken));
  EXPECT_THAT(Create(Admin(), same_id),
              StatusIs(StatusCode::kAlreadyExists, reason::kAppNameTaken));
  EXPECT_OK(Create(Admin(), elsewhere));
}

TEST_F(AppsTest, SlugsOfLikeNamesAreNumbered) {
  EXPECT_EQ(AddApp(organization_, "a b").slug, "a-b");
  EXPECT_EQ(AddApp(organization_, "a.b").slug, "a-b-2");
  EXPECT_EQ(AddApp(organization_, "a/b").slug, "a-b-3");
  EXPECT_EQ(AddApp(organization_, "a,b").slug, "a-b-4");
  EXPECT_EQ(AddApp(organization_, "a;b").slug, "a-b-5");
  EXPECT_EQ(AddApp(other_, "a b").slug, "a-b");
}

TEST_F(AppsTest, NumberedSlugOfLongNameKeepsTheLimit) {
  const std::string name(60, 'x');
  AddApp(organization_, name);

  const AppRow second = AddApp(organization_, name + "!");

  EXPECT_EQ(second.slug, std::string(58, 'x') + "-2");
}

TEST_F(AppsTest, CheckListsEveryViolation) {
  CreateAppInput input;
  input.organization_id = "1";
  input.definition = "[]";
  input.version_name = std::string(101, 'v');

  const absl::Status status = CheckCreateApp(input);

  EXPECT_THAT(status, StatusIs(StatusCode::kInvalidArgument, reason::kInvalidRequest));
  const std::string message(status.message());
  EXPECT_THAT(message, HasSubstr("organization_id: "));
  EXPECT_THAT(message, HasSubstr("name: "));
  EXPECT_THAT(message, HasSubstr("definition: "));
  EXPECT_THAT(message, HasSubstr("version_name: "));
}

TEST_F(AppsTest, CheckOfABadDefinitionAloneSaysSo) {
  CreateAppInput input;
  input.organization_id = organization_;
  input.name = "orders";
  input.definition = "[]";

  EXPECT_THAT(CheckCreateApp(input),
              StatusIs(StatusCode::kInvalidArgument, reason::kInvalidDefinition));
}

TEST_F(AppsTest, GetAndListHideOtherOrganizations) {
  const AppRow first = AddApp(organization_, "a");
  const AppRow second = AddApp(organization_, "b");
  AddApp(other_, "c");
  const auto list = [&](const Caller& caller, PageRequest page) {
    return Read([&](const Transaction& tx) {
      return ListApps(tx, caller, organization_, page);
    });
  };

  EXPECT_OK(Get(Viewer(organization_), first.id));
  EXPECT_THAT(Get(Viewer(other_), first.id),
              StatusIs(StatusCode::kNotFound, reason::kAppNotFound));
  ASSERT_OK_AND_ASSIGN(const auto page, list(Viewer(organization_), {0, 1}));
  ASSERT_THAT(page.rows, SizeIs(1));
  EXPECT_EQ(page.rows[0].row.id, first.id);
  ASSERT_OK_AND_ASSIGN(const auto rest, list(Viewer(organization_), {page.next, 1}));
  ASSERT_THAT(rest.rows, SizeIs(1));
  EXPECT_EQ(rest.rows[0].row.id, second.id);
  EXPECT_EQ(rest.next, 0);
  EXPECT_THAT(list(Viewer(other_), {0, 1}),
              StatusIs(StatusCode::kNotFound, reason::kOrganizationNotFound));
}

TEST_F(AppsTest, ReleasesComeInTheOrderOfTheEnvironments) {
  const AppRow app = AddApp(organization_, "orders");
  const VersionRow version = AddVersionTo(app, "v1", "{}");
  Release(version, "production");
  Release(version, "development");

  ASSERT_OK_AND_ASSIGN(const AppView view, Get(Viewer(organization_), app.id));

  ASSERT_THAT(view.releases, SizeIs(2));
  EXPECT_EQ(view.releases[0].environment, "development");
  EXPECT_EQ(view.releases[1].environment, "production");
}

TEST_F(AppsTest, UpdateChangesNameAndKeepsSlug) {
  const AppRow app = AddApp(organization_, "orders");
  UpdateAppInput input;
  input.id = app.id;
  input.name = "Invoices";
  input.editable = false;
  input.etag = app.etag;

  ASSERT_OK_AND_ASSIGN(const AppView view, Update(Editor(organization_), input));

  EXPECT_EQ(view.row.name, "Invoices");
  EXPECT_EQ(view.row.slug, "orders");
  EXPECT_FALSE(view.row.editable);
  EXPECT_NE(view.row.etag, app.etag);
  EXPECT_THAT(Update(Editor(organization_), input),
              StatusIs(StatusCode::kAborted, reason::kEtagMismatch));
}

TEST_F(AppsTest, UpdateThatChangesNothingKeepsEtag) {
  const AppRow app = AddApp(organization_, "orders");
  UpdateAppInput input;
  input.id = app.id;
  input.name = "orders";
  input.editable = true;

  ASSERT_OK_AND_ASSIGN(const AppView view, Update(Admin(), input));

  EXPECT_EQ(view.row.etag, app.etag);
}

TEST_F(AppsTest, UpdateErrorsAreTyped) {
  const AppRow app = AddApp(organization_, "orders");
  AddApp(organization_, "taken");
  UpdateAppInput input;
  input.id = app.id;
  input.name = "Taken";

  EXPECT_THAT(Update(Editor(organization_), input),
              StatusIs(StatusCode::kAlreadyExists, reason::kAppNameTaken));
  EXPECT_THAT(Update(Viewer(organization_), input),
              StatusIs(StatusCode::kPermissionDenied, reason::kRoleRequired));
  EXPECT_THAT(Update(Editor(other_), input),
              StatusIs(StatusCode::kNotFound, reason::kAppNotFound));
}

TEST_F(AppsTest, DeleteWaitsForOperations) {
  const AppRow app = AddApp(organization_, "orders");
  AddVersionTo(app, "v1", "{}");
  const OperationRow operation = AddRunningOperation(app, "");

  const absl::Status refused = Delete(Editor(organization_), app.id);

  EXPECT_THAT(refused,
              StatusIs(StatusCode::kFailedPrecondition, reason::kOperationInProgress));
  EXPECT_EQ(MetadataOf(refused, "operation_id"), operation.id);
  OperationRow ended = operation;
  ended.state = OperationState::kSucceeded;
  ended.end_time = now_;
  ASSERT_OK(Write([&](Transaction& tx) { return tx.operations().Update(ended); }));
  EXPECT_OK(Delete(Editor(organization_), app.id));
  EXPECT_THAT(Get(Admin(), app.id),
              StatusIs(StatusCode::kNotFound, reason::kAppNotFound));
}

TEST_F(AppsTest, DeleteErrorsAreTyped) {
  const AppRow app = AddApp(organization_, "orders");

  EXPECT_THAT(Delete(Viewer(organization_), app.id),
              StatusIs(StatusCode::kPermissionDenied, reason::kRoleRequired));
  EXPECT_THAT(Delete(Editor(other_), app.id),
              StatusIs(StatusCode::kNotFound, reason::kAppNotFound));
  EXPECT_THAT(Delete(Editor(organization_), app.id, "old"),
              StatusIs(StatusCode::kAborted, reason::kEtagMismatch));
}

TEST_F(AppsTest, ReleaseKeepsTheDefinitionThatWasPromoted) {
  const AppRow app = AddApp(organization_, "orders");
  const VersionRow version = AddVersionTo(app, "v1", R"({"a":1})");
  Release(version, "production");
  UpdateVersionInput edit;
  edit.app_id = app.id;
  edit.id = version.id;
  edit.definition = R"({"a":1234})";
  ASSERT_OK(
      Write([&](Transaction& tx) { return UpdateVersion(tx, Admin(), edit, now_); }));

  ASSERT_OK_AND_ASSIGN(const ReleaseView view,
                       Live(Viewer(organization_), app.id, "production"));

  EXPECT_EQ(view.definition, R"({"a":1})");
  EXPECT_EQ(view.version.id, version.id);
  EXPECT_EQ(view.version.definition_hash, version.definition_hash);
  EXPECT_EQ(view.version.definition_size_bytes, 7);
}

TEST_F(AppsTest, ReleaseErrorsAreTyped) {
  const AppRow app = AddApp(organization_, "orders");

  EXPECT_THAT(Live(Viewer(organization_), app.id, "qa"),
              StatusIs(StatusCode::kNotFound, reason::kEnvironmentNotFound));
  EXPECT_THAT(Live(Viewer(organization_), app.id, "staging"),
              StatusIs(StatusCode::kNotFound, reason::kReleaseNotFound));
  EXPECT_THAT(Live(Viewer(other_), app.id, "staging"),
              StatusIs(StatusCode::kNotFound, reason::kAppNotFound));
}

}  // namespace
}  // namespace gitsync
