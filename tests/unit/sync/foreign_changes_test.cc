// What others do to an app's folder in the repository: rename, copy, delete, leave
// files.

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "server/base/error.h"
#include "server/base/reason.h"
#include "tests/unit/sync/sync_harness.h"

namespace gitsync {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

constexpr char kOrdersApp[] =
    R"({"pages":[{"name":"Home","n":1},{"name":"Cart","n":1}],"x":1})";
constexpr char kEditedApp[] =
    R"({"pages":[{"name":"Home","n":1},{"name":"Cart","n":2}],"x":1})";

// The organization "Development" has pushed "Orders"; others have clones.
class ForeignChangesTest : public SyncTest {
 protected:
  void SetUp() override {
    SyncTest::SetUp();
    orders_ = AddAppWith(dev_, "Orders", kOrdersApp);
    ASSERT_OK(Push(orders_, "first"));
  }

  // Runs commands in a clone, then commits and pushes all of it.
  void Elsewhere(const std::string& commands) {
    const CommandResult result = RunCommand(
        {"bash", "-ec",
         absl::StrCat("wc=$(mktemp -d); trap 'rm -rf $wc' EXIT; git clone -q '",
                      remote_.path(), "' $wc/c; cd $wc/c; ", commands,
                      "\ngit add -A -f; git -c user.name=T -c user.email=t@example.com "
                      "commit -qm elsewhere; git push -q")});
    ASSERT_EQ(result.status, 0) << result.output;
  }

  // A second organization with the app.
  NewApp Import(const std::string& organization, const std::string& name = "") {
    const std::string id = AddOrganization(organization);
    Connect(id);
    const auto made = CreateFromGit(id, orders_.app.git_app_id, "master", name);
    EXPECT_OK(made);
    if (!made.ok()) return {};
    return {StoredApp(made->app_id), StoredVersion(made->version_id)};
  }

  void Rename(const NewApp& app, const std::string& name) {
    EXPECT_OK(Write([&](Transaction& tx) -> absl::Status {
      ASSIGN_OR_RETURN(AppRow row, tx.apps().Get(app.app.id));
      row.name = name;
      return tx.apps().Update(row);
    }));
  }

  std::string NameIn(const NewApp& app) { return StoredApp(app.app.id).name; }
  std::string Manifest(const std::string& folder = "apps/orders") {
    return remote_.File("master", folder + "/app.json");
  }
  std::vector<std::string> Paths() {
    return absl::StrSplit(remote_.Git({"ls-tree", "-r", "--name-only", "master"}),
                          '\n');
  }

  NewApp orders_;
};

TEST_F(ForeignChangesTest, LocalNameOfAnImportStaysOutOfTheRepository) {
  const NewApp copy = Import("Team", "Team C copy");
  Edit(copy.version, kEditedApp);

  ASSERT_OK(Push(copy, "small change"));

  EXPECT_THAT(Manifest(), HasSubstr("\"name\": \"Orders\""));
  EXPECT_THAT(Manifest(), HasSubstr("\"slug\": \"orders\""));
  EXPECT_EQ(NameIn(copy), "Team C copy");
  // Nor does another local name.
  Rename(copy, "Other");
  Edit(copy.version, kOrdersApp);
  ASSERT_OK(Push(copy, "another change"));
  EXPECT_THAT(Manifest(), HasSubstr("\"name\": \"Orders\""));
  ASSERT_OK(Pull(orders_.app.id));
  EXPECT_EQ(NameIn(orders_), "Orders");
}

TEST_F(ForeignChangesTest, RenameThatWasPushedIsPulledAndNotUndone) {
  const NewApp copy = Import("Staging");
  const NewApp local = Import("Team", "Local");
  Rename(orders_, "Sales");
  ASSERT_OK(Push(orders_, "rename"));
  EXPECT_THAT(Manifest(), HasSubstr("\"name\": \"Sales\""));

  const auto pulled = Pull(copy.app.id);
  ASSERT_OK(pulled);
  EXPECT_TRUE(pulled->changed);
  EXPECT_EQ(NameIn(copy), "Sales");
  EXPECT_FALSE(Pull(copy.app.id)->changed);
  ASSERT_OK(Pull(local.app.id));
  EXPECT_EQ(NameIn(local), "Local");

  Edit(local.version, kEditedApp);
  ASSERT_OK(Push(local, "change"));
  EXPECT_THAT(Manifest(), HasSubstr("\"name\": \"Sales\""));
  EXPECT_EQ(NameIn(local), "Local");
}

TEST_F(ForeignChangesTest, RenameThatWasNotPulledYetSurvivesAPush) {
  const NewApp copy = Import("Staging");
  Rename(orders_, "Sales");
  ASSERT_OK(Push(orders_, "rename"));
  Edit(copy.version, kEditedApp);

  ASSERT_OK(Push(copy, "change"));

  EXPECT_THAT(Manifest(), HasSubstr("\"name\": \"Sales\""));
  EXPECT_EQ(NameIn(copy), "Sales");
}

TEST_F(ForeignChangesTest, RenameAndNewVersionAreBothInAppJson) {
  const NewApp copy = Import("Staging");
  Rename(orders_, "Sales");
  ASSERT_OK(Push(orders_, "rename"));

  const NewApp second = {copy.app, AddVersionTo(copy.app, "v2", kEditedApp)};
  ASSERT_OK(Push(second, "version"));

  EXPECT_THAT(Manifest(), HasSubstr("\"name\": \"Sales\""));
  EXPECT_THAT(Manifest(), HasSubstr("\"version\": \"v2\""));
  EXPECT_EQ(NameIn(copy), "Sales");
}

TEST_F(ForeignChangesTest, RenamesOnBothSidesAreAConflictWithTwoWaysOut) {
  const NewApp copy = Import("Staging");
  Rename(orders_, "Sales");
  ASSERT_OK(Push(orders_, "rename"));
  Rename(copy, "Ours");

  EXPECT_THAT(Pull(copy.app.id),
              StatusIs(absl::StatusCode::kAborted, reason::kLocalChanges));
  EXPECT_EQ(NameIn(copy), "Ours");
  EXPECT_THAT(Push(copy, "ours"),
              StatusIs(absl::StatusCode::kAborted, reason::kAppConflict));
  ASSERT_OK(Pull(copy.app.id, /*overwrite=*/true));
  EXPECT_EQ(NameIn(copy), "Sales");

  Rename(copy, "Ours");
  ASSERT_OK(Push(copy, "ours"));
  EXPECT_THAT(Manifest(), HasSubstr("\"name\": \"Ours\""));
}

TEST_F(ForeignChangesTest, RenameThatIsNotPushedSurvivesAPull) {
  const NewApp copy = Import("Staging");
  Edit(orders_.version, kEditedApp);
  ASSERT_OK(Push(orders_, "change"));
  Rename(copy, "Ours");

  ASSERT_OK(Pull(copy.app.id));

  EXPECT_EQ(NameIn(copy), "Ours");
  ASSERT_OK(Push(copy, "rename"));
  EXPECT_THAT(Manifest(), HasSubstr("\"name\": \"Ours\""));
}

TEST_F(ForeignChangesTest, RenameToANameThatIsTakenHereLeavesALocalName) {
  const NewApp copy = Import("Staging");
  AddApp(copy.app.organization_id, "sales");
  Rename(orders_, "Sales");
  ASSERT_OK(Push(orders_, "rename"));

  ASSERT_OK(Pull(copy.app.id));

  EXPECT_EQ(NameIn(copy), "Orders");
  Edit(copy.version, kEditedApp);
  ASSERT_OK(Push(copy, "change"));
  EXPECT_THAT(Manifest(), HasSubstr("\"name\": \"Sales\""));
}

TEST_F(ForeignChangesTest, NamesOfAnOlderStateAreReadFromItsCommit) {
  const NewApp copy = Import("Team", "Team C copy");
  ASSERT_OK(Write([&](Transaction& tx) -> absl::Status {
    ASSIGN_OR_RETURN(AppRow row, tx.apps().Get(copy.app.id));
    row.git_state->name = row.git_state->slug = "";
    return tx.apps().Update(row);
  }));
  Edit(copy.version, kEditedApp);

  ASSERT_OK(Push(copy, "small change"));

  EXPECT_THAT(Manifest(), HasSubstr("\"name\": \"Orders\""));
  EXPECT_EQ(StoredApp(copy.app.id).git_state->name, "Orders");
}

TEST_F(ForeignChangesTest, CopiedFolderIsNamedAndNeverGuessed) {
  Elsewhere(
      "cp -r apps/orders apps/aaa-copy; sed -i s/Home/Copied/ "
      "apps/aaa-copy/definition/pages/home.json");
  const std::string other = AddOrganization("Other");
  Connect(other);

  const std::vector<absl::Status> refused = {
      CreateFromGit(other, orders_.app.git_app_id).status(),
      Pull(orders_.app.id).status(), Promote(orders_.app.id).status(),
      Updates(orders_.app.id).status()};

  for (const absl::Status& status : refused) {
    EXPECT_THAT(status, StatusIs(absl::StatusCode::kFailedPrecondition,
                                 reason::kGitAppAmbiguous));
    EXPECT_EQ(MetadataOf(status, "folders"), "apps/aaa-copy\napps/orders");
  }
  const auto list = Await<ListGitAppsResult>([&](auto done) {
    service_->ListGitApps(Viewer(other), {other, "", 100, ""}, Context(), done);
  });
  ASSERT_OK(list);
  ASSERT_THAT(list->apps, SizeIs(2));
  for (const GitAppEntry& entry : list->apps) {
    EXPECT_EQ(entry.git_app_id, orders_.app.git_app_id);
    EXPECT_THAT(entry.error, HasSubstr("apps/aaa-copy, apps/orders"));
  }
}

TEST_F(ForeignChangesTest, FolderThatDiffersByLetterCaseIsListedWithAWarning) {
  Elsewhere(
      "cp -r apps/orders apps/Orders; sed -i 's/\"git_app_id\": \".*\"/"
      "\"git_app_id\": \"another\"/' apps/Orders/app.json");

  const auto list = Await<ListGitAppsResult>([&](auto done) {
    service_->ListGitApps(Viewer(dev_), {dev_, "", 100, ""}, Context(), done);
  });

  ASSERT_OK(list);
  ASSERT_THAT(list->apps, SizeIs(2));
  EXPECT_THAT(list->apps[0].warning, HasSubstr("\"apps/orders\" by letter case only"));
  EXPECT_THAT(list->apps[1].warning, HasSubstr("\"apps/Orders\" by letter case only"));
  EXPECT_EQ(list->apps[1].error, "");
}

TEST_F(ForeignChangesTest, PushAsksWhichOfTwoFoldersOnlyWhereItsOwnIsGone) {
  Elsewhere("cp -r apps/orders apps/copy");
  Edit(orders_.version, kEditedApp);
  ASSERT_OK(Push(orders_, "change"));
  EXPECT_EQ(StoredApp(orders_.app.id).git_state->folder, "apps/orders");

  Elsewhere("git mv apps/orders apps/sales");
  Edit(orders_.version, kOrdersApp);
  const auto pushed = Push(orders_, "change");

  EXPECT_THAT(pushed, StatusIs(absl::StatusCode::kFailedPrecondition,
                               reason::kGitAppAmbiguous));
  EXPECT_EQ(MetadataOf(pushed.status(), "folders"), "apps/copy\napps/sales");
}

TEST_F(ForeignChangesTest, NewAppOfAnotherInstallationAsksWhichOfTwoFolders) {
  Elsewhere("cp -r apps/orders apps/copy");
  ASSERT_OK(Write(
      [&](Transaction& tx) { return tx.apps().SetGitState(orders_.app.id, {}); }));

  EXPECT_THAT(Push(orders_, "again"), StatusIs(absl::StatusCode::kFailedPrecondition,
                                               reason::kGitAppAmbiguous));
}

TEST_F(ForeignChangesTest, EditIsPushedIntoTheRenamedFolder) {
  Elsewhere("git mv apps/orders apps/billing");
  Edit(orders_.version, kEditedApp);

  ASSERT_OK(Push(orders_, "ours"));

  EXPECT_THAT(Paths(), Contains("apps/billing/definition/pages/cart.json"));
  EXPECT_THAT(Paths(), Not(Contains(HasSubstr("apps/orders"))));
  EXPECT_THAT(remote_.File("master", "apps/billing/definition/pages/cart.json"),
              HasSubstr("\"n\": 2"));
  EXPECT_EQ(StoredApp(orders_.app.id).git_state->folder, "apps/billing");
  EXPECT_TRUE(remote_.FsckClean());
}

TEST_F(ForeignChangesTest, PullFollowsTheRenamedFolderAndKeepsTheEdit) {
  Elsewhere("git mv apps/orders apps/billing");
  EXPECT_TRUE(Updates(orders_.app.id)->update_available);
  Edit(orders_.version, kEditedApp);

  const auto pulled = Pull(orders_.app.id);

  ASSERT_OK(pulled);
  EXPECT_FALSE(pulled->changed);
  EXPECT_EQ(StoredApp(orders_.app.id).git_state->folder, "apps/billing");
  EXPECT_EQ(DefinitionOf(orders_.version.id), kEditedApp);
  ASSERT_OK(Push(orders_, "ours"));
  EXPECT_THAT(remote_.File("master", "apps/billing/definition/pages/cart.json"),
              HasSubstr("\"n\": 2"));
}

TEST_F(ForeignChangesTest, RenamedAndChangedFolderIsMergedInto) {
  Elsewhere(
      "git mv apps/orders apps/billing; sed -i 's/\"n\": 1/\"n\": 7/' "
      "apps/billing/definition/pages/home.json");
  Edit(orders_.version, kEditedApp);

  EXPECT_THAT(Pull(orders_.app.id),
              StatusIs(absl::StatusCode::kAborted, reason::kLocalChanges));
  ASSERT_OK(Push(orders_, "ours"));

  EXPECT_THAT(DefinitionOf(orders_.version.id), HasSubstr("\"n\": 7"));
  EXPECT_THAT(DefinitionOf(orders_.version.id), HasSubstr("\"n\": 2"));
}

TEST_F(ForeignChangesTest, FolderThatAnotherAppTookIsNotOverwritten) {
  Elsewhere(
      "sed -i 's/\"git_app_id\": \".*\"/\"git_app_id\": \"another\"/' "
      "apps/orders/app.json");
  Edit(orders_.version, kEditedApp);

  for (const bool force : {false, true}) {
    EXPECT_THAT(Push(orders_, "ours", force),
                StatusIs(absl::StatusCode::kAlreadyExists, reason::kGitFolderTaken));
  }
  EXPECT_THAT(Manifest(), HasSubstr("\"another\""));
}

TEST_F(ForeignChangesTest, DeletedFolderIsSaidAndPutBackByForce) {
  Elsewhere("git rm -rq apps/orders; touch README.md");
  // Without an edit too.
  EXPECT_EQ(ReasonOf(Push(orders_, "x").status()), reason::kGitAppDeleted);
  Edit(orders_.version, kEditedApp);

  EXPECT_TRUE(Updates(orders_.app.id)->deleted);
  for (const absl::Status& status :
       {Pull(orders_.app.id).status(), Push(orders_, "x").status(),
        Promote(orders_.app.id).status()}) {
    EXPECT_EQ(ReasonOf(status), reason::kGitAppDeleted) << status;
    EXPECT_EQ(MetadataOf(status, "folder"), "apps/orders");
    EXPECT_THAT(std::string(status.message()), HasSubstr("with force to put it back"));
  }
  ASSERT_OK(Push(orders_, "back", /*force=*/true));

  EXPECT_FALSE(Updates(orders_.app.id)->deleted);
  EXPECT_FALSE(Pull(orders_.app.id)->changed);
}

TEST_F(ForeignChangesTest, BrokenAppJsonIsNamedAndNotTakenForDeleted) {
  Elsewhere(
      "printf 'version https://git-lfs.github.com/spec/v1\\n' > "
      "apps/orders/app.json");

  const auto pulled = Pull(orders_.app.id);

  EXPECT_THAT(pulled, StatusIs(absl::StatusCode::kFailedPrecondition,
                               reason::kInvalidGitContent));
  EXPECT_THAT(std::string(pulled.status().message()), HasSubstr("Git LFS pointer"));
  EXPECT_FALSE(Updates(orders_.app.id)->deleted);
}

TEST_F(ForeignChangesTest, StrayFilesAreNoChangeAndStay) {
  Elsewhere(
      "cd apps/orders/definition; touch .DS_Store pages/.gitkeep "
      "pages/home.json~ pages/Thumbs.db; echo '*.json eol=lf' > .gitattributes");
  const std::vector<std::string> before = Paths();

  const auto pulled = Pull(orders_.app.id);
  ASSERT_OK(pulled);
  EXPECT_FALSE(pulled->changed);
  Edit(orders_.version, kEditedApp);
  const auto pushed = Push(orders_, "ours");

  ASSERT_OK(pushed);
  EXPECT_THAT(pushed->files, IsEmpty());
  EXPECT_EQ(Paths(), before);
}

TEST_F(ForeignChangesTest, StrayFilesThatWereNotPulledAreNoConflict) {
  Elsewhere("touch apps/orders/definition/pages/.gitkeep");
  Edit(orders_.version, R"({"x":1})");

  const auto pushed = Push(orders_, "ours");

  ASSERT_OK(pushed);
  EXPECT_THAT(pushed->files, IsEmpty());
  EXPECT_THAT(Paths(), Contains("apps/orders/definition/pages/.gitkeep"));
  EXPECT_FALSE(Pull(orders_.app.id)->changed);
}

}  // namespace
}  // namespace gitsync
