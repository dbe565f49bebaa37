#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "server/base/error.h"
#include "server/base/reason.h"
#include "server/format/definition.h"
#include "tests/unit/sync/sync_harness.h"

namespace gitsync {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr char kDefinition[] =
    R"({"z":1e400,"a":0.1000,"big":9223372036854775808,"neg":-0,"é":"ü\u0000"})";

// A second organization with a copy of an app that the first one pushed.
class PullTest : public SyncTest {
 protected:
  void SetUp() override {
    SyncTest::SetUp();
    orders_ = AddAppWith(dev_, "Orders", kDefinition);
    ASSERT_OK(Push(orders_, "first"));
    staging_ = AddOrganization("Staging");
    Connect(staging_);
    const auto created = CreateFromGit(staging_, orders_.app.git_app_id);
    ASSERT_OK(created);
    copy_ = {StoredApp(created->app_id), StoredVersion(created->version_id)};
  }

  void PushChange(const std::string& definition) {
    Edit(orders_.version, definition);
    ASSERT_OK(Push(orders_, "change"));
  }

  NewApp orders_;
  std::string staging_;
  NewApp copy_;
};

TEST_F(PullTest, CreatedAppHasTheSameDefinitionAndIsNotEditable) {
  EXPECT_EQ(copy_.app.name, "Orders");
  EXPECT_FALSE(copy_.app.editable);
  EXPECT_EQ(copy_.app.git_app_id, orders_.app.git_app_id);
  EXPECT_EQ(copy_.version.name, "v1");
  EXPECT_EQ(DefinitionOf(copy_.version.id), *CanonicalJson(kDefinition));
}

TEST_F(PullTest, CreatingTwiceIsRefused) {
  EXPECT_THAT(CreateFromGit(staging_, orders_.app.git_app_id),
              StatusIs(absl::StatusCode::kAlreadyExists, reason::kGitAppExists));
}

TEST_F(PullTest, NameThatIsTakenIsRefusedUnlessRenamed) {
  const std::string other = AddOrganization("Other");
  Connect(other);
  AddApp(other, "Orders");

  EXPECT_THAT(CreateFromGit(other, orders_.app.git_app_id),
              StatusIs(absl::StatusCode::kAlreadyExists, reason::kAppNameTaken));
  const auto renamed =
      CreateFromGit(other, orders_.app.git_app_id, "master", "Orders of dev");
  ASSERT_OK(renamed);
  EXPECT_EQ(StoredApp(renamed->app_id).name, "Orders of dev");
}

TEST_F(PullTest, UnknownRefAndAppAreNamed) {
  const std::string other = AddOrganization("Other");
  Connect(other);

  EXPECT_THAT(CreateFromGit(other, orders_.app.git_app_id, "no-such-branch"),
              StatusIs(absl::StatusCode::kNotFound, reason::kGitRefNotFound));
  EXPECT_THAT(CreateFromGit(other, "no-such-app"),
              StatusIs(absl::StatusCode::kNotFound, reason::kGitAppNotFound));
}

TEST_F(PullTest, TagAndCommitAreRefsToo) {
  const std::string first = remote_.Head();
  remote_.Git({"tag", "v1.0", "master"});
  PushChange("{}");
  const std::string other = AddOrganization("Other");
  Connect(other);

  const auto from_tag = CreateFromGit(other, orders_.app.git_app_id, "v1.0");

  ASSERT_OK(from_tag);
  EXPECT_EQ(from_tag->commit_id, first);
  const std::string third = AddOrganization("Third");
  Connect(third);
  const auto from_commit =
      CreateFromGit(third, orders_.app.git_app_id, first.substr(0, 10));
  ASSERT_OK(from_commit);
  EXPECT_EQ(from_commit->commit_id, first);
}

TEST_F(PullTest, ChangeIsTakenAndThenUpToDate) {
  PushChange(R"({"new":true})");

  const auto pulled = Pull(copy_.app.id);

  ASSERT_OK(pulled);
  EXPECT_TRUE(pulled->changed);
  EXPECT_EQ(pulled->commit_id, remote_.Head());
  EXPECT_EQ(DefinitionOf(copy_.version.id), "{\n  \"new\": true\n}\n");
  const auto again = Pull(copy_.app.id);
  ASSERT_OK(again);
  EXPECT_FALSE(again->changed);
}

TEST_F(PullTest, UnpushedChangesAreAConflictUnlessOverwritten) {
  PushChange(R"({"new":true})");
  Edit(copy_.version, R"({"local":true})");

  EXPECT_THAT(Pull(copy_.app.id),
              StatusIs(absl::StatusCode::kAborted, reason::kLocalChanges));
  EXPECT_EQ(DefinitionOf(copy_.version.id), R"({"local":true})");

  ASSERT_OK(Pull(copy_.app.id, /*overwrite=*/true));
  EXPECT_EQ(DefinitionOf(copy_.version.id), "{\n  \"new\": true\n}\n");
}

TEST_F(PullTest, NewVersionNameMakesANewVersion) {
  const VersionRow v2 = AddVersionTo(orders_.app, "v2", R"({"two":2})");
  ASSERT_OK(Push({orders_.app, v2}, "second version"));

  const auto pulled = Pull(copy_.app.id);

  ASSERT_OK(pulled);
  EXPECT_NE(pulled->version_id, copy_.version.id);
  EXPECT_EQ(StoredVersion(pulled->version_id).name, "v2");
  EXPECT_EQ(DefinitionOf(copy_.version.id), *CanonicalJson(kDefinition));
}

TEST_F(PullTest, BrokenFileIsNamedAndChangesNothing) {
  remote_.CommitFromElsewhere("apps/orders/definition/definition.json",
                              "{\n \"a\": }\n", "break it");

  const auto pulled = Pull(copy_.app.id);

  EXPECT_THAT(pulled, StatusIs(absl::StatusCode::kFailedPrecondition,
                               reason::kInvalidGitContent));
  EXPECT_EQ(MetadataOf(pulled.status(), "file"), "definition/definition.json");
  EXPECT_THAT(std::string(pulled.status().message()), HasSubstr("line 2"));
  EXPECT_EQ(DefinitionOf(copy_.version.id), *CanonicalJson(kDefinition));
}

TEST_F(PullTest, NamesThatNoVersionMayHaveAreRefused) {
  const std::string manifest = remote_.Git({"show", "master:apps/orders/app.json"});
  for (const std::string& name : {std::string("v1\\n\\nGitSync-App: other"),
                                  std::string("v1\\u0000x"), std::string(101, 'v')}) {
    remote_.CommitFromElsewhere(
        "apps/orders/app.json",
        absl::StrReplaceAll(manifest, {{"\"v1\"", absl::StrCat("\"", name, "\"")}}),
        "rename");

    const auto pulled = Pull(copy_.app.id);

    EXPECT_THAT(pulled, StatusIs(absl::StatusCode::kFailedPrecondition,
                                 reason::kInvalidGitContent))
        << name;
    EXPECT_EQ(MetadataOf(pulled.status(), "file"), "apps/orders/app.json");
  }
}

TEST_F(PullTest, DefinitionThatIsLargerIndentedIsUpToDateAfterItsPush) {
  // Each of the numbers gets a line of its own, far to the right.
  std::string numbers = "1";
  for (int i = 0; i < 250'000; ++i) absl::StrAppend(&numbers, ",1");
  const std::string deep =
      absl::StrCat("{\"a\":", std::string(80, '['), numbers, std::string(80, ']'), "}");
  PushChange(deep);
  ASSERT_OK(Pull(copy_.app.id));

  const auto again = Pull(copy_.app.id);

  ASSERT_OK(again);
  EXPECT_FALSE(again->changed);
}

TEST_F(PullTest, UpdatesAreListedUntilPulled) {
  EXPECT_FALSE(Updates(copy_.app.id)->update_available);
  PushChange(R"({"new":true})");
  remote_.CommitFromElsewhere("README.md", "unrelated", "unrelated");

  const auto updates = Updates(copy_.app.id);

  ASSERT_OK(updates);
  EXPECT_TRUE(updates->update_available);
  ASSERT_THAT(updates->commits, SizeIs(1));
  EXPECT_THAT(updates->commits[0].message, HasSubstr("change"));
  EXPECT_FALSE(updates->diverged);
  ASSERT_OK(Pull(copy_.app.id));
  EXPECT_FALSE(Updates(copy_.app.id)->update_available);
}

TEST_F(PullTest, UpdatesComeInPages) {
  const auto messages = [](const UpdatesResult& page) {
    std::vector<std::string> subjects;
    for (const CommitInfo& commit : page.commits) {
      subjects.push_back(std::string(absl::StripAsciiWhitespace(commit.message)));
    }
    return subjects;
  };
  const auto change = [this](const std::string& subject) {
    remote_.CommitFromElsewhere("apps/orders/definition/definition.json",
                                absl::StrCat("{\"s\":\"", subject, "\"}\n"), subject);
  };
  for (int i = 1; i <= 5; ++i) change(absl::StrCat("change ", i));
  remote_.CommitFromElsewhere("README.md", "unrelated", "unrelated");

  const auto first = Updates(copy_.app.id, 2);
  ASSERT_OK(first);
  EXPECT_TRUE(first->update_available);
  EXPECT_THAT(messages(*first), ElementsAre("change 5", "change 4"));
  EXPECT_EQ(first->total_count, 5);
  // What happens in between does not move the pages.
  change("change 6");
  ASSERT_OK(Pull(copy_.app.id));
  const auto second = Updates(copy_.app.id, 2, first->next_page_token);
  ASSERT_OK(second);
  EXPECT_TRUE(second->update_available);
  EXPECT_THAT(messages(*second), ElementsAre("change 3", "change 2"));
  EXPECT_EQ(second->total_count, 5);
  EXPECT_EQ(second->latest_commit_id, first->latest_commit_id);
  EXPECT_EQ(second->synced_commit_id, first->synced_commit_id);
  const auto third = Updates(copy_.app.id, 2, second->next_page_token);
  ASSERT_OK(third);
  EXPECT_THAT(messages(*third), ElementsAre("change 1"));
  EXPECT_EQ(third->next_page_token, "");

  const auto after = Updates(copy_.app.id);
  ASSERT_OK(after);
  EXPECT_FALSE(after->update_available);
  EXPECT_EQ(after->total_count, 0);
  EXPECT_EQ(after->next_page_token, "");
}

TEST_F(PullTest, UpdatesTokenIsOfOneListing) {
  const NewApp billing = AddAppWith(dev_, "Billing", "{}");
  ASSERT_OK(Push(billing, "billing"));
  for (int i = 0; i < 3; ++i) PushChange(absl::StrCat("{\"n\":", i, "}"));
  const auto page = Updates(copy_.app.id, 1);
  ASSERT_OK(page);
  const std::string token = page->next_page_token;
  ASSERT_NE(token, "");
  EXPECT_OK(Updates(copy_.app.id, 1, token));

  std::string text;
  ASSERT_TRUE(absl::WebSafeBase64Unescape(token, &text));
  const std::string ids = text.substr(0, 80);
  const std::string& id = orders_.app.git_app_id;
  for (const std::string& bad :
       {std::string("forged"), absl::WebSafeBase64Escape(text.substr(0, 79)),
        absl::WebSafeBase64Escape(ids),
        absl::WebSafeBase64Escape(absl::StrCat(ids, "0/", id)),
        absl::WebSafeBase64Escape(absl::StrCat(ids, "-1/", id)),
        absl::WebSafeBase64Escape(absl::StrCat(ids, "99999999999/", id)),
        absl::WebSafeBase64Escape(absl::StrCat(ids, "1/other")),
        absl::WebSafeBase64Escape(absl::StrCat(std::string(80, 'x'), "1/", id))}) {
    EXPECT_THAT(Updates(copy_.app.id, 1, bad),
                StatusIs(absl::StatusCode::kInvalidArgument, reason::kInvalidPageToken))
        << bad;
  }
  EXPECT_THAT(Updates(billing.app.id, 1, token),
              StatusIs(absl::StatusCode::kInvalidArgument, reason::kInvalidPageToken));
  // Commits that nobody has.
  EXPECT_THAT(
      Updates(copy_.app.id, 1,
              absl::WebSafeBase64Escape(absl::StrCat(std::string(80, 'a'), "1/", id))),
      StatusIs(absl::StatusCode::kNotFound, reason::kGitRefNotFound));
}

TEST_F(PullTest, PageOfUpdatesIsNeverLarge) {
  const std::string message(4096, 'm');
  std::string commit = remote_.CommitFromElsewhere(
      "apps/orders/definition/definition.json", "{}\n", message);
  const std::string trees[] = {remote_.Git({"rev-parse", "master~1^{tree}"}),
                               remote_.Git({"rev-parse", "master^{tree}"})};
  for (int i = 0; i < 999; ++i) {
    commit = remote_.Git({"commit-tree", trees[i % 2], "-p", commit, "-m", message});
  }
  remote_.Git({"update-ref", "refs/heads/master", commit});

  const auto page = Updates(copy_.app.id, 1000);

  ASSERT_OK(page);
  EXPECT_EQ(page->total_count, 1000);
  EXPECT_LE(page->commits.size(), (3u << 20) / 4096);
  const auto rest = Updates(copy_.app.id, 1000, page->next_page_token);
  ASSERT_OK(rest);
  EXPECT_EQ(page->commits.size() + rest->commits.size(), 1000u);
  EXPECT_EQ(rest->next_page_token, "");
}

TEST_F(PullTest, RewrittenHistoryIsDivergence) {
  remote_.CommitFromElsewhere("README.md", "one", "one");
  PushChange(R"({"new":true})");
  ASSERT_OK(Pull(copy_.app.id));
  remote_.Git({"update-ref", "refs/heads/master", "master~1"});
  remote_.CommitFromElsewhere("apps/orders/definition/definition.json", "{}\n",
                              "rewritten");

  const auto updates = Updates(copy_.app.id);

  ASSERT_OK(updates);
  EXPECT_TRUE(updates->diverged);
  EXPECT_TRUE(updates->update_available);
}

TEST_F(PullTest, PromotionPullsThenReleasesInEveryEnvironment) {
  PushChange(R"({"new":true})");

  const auto promoted = Promote(copy_.app.id);

  ASSERT_OK(promoted);
  EXPECT_TRUE(promoted->changed);
  EXPECT_EQ(promoted->environment, "production");
  for (const char* environment : {"development", "staging", "production"}) {
    const auto release = Read([&](const Transaction& tx) {
      return tx.releases().Get(copy_.app.id, environment);
    });
    ASSERT_OK(release);
    EXPECT_EQ(release->version_id, copy_.version.id);
    EXPECT_EQ(release->definition_hash, Stored(copy_.version).definition_hash);
  }
  EXPECT_EQ(Stored(copy_.version).environment, "production");
  const auto again = Promote(copy_.app.id);
  ASSERT_OK(again);
  EXPECT_FALSE(again->changed);
}

TEST_F(PullTest, PromotionToStagingLeavesProductionAlone) {
  ASSERT_OK(Promote(copy_.app.id, "staging"));

  EXPECT_OK(Read([&](const Transaction& tx) {
    return tx.releases().Get(copy_.app.id, "staging");
  }));
  EXPECT_THAT(Read([&](const Transaction& tx) {
                return tx.releases().Get(copy_.app.id, "production");
              }),
              HasCode(absl::StatusCode::kNotFound));
  EXPECT_THAT(Promote(copy_.app.id, "moon"),
              StatusIs(absl::StatusCode::kNotFound, reason::kEnvironmentNotFound));
}

TEST_F(PullTest, ReleaseKeepsWhatWasPromoted) {
  ASSERT_OK(Promote(copy_.app.id));
  PushChange(R"({"new":true})");
  ASSERT_OK(Pull(copy_.app.id));

  const auto live = Read([&](const Transaction& tx) -> absl::StatusOr<std::string> {
    ASSIGN_OR_RETURN(const ReleaseRow row,
                     tx.releases().Get(copy_.app.id, "production"));
    return tx.versions().GetDefinition(row.definition_hash);
  });

  ASSERT_OK(live);
  EXPECT_EQ(*live, *CanonicalJson(kDefinition));
}

TEST_F(PullTest, PromotionWithoutGitTakesTheLatestVersion) {
  const std::string plain = AddOrganization("Plain");
  const NewApp app = AddAppWith(plain, "App", "{}");

  const auto promoted = Promote(app.app.id);

  ASSERT_OK(promoted);
  EXPECT_EQ(promoted->version_id, app.version.id);
  EXPECT_THAT(
      Promote(AddApp(plain, "Empty").id),
      StatusIs(absl::StatusCode::kFailedPrecondition, reason::kNothingToPromote));
}

TEST_F(PullTest, ListingShowsAppsInPages) {
  ASSERT_OK(Push(AddAppWith(dev_, "Billing", "{}"), "billing"));
  ListGitAppsInput input;
  input.organization_id = staging_;
  input.page_size = 1;

  const auto list = [&] {
    return Await<ListGitAppsResult>([&](auto done) {
      service_->ListGitApps(Viewer(staging_), input, Context(), done);
    });
  };
  const auto first = list();
  ASSERT_OK(first);
  ASSERT_THAT(first->apps, SizeIs(1));
  EXPECT_EQ(first->apps[0].name, "Billing");
  EXPECT_THAT(first->apps[0].last_commit.message, HasSubstr("billing"));
  // A commit in between does not move the pages.
  PushChange(R"({"new":true})");
  input.page_token = first->next_page_token;
  const auto second = list();

  ASSERT_OK(second);
  ASSERT_THAT(second->apps, SizeIs(1));
  EXPECT_EQ(second->apps[0].git_app_id, orders_.app.git_app_id);
  EXPECT_EQ(second->next_page_token, "");
  EXPECT_EQ(second->commit_id, first->commit_id);
  input.page_token = "forged";
  EXPECT_THAT(list(),
              StatusIs(absl::StatusCode::kInvalidArgument, reason::kInvalidPageToken));
}

}  // namespace
}  // namespace gitsync
