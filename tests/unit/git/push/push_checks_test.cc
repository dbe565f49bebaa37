// Pushes into repositories whose other content is in their way.

#include "absl/strings/match.h"
#include "server/base/error.h"
#include "server/base/reason.h"
#include "tests/unit/git/engine_fixture.h"

namespace gitsync {
namespace {

using ::testing::AnyOf;
using ::testing::HasSubstr;

class PushChecksTest : public EngineTest {
 protected:
  absl::Status PushInto(const std::string& folder) {
    PushRequest request = Request({{"app.json", "{}\n"},
                                   {"definition/alpha/a.json", "{}\n"},
                                   {"definition/pages/home.json", "{}\n"}});
    request.folder = folder;
    request.is_others = [](absl::string_view path) {
      return absl::EndsWith(path, ".gitattributes");
    };
    return Push(request).status();
  }

  // The filter that git applies to a file of the branch, or to one that it would have.
  std::string FilterAt(const std::string& path) const {
    const std::string told =
        Sh(absl::StrCat("rm -rf clone && git clone -q remote.git clone 2>&1 && ",
                        "git -C clone check-attr filter ", path));
    return told.substr(told.rfind(' ') + 1);
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
           // Beside the folder of the last file, and not in that of any.
           Row{"i", "apps/i/.gitattributes", "app.json filter=lfs", "lfs"},
           Row{"j", "apps/j/definition/alpha/.gitattributes", "*.json filter=lfs",
               "lfs"},
           Row{"k", "apps/k/definition/beta/.gitattributes", "*.json filter=lfs",
               nullptr},
           // Macros.
           Row{"l", ".gitattributes", "[attr]lfs filter=lfs -text\n*.json lfs", "lfs"},
           Row{"m", ".gitattributes", "*.json lfs\n[attr]lfs filter=lfs", "lfs"},
           Row{"n", "apps/n/.gitattributes", "[attr]lfs filter=lfs\n*.json lfs",
               nullptr},
           Row{"o", ".gitattributes",
               "[attr]lfs filter=lfs\n[attr]big lfs\n[attr]all big\n*.json all", "lfs"},
           Row{"p", ".gitattributes",
               "*.json all\n[attr]all big\n[attr]big lfs\n  [attr]lfs filter=lfs",
               "lfs"},
           Row{"levels", ".gitattributes",
               "[attr]all big\n[attr]lfs filter=lfs\n[attr]big lfs\n*.json all", "lfs"},
           Row{"redefined", ".gitattributes",
               "[attr]lfs -text\n[attr]lfs filter=lfs\n*.json lfs", "lfs"},
           Row{"no-macro", ".gitattributes", "[attr] lfs filter=lfs\n*.json lfs",
               nullptr},
           Row{"q", ".gitattributes", "[attr]loop loop2\n[attr]loop2 loop\n*.json loop",
               nullptr},
           Row{"r", ".gitattributes", "[attr]lfs filter=lfs\n*.png lfs", nullptr},
           Row{"s", ".gitattributes", "[attr]lfs filter=lfs\n*.json lfs=x", nullptr},
           Row{"t", ".gitattributes", "[attr]lfs filter=lfs\n*.json lfs -filter",
               nullptr},
           Row{"u", ".gitattributes",
               "[attr]lfs filter=lfs\n*.json lfs\napps/u/** -filter", nullptr},
           Row{"v", ".gitattributes", "[attr]raw -filter\n*.json filter=x\n*.json raw",
               nullptr},
           Row{"w", ".gitattributes", "[attr]binary filter=lfs\n*.json binary", "lfs"},
           Row{"x", ".gitattributes", "*.json binary", nullptr},
           // What the rows before defined is forgotten.
           Row{"y", ".gitattributes", "*.json lfs", nullptr},
           Row{"z", ".gitattributes", "[attr]lfs\n*.json lfs", nullptr},
       }) {
    SCOPED_TRACE(row.name);
    CommitFromElsewhere(".gitattributes", "-");
    CommitFromElsewhere(row.attributes_file, row.attributes);
    const std::string folder = absl::StrCat("apps/", row.name);

    const absl::Status status = PushInto(folder);

    const std::string judged = MetadataOf(status, "file");
    const std::string by_git =
        FilterAt(judged.empty() ? absl::StrCat(folder, "/app.json") : judged);
    if (row.filter == nullptr) {
      EXPECT_OK(status) << row.attributes;
      EXPECT_THAT(by_git, AnyOf("unset", "unspecified"));
    } else {
      EXPECT_THAT(status, StatusIs(absl::StatusCode::kFailedPrecondition,
                                   reason::kGitFilteredFiles))
          << row.attributes;
      EXPECT_EQ(MetadataOf(status, "filter"), row.filter);
      EXPECT_EQ(by_git, row.filter);
      EXPECT_THAT(MetadataOf(status, "file"), HasSubstr("apps/"));
    }
  }
}

// The root defines them below the folder as well.
TEST_F(PushChecksTest, MacroOfTheRootCountsInFoldersBelow) {
  CommitFromElsewhere(".gitattributes", "[attr]lfs filter=lfs");
  CommitFromElsewhere("apps/orders/definition/.gitattributes", "*.json lfs");

  const absl::Status status = PushInto("apps/orders");

  EXPECT_THAT(status, StatusIs(absl::StatusCode::kFailedPrecondition,
                               reason::kGitFilteredFiles));
  EXPECT_EQ(FilterAt(MetadataOf(status, "file")), "lfs");
  EXPECT_EQ(FilterAt("apps/orders/app.json"), "unspecified");
}

// libgit2 does not take back what a macro stands for; what the error advises does.
TEST_F(PushChecksTest, MacroThatIsTakenBackIsRefusedUntilItsFilterIs) {
  for (const std::string how : {"-", "!"}) {
    SCOPED_TRACE(how);
    const std::string folder = how == "-" ? "apps/unset" : "apps/unspecified";
    const std::string attributes =
        absl::StrCat("[attr]lfs filter=lfs\n*.json lfs\n*.json ", how, "lfs");
    CommitFromElsewhere(".gitattributes", attributes);

    const absl::Status refused = PushInto(folder);

    EXPECT_THAT(refused, StatusIs(absl::StatusCode::kFailedPrecondition,
                                  reason::kGitFilteredFiles));
    const std::string advice = absl::StrCat(folder, "/** -filter");
    EXPECT_THAT(refused.message(), HasSubstr(absl::StrCat("\"", advice, "\"")));
    CommitFromElsewhere(".gitattributes", absl::StrCat(attributes, "\n", advice));
    EXPECT_OK(PushInto(folder));
  }
}

}  // namespace
}  // namespace gitsync
