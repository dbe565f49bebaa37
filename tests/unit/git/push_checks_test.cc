// Pushes into repositories whose other content is in their way.

#include "absl/strings/match.h"
#include "server/base/error.h"
#include "server/base/reason.h"
#include "tests/unit/git/engine_fixture.h"

namespace gitsync {
namespace {

using ::testing::HasSubstr;

class PushChecksTest : public EngineTest {
 protected:
  absl::Status PushInto(const std::string& folder) {
    PushRequest request =
        Request({{"app.json", "{}\n"}, {"definition/pages/home.json", "{}\n"}});
    request.folder = folder;
    request.is_others = [](absl::string_view path) {
      return absl::EndsWith(path, ".gitattributes");
    };
    return Push(request).status();
  }
};

TEST_F(PushChecksTest, FolderThatDiffersByLetterCaseOnlyIsRefused) {
  struct Row {
    const char* there;
    const char* wanted;
    const char* named;
  };
  for (const Row& row : {
           Row{"team/README.md", "Team/apps/orders", "team"},
           Row{"one/Apps/README.md", "one/apps/orders", "one/Apps"},
           Row{"two/apps/Orders/README.md", "two/apps/orders", "two/apps/Orders"},
           Row{"three", "Three/apps/orders", "three"},  // a file
           Row{"Cafe\xcc\x81/x", "Caf\xc3\xa9/apps/orders", "Cafe\xcc\x81"},
       }) {
    CommitFromElsewhere(row.there, "x");
    const std::string tip = TipOf();

    const absl::Status status = PushInto(row.wanted);

    EXPECT_THAT(status,
                StatusIs(absl::StatusCode::kAlreadyExists, reason::kGitFolderTaken))
        << row.wanted;
    EXPECT_EQ(MetadataOf(status, "folder"), row.named);
    EXPECT_EQ(TipOf(), tip);
  }
  EXPECT_OK(PushInto("team/apps/orders"));
}

TEST_F(PushChecksTest, FilesUnderAFilterAreRefused) {
  struct Row {
    const char* name;
    const char* attributes_file;
    const char* attributes;
    const char* filter;  // null: none
  };
  for (const Row& row : {
           Row{"a", ".gitattributes", "*.json filter=lfs diff=lfs merge=lfs -text",
               "lfs"},
           Row{"b", "apps/b/.gitattributes", "*.json filter=git-crypt", "git-crypt"},
           Row{"c", "apps/c/definition/.gitattributes", "pages/** filter=lfs", "lfs"},
           Row{"d", ".gitattributes", "apps/d/** filter=lfs", "lfs"},
           Row{"e", ".gitattributes", "*.png filter=lfs", nullptr},
           Row{"f", ".gitattributes", "*.json text eol=lf", nullptr},
           Row{"g", ".gitattributes", "*.json -filter", nullptr},
           Row{"h", "apps/h/.gitattributes", "*.json filter=lfs\n*.json !filter",
               nullptr},
       }) {
    CommitFromElsewhere(".gitattributes", "# none");
    CommitFromElsewhere(row.attributes_file, row.attributes);

    const absl::Status status = PushInto(absl::StrCat("apps/", row.name));

    if (row.filter == nullptr) {
      EXPECT_OK(status) << row.attributes;
    } else {
      EXPECT_THAT(status, StatusIs(absl::StatusCode::kFailedPrecondition,
                                   reason::kGitFilteredFiles))
          << row.attributes;
      EXPECT_EQ(MetadataOf(status, "filter"), row.filter);
      EXPECT_THAT(MetadataOf(status, "file"), HasSubstr("apps/"));
    }
  }
}

}  // namespace
}  // namespace gitsync
