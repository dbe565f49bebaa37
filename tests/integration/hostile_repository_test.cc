// App folders that nobody should import, in a repository that others write to.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "absl/strings/str_cat.h"
#include "server/base/hex.h"
#include "tests/integration/installation.h"

namespace gitsync {
namespace {

using absl::StatusCode;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

struct Entry {
  std::string mode;
  std::string id;
};
using Tree = std::map<std::string, Entry>;

// Writes objects into a repository as they are, however wrong.
class RawObjects {
 public:
  explicit RawObjects(TestRemote* remote) : remote_(remote) {}

  std::string Write(const std::string& type, const std::string& bytes) {
    WriteTestFile(work_ / "object", bytes);
    return remote_->Git(
        {"hash-object", "-t", type, "--literally", "-w", work_ / "object"});
  }

  Entry File(const std::string& content) { return {"100644", Write("blob", content)}; }

  Entry Folder(const Tree& tree) {
    std::string bytes;
    for (const auto& [name, entry] : tree) {
      absl::StrAppend(&bytes, entry.mode, " ", name);
      bytes.push_back('\0');
      bytes += HexToBytes(entry.id);
    }
    return {"40000", Write("tree", bytes)};
  }

 private:
  TestRemote* const remote_;
  const TempDir work_;
};

// An app's id in git, by its number.
std::string IdOf(int number) {
  return absl::StrCat("00000000-0000-4000-8000-", 100000000000 + number);
}

std::string Manifest(int number) {
  return absl::StrCat("{\"format\":1,\"git_app_id\":\"", IdOf(number),
                      "\",\"name\":\"App ", number, "\",\"slug\":\"app-", number,
                      "\",\"version\":\"v1\"}\n");
}

struct Case {
  const char* what;
  // What the error's `file` and message have in them.
  std::string file;
  std::string words;
  std::function<void(RawObjects&, Tree& app, Tree& definition)> spoil;
};

std::vector<Case> Cases(const std::string& commit) {
  std::vector<Case> cases;
  cases.push_back({"symlink", "pages", "symbolic link",
                   [](RawObjects& raw, Tree&, Tree& definition) {
                     definition["pages"] = {"120000", raw.File("/etc/passwd").id};
                   }});
  cases.push_back({"symlink for the manifest's folder", "notes", "symbolic link",
                   [](RawObjects& raw, Tree& app, Tree&) {
                     app["notes"] = {"120000", raw.File("../../..").id};
                   }});
  cases.push_back(
      {"submodule", "vendored", "submodule", [commit](RawObjects&, Tree& app, Tree&) {
         app["vendored"] = {"160000", commit};
       }});
  for (const char* name : {".git", ".GIT", "git~1", ".git. ", ".git::$INDEX_ALLOCATION",
                           ".g\xe2\x80\x8cit"}) {
    cases.push_back(
        {name, "apps/", "spelling of .git", [name](RawObjects& raw, Tree& app, Tree&) {
           app[name] = raw.Folder({{"config", raw.File("[core]\n")}});
         }});
  }
  cases.push_back(
      {"name that is not UTF-8", "apps/", "UTF-8",
       [](RawObjects& raw, Tree& app, Tree&) { app["caf\xe9"] = raw.File(""); }});
  cases.push_back({"dots", "apps/", "file name", [](RawObjects& raw, Tree& app, Tree&) {
                     app[".."] = raw.Folder({{"x", raw.File("x")}});
                   }});
  cases.push_back({"broken JSON", "definition/definition.json", "line 3",
                   [](RawObjects& raw, Tree&, Tree& definition) {
                     definition["definition.json"] =
                         raw.File("{\n\"a\": 1,\n oops }\n");
                   }});
  cases.push_back({"duplicate keys", "definition/definition.json", "line 1",
                   [](RawObjects& raw, Tree&, Tree& definition) {
                     definition["definition.json"] = raw.File("{\"a\":1,\"a\":2}");
                   }});
  cases.push_back({"not UTF-8", "definition/definition.json", "UTF-8",
                   [](RawObjects& raw, Tree&, Tree& definition) {
                     definition["definition.json"] = raw.File("{\"a\":\"\xff\"}");
                   }});
  cases.push_back({"no definition", "definition/definition.json", "missing",
                   [](RawObjects&, Tree&, Tree& definition) { definition.clear(); }});
  cases.push_back({"file without a place", "definition/pages/x.txt", "no place",
                   [](RawObjects& raw, Tree&, Tree& definition) {
                     definition["pages"] = raw.Folder({{"x.txt", raw.File("x")}});
                   }});
  cases.push_back(
      {"too many folders", "apps/", "deep", [](RawObjects& raw, Tree& app, Tree&) {
         Entry folder = raw.Folder({{"x", raw.File("x")}});
         for (int i = 0; i < 200; ++i) folder = raw.Folder({{"d", folder}});
         app["d"] = folder;
       }});
  return cases;
}

using HostileRepositoryTest = TransportTest;
GITSYNC_OVER_EACH_TRANSPORT(HostileRepositoryTest);

TEST_P(HostileRepositoryTest, EachFaultIsNamedAndNothingIsCreated) {
  Installation gitsync({.transport = GetParam()});
  TestRemote& remote = gitsync.remote();
  RawObjects raw(&remote);
  const std::string start = remote.CommitFromElsewhere("README.md", "x", "Start");
  const std::vector<Case> cases = Cases(start);
  Tree apps;
  for (size_t i = 0; i < cases.size(); ++i) {
    Tree app = {{"app.json", raw.File(Manifest(static_cast<int>(i)))}};
    Tree definition = {{"definition.json", raw.File("{}\n")}};
    cases[i].spoil(raw, app, definition);
    if (!definition.empty()) app["definition"] = raw.Folder(definition);
    apps[absl::StrCat("app-", i)] = raw.Folder(app);
  }
  const Entry root = raw.Folder({{"apps", raw.Folder(apps)}});
  remote.Git({"update-ref", "refs/heads/master",
              remote.Git({"commit-tree", root.id, "-m", "Hostile", "-p", start})});

  for (size_t i = 0; i < cases.size(); ++i) {
    SCOPED_TRACE(cases[i].what);
    const auto imported =
        gitsync.api().Import(gitsync.dev(), IdOf(static_cast<int>(i)));
    EXPECT_THAT(imported,
                StatusIs(StatusCode::kFailedPrecondition, "INVALID_GIT_CONTENT"));
    auto error = client::ErrorOf(imported.status());
    EXPECT_THAT(error.metadata["file"], HasSubstr(cases[i].file));
    EXPECT_THAT(error.message, HasSubstr(cases[i].words));
  }

  ASSERT_OK_AND_ASSIGN(const auto made, gitsync.api().ListApps(gitsync.dev()));
  EXPECT_THAT(made.apps(), IsEmpty());
}

TEST_P(HostileRepositoryTest, BrokenManifestIsListedWithItsFault) {
  Installation gitsync({.transport = GetParam()});
  Api& api = gitsync.api();
  const AppAndVersion app = api.CreateApp(gitsync.dev(), "Shop", "{\"a\":1}");
  ASSERT_OK(api.Push(app, "Add"));
  gitsync.remote().CommitFromElsewhere("apps/broken/app.json", "{\n \"format\": 1,\n",
                                       "Break");

  ASSERT_OK_AND_ASSIGN(const auto listed, api.ListGitApps(gitsync.staging()));

  ASSERT_EQ(listed.apps_size(), 2);
  EXPECT_EQ(listed.apps(0).folder(), "apps/broken");
  EXPECT_THAT(listed.apps(0).error(), HasSubstr("app.json"));
  EXPECT_THAT(listed.apps(0).error(), HasSubstr("line"));
  EXPECT_EQ(listed.apps(1).git_app_id(), app.git_app_id);
  EXPECT_THAT(listed.apps(1).error(), IsEmpty());
}

// A pull of something broken leaves the app as it was.
TEST_P(HostileRepositoryTest, BrokenPullChangesNothing) {
  Installation gitsync({.transport = GetParam()});
  Api& api = gitsync.api();
  const AppAndVersion app = api.CreateApp(gitsync.dev(), "Shop", "{\"a\":1}");
  ASSERT_OK(api.Push(app, "Add"));
  ASSERT_OK_AND_ASSIGN(const auto before, api.GetVersion(app));
  gitsync.remote().CommitFromElsewhere("apps/shop/definition/definition.json",
                                       "{\"a\":2,\n", "Break");

  const auto pulled = api.Pull(app.app_id);
  const auto promoted = api.Promote(app.app_id);

  EXPECT_THAT(pulled, StatusIs(StatusCode::kFailedPrecondition, "INVALID_GIT_CONTENT"));
  EXPECT_THAT(client::ErrorOf(pulled.status()).metadata["file"],
              HasSubstr("definition.json"));
  EXPECT_THAT(promoted,
              StatusIs(StatusCode::kFailedPrecondition, "INVALID_GIT_CONTENT"));
  ASSERT_OK_AND_ASSIGN(const auto after, api.GetVersion(app));
  EXPECT_EQ(after.SerializeAsString(), before.SerializeAsString());
  EXPECT_THAT(api.GetRelease(app.app_id, "production"),
              StatusIs(StatusCode::kNotFound, "RELEASE_NOT_FOUND"));
}

}  // namespace
}  // namespace gitsync
