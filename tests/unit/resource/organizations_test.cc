#include "server/resource/organizations.h"

#include "server/base/reason.h"
#include "tests/unit/resource/harness.h"

namespace gitsync {
namespace {

using absl::StatusCode;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class OrganizationsTest : public StoreTest {
 protected:
  absl::StatusOr<OrganizationRow> Create(const Caller& caller,
                                         const CreateOrganizationInput& input) {
    return Write(
        [&](Transaction& tx) { return CreateOrganization(tx, caller, input, now_); });
  }
  absl::StatusOr<OrganizationRow> Get(const Caller& caller, const std::string& id) {
    return Read([&](const Transaction& tx) { return GetOrganization(tx, caller, id); });
  }
  absl::StatusOr<OrganizationRow> Update(const Caller& caller,
                                         const UpdateOrganizationInput& input) {
    return Write([&](Transaction& tx) {
      return UpdateOrganization(tx, caller, input, now_ + absl::Seconds(1));
    });
  }
  absl::StatusOr<std::string> Delete(const Caller& caller, const std::string& id,
                                     const std::string& etag = "") {
    return Write(
        [&](Transaction& tx) { return DeleteOrganization(tx, caller, id, etag); });
  }
};

TEST_F(OrganizationsTest, CreateTidiesAndFillsInDefaults) {
  CreateOrganizationInput input;
  input.id = kUpperId;
  input.name = "  Acme \n";

  ASSERT_OK_AND_ASSIGN(const OrganizationRow row, Create(Admin(), input));

  EXPECT_EQ(row.id, kLowerId);
  EXPECT_EQ(row.name, "Acme");
  EXPECT_THAT(row.environments, ElementsAre("development", "staging", "production"));
  EXPECT_EQ(row.create_time, now_);
  EXPECT_FALSE(row.etag.empty());
  ASSERT_OK_AND_ASSIGN(const OrganizationRow read, Get(Admin(), kUpperId));
  EXPECT_EQ(read.etag, row.etag);
}

TEST_F(OrganizationsTest, CreateNeedsAdmin) {
  CreateOrganizationInput input;
  input.name = "Acme";

  EXPECT_THAT(Create(OrgAdmin(kLowerId), input),
              StatusIs(StatusCode::kPermissionDenied, reason::kRoleRequired));
}

TEST_F(OrganizationsTest, CreateWithTakenIdOrNameIsRefused) {
  CreateOrganizationInput first;
  first.id = kLowerId;
  first.name = "Acme";
  ASSERT_OK(Create(Admin(), first));
  CreateOrganizationInput same_id = first;
  same_id.name = "Other";
  CreateOrganizationInput same_name;
  same_name.name = "ACME";

  EXPECT_THAT(Create(Admin(), same_id),
              StatusIs(StatusCode::kAlreadyExists, reason::kOrganizationExists));
  EXPECT_THAT(Create(Admin(), same_name),
              StatusIs(StatusCode::kAlreadyExists, reason::kOrganizationExists));
}

TEST_F(OrganizationsTest, CheckCreateListsEveryViolation) {
  CreateOrganizationInput input;
  input.id = "1";
  input.environments = {"dev", "Prod", "dev"};

  const absl::Status status = CheckCreateOrganization(input);

  EXPECT_THAT(status, StatusIs(StatusCode::kInvalidArgument, reason::kInvalidRequest));
  const std::string message(status.message());
  EXPECT_THAT(message, HasSubstr("organization_id: "));
  EXPECT_THAT(message, HasSubstr("name: "));
  EXPECT_THAT(message, HasSubstr("environments[1]: "));
  EXPECT_THAT(message, HasSubstr("environments[2]: must not be there twice"));
}

TEST_F(OrganizationsTest, CheckAcceptsWhatIsRight) {
  CreateOrganizationInput create;
  create.name = "Acme";
  UpdateOrganizationInput update;
  update.id = kUpperId;
  update.environments = {"dev", "prod_1", "prod-2"};

  EXPECT_OK(CheckCreateOrganization(create));
  EXPECT_OK(CheckUpdateOrganization(update));
}

TEST_F(OrganizationsTest, CheckUpdateRefusesNoEnvironments) {
  UpdateOrganizationInput input;
  input.id = kLowerId;
  input.environments.emplace();

  EXPECT_THAT(CheckUpdateOrganization(input),
              StatusIs(StatusCode::kInvalidArgument, reason::kInvalidRequest));
}

TEST_F(OrganizationsTest, GetAnswersOthersAsIfThereWereNone) {
  const std::string id = AddOrganization("Acme");
  const std::string other = AddOrganization("Other");

  EXPECT_OK(Get(Viewer(id), id));
  EXPECT_THAT(Get(OrgAdmin(other), id),
              StatusIs(StatusCode::kNotFound, reason::kOrganizationNotFound));
  EXPECT_THAT(Get(Admin(), kLowerId),
              StatusIs(StatusCode::kNotFound, reason::kOrganizationNotFound));
}

TEST_F(OrganizationsTest, ListShowsAllToAdminAndOwnToOthers) {
  const std::string first = AddOrganization("A");
  const std::string second = AddOrganization("B");

  const auto all = Read(
      [&](const Transaction& tx) { return ListOrganizations(tx, Admin(), {0, 1}); });
  ASSERT_OK(all);
  ASSERT_EQ(all->rows.size(), 1u);
  EXPECT_EQ(all->rows[0].id, first);
  EXPECT_NE(all->next, 0);
  const auto own = Read([&](const Transaction& tx) {
    return ListOrganizations(tx, Viewer(second), {0, 100});
  });
  ASSERT_OK(own);
  ASSERT_EQ(own->rows.size(), 1u);
  EXPECT_EQ(own->rows[0].id, second);
  EXPECT_EQ(own->next, 0);
  const auto after = Read([&](const Transaction& tx) {
    return ListOrganizations(tx, Viewer(second), {1, 100});
  });
  ASSERT_OK(after);
  EXPECT_THAT(after->rows, IsEmpty());
}

TEST_F(OrganizationsTest, UpdateChangesFieldsAndEtag) {
  const std::string id = AddOrganization("Acme");
  ASSERT_OK_AND_ASSIGN(const OrganizationRow before, Get(Admin(), id));
  UpdateOrganizationInput input;
  input.id = id;
  input.name = "Acme 2";
  input.environments = {"production"};
  input.etag = before.etag;

  ASSERT_OK_AND_ASSIGN(const OrganizationRow row, Update(OrgAdmin(id), input));

  EXPECT_EQ(row.name, "Acme 2");
  EXPECT_THAT(row.environments, ElementsAre("production"));
  EXPECT_NE(row.etag, before.etag);
  EXPECT_GT(row.update_time, before.update_time);
  EXPECT_THAT(Update(OrgAdmin(id), input),
              StatusIs(StatusCode::kAborted, reason::kEtagMismatch));
}

TEST_F(OrganizationsTest, UpdateThatChangesNothingKeepsEtag) {
  const std::string id = AddOrganization("Acme");
  ASSERT_OK_AND_ASSIGN(const OrganizationRow before, Get(Admin(), id));
  UpdateOrganizationInput input;
  input.id = id;
  input.name = "Acme ";

  ASSERT_OK_AND_ASSIGN(const OrganizationRow row, Update(Admin(), input));

  EXPECT_EQ(row.etag, before.etag);
  EXPECT_EQ(row.update_time, before.update_time);
}

TEST_F(OrganizationsTest, UpdateNeedsOrgAdminOfItsOwn) {
  const std::string id = AddOrganization("Acme");
  const std::string other = AddOrganization("Other");
  UpdateOrganizationInput input;
  input.id = id;
  input.name = "X";

  EXPECT_THAT(Update(Editor(id), input),
              StatusIs(StatusCode::kPermissionDenied, reason::kRoleRequired));
  EXPECT_THAT(Update(OrgAdmin(other), input),
              StatusIs(StatusCode::kNotFound, reason::kOrganizationNotFound));
}

TEST_F(OrganizationsTest, UpdateToTakenNameIsRefused) {
  const std::string id = AddOrganization("Acme");
  AddOrganization("Other");
  UpdateOrganizationInput input;
  input.id = id;
  input.name = "other";

  EXPECT_THAT(Update(Admin(), input),
              StatusIs(StatusCode::kAlreadyExists, reason::kOrganizationExists));
}

TEST_F(OrganizationsTest, UpdateCannotRemoveEnvironmentWithReleases) {
  const std::string id = AddOrganization("Acme");
  const VersionRow version = AddVersionTo(AddApp(id, "orders"), "v1", "{}");
  Release(version, "staging");
  UpdateOrganizationInput without_staging;
  without_staging.id = id;
  without_staging.environments = {"development", "production"};
  UpdateOrganizationInput reordered;
  reordered.id = id;
  reordered.environments = {"staging", "production"};

  const auto refused = Update(Admin(), without_staging);

  EXPECT_THAT(refused,
              StatusIs(StatusCode::kFailedPrecondition, reason::kEnvironmentInUse));
  EXPECT_EQ(MetadataOf(refused.status(), "environment"), "staging");
  EXPECT_OK(Update(Admin(), reordered));
}

TEST_F(OrganizationsTest, DeleteRemovesAllAndNamesTheMirror) {
  const std::string id = AddOrganization("Acme");
  const AppRow app = AddApp(id, "orders");
  GitConfigRow config;
  config.organization_id = id;
  config.mirror_id = "mirror";
  ASSERT_OK(Write([&](Transaction& tx) { return tx.git_configs().Put(config); }));

  ASSERT_OK_AND_ASSIGN(const std::string mirror, Delete(Admin(), id));

  EXPECT_EQ(mirror, "mirror");
  EXPECT_THAT(Get(Admin(), id),
              StatusIs(StatusCode::kNotFound, reason::kOrganizationNotFound));
  EXPECT_THAT(Read([&](const Transaction& tx) { return GetApp(tx, Admin(), app.id); }),
              StatusIs(StatusCode::kNotFound, reason::kAppNotFound));
}

TEST_F(OrganizationsTest, DeleteNeedsAdminAndTheEtag) {
  const std::string id = AddOrganization("Acme");

  EXPECT_THAT(Delete(OrgAdmin(id), id),
              StatusIs(StatusCode::kPermissionDenied, reason::kRoleRequired));
  EXPECT_THAT(Delete(Admin(), id, "old"),
              StatusIs(StatusCode::kAborted, reason::kEtagMismatch));
  ASSERT_OK_AND_ASSIGN(const std::string mirror, Delete(Admin(), id));
  EXPECT_EQ(mirror, "");
}

}  // namespace
}  // namespace gitsync
