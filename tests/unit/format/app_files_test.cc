#include "server/format/app_files.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "server/base/error.h"
#include "server/base/reason.h"
#include "server/format/definition.h"
#include "tests/support/status_matchers.h"

namespace gitsync {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

const AppManifest kManifest = {"id-1", "Orders", "orders", "v1"};

FileMap Write(absl::string_view definition) {
  const absl::StatusOr<FileMap> files = WriteApp(kManifest, definition);
  EXPECT_TRUE(files.ok()) << files.status();
  return files.ok() ? *files : FileMap();
}

std::vector<std::string> Paths(const FileMap& files) {
  std::vector<std::string> paths;
  for (const auto& [path, text] : files) paths.push_back(path);
  return paths;
}

// Paths of the files that differ between two forms of an app.
std::vector<std::string> Changed(const FileMap& before, const FileMap& after) {
  std::vector<std::string> changed;
  for (const auto& [path, text] : after) {
    const auto old = before.find(path);
    if (old == before.end() || old->second != text) changed.push_back(path);
  }
  for (const auto& [path, text] : before) {
    if (after.count(path) == 0) changed.push_back(path);
  }
  return changed;
}

void ExpectRoundTrip(const std::string& definition) {
  ASSERT_OK_AND_ASSIGN(const FileMap files, WriteApp(kManifest, definition));
  ASSERT_OK_AND_ASSIGN(const AppContent content, ReadApp(files));
  ASSERT_OK_AND_ASSIGN(const std::string canonical, CanonicalJson(definition));
  EXPECT_EQ(content.definition, canonical) << definition;
}

// Expects that reading fails, and blames `file` with a message that has `words`.
void ExpectInvalid(const FileMap& files, const std::string& file,
                   const std::string& words) {
  const absl::Status status = ReadApp(files).status();
  EXPECT_THAT(status, StatusIs(absl::StatusCode::kFailedPrecondition,
                               reason::kInvalidGitContent));
  EXPECT_EQ(MetadataOf(status, "file"), file);
  EXPECT_THAT(std::string(status.message()), HasSubstr(words));
}

constexpr char kPages[] = R"({"title":"x","pages":[
  {"name":"Home","components":[{"id":"b2","n":1},{"id":"a1","n":2}]},
  {"name":"About us","components":[]}]})";

TEST(WriteAppTest, WritesManifestWithSortedKeys) {
  EXPECT_EQ(
      Write("{}").at("app.json"),
      "{\n  \"format\": 1,\n  \"git_app_id\": \"id-1\",\n  \"name\": \"Orders\",\n"
      "  \"slug\": \"orders\",\n  \"version\": \"v1\"\n}\n");
}

TEST(WriteAppTest, SplitsTwoLevels) {
  const FileMap files = Write(kPages);

  EXPECT_THAT(Paths(files), ElementsAre("app.json", "definition/definition.json",
                                        "definition/pages/_order.json",
                                        "definition/pages/about-us.json",
                                        "definition/pages/home.json",
                                        "definition/pages/home/components/_order.json",
                                        "definition/pages/home/components/a1.json",
                                        "definition/pages/home/components/b2.json"));
  EXPECT_EQ(files.at("definition/definition.json"), "{\n  \"title\": \"x\"\n}\n");
  EXPECT_EQ(files.at("definition/pages/_order.json"),
            "[\n  \"home\",\n  \"about-us\"\n]\n");
  EXPECT_EQ(files.at("definition/pages/home.json"), "{\n  \"name\": \"Home\"\n}\n");
  EXPECT_EQ(files.at("definition/pages/home/components/a1.json"),
            "{\n  \"id\": \"a1\",\n  \"n\": 2\n}\n");
  ExpectRoundTrip(kPages);
}

TEST(WriteAppTest, ThirdLevelStaysInline) {
  const FileMap files =
      Write(R"({"a":[{"id":"1","b":[{"id":"2","c":[{"id":"3"}]}]}]})");
  EXPECT_THAT(files.at("definition/a/1/b/2.json"), HasSubstr("\"c\": ["));
}

TEST(WriteAppTest, ChangedComponentChangesOneFile) {
  std::string other = kPages;
  other.replace(other.find("\"n\":1"), 5, "\"n\":7");
  EXPECT_THAT(Changed(Write(kPages), Write(other)),
              ElementsAre("definition/pages/home/components/b2.json"));
}

TEST(WriteAppTest, AddedPageChangesItsFilesAndTheOrder) {
  std::string other = kPages;
  other.insert(other.rfind("]}"), R"(,{"name":"New"})");
  const FileMap before = Write(kPages);
  const FileMap after = Write(other);

  EXPECT_THAT(Changed(before, after),
              ElementsAre("definition/pages/_order.json", "definition/pages/new.json"));
  EXPECT_EQ(after.at("definition/pages/_order.json"),
            "[\n  \"home\",\n  \"about-us\",\n  \"new\"\n]\n");
}

TEST(WriteAppTest, StemsDoNotDependOnTheOrder) {
  const FileMap one = Write(R"({"p":[{"name":"A b"},{"name":"a-B"},{"name":"c"}]})");
  const FileMap two = Write(R"({"p":[{"name":"c"},{"name":"a-B"},{"name":"A b"}]})");

  EXPECT_EQ(Paths(one), Paths(two));
  EXPECT_THAT(Changed(one, two), ElementsAre("definition/p/_order.json"));
  EXPECT_EQ(one.count("definition/p/c.json"), 1u);
  EXPECT_EQ(one.count("definition/p/a-b.json"), 0u);
}

TEST(WriteAppTest, StemThatIsReservedEmptyOrTakenHasAHash) {
  // First 8 digits of SHA-256, from sha256sum.
  EXPECT_EQ(Write(R"({"p":[{"name":"Con"}]})").count("definition/p/con-3b6f52aa.json"),
            1u);
  EXPECT_EQ(
      Write(R"({"p":[{"name":"../.."}]})").count("definition/p/item-0cfd1c96.json"),
      1u);
}

TEST(WriteAppTest, NameThatImitatesAHashedStemIsKeptApart) {
  // "a-b-..." is what one of the other two would be called.
  const FileMap first = Write(R"({"p":[{"name":"a b"},{"name":"a-b"}]})");
  std::string imitation;
  for (const std::string& path : Paths(first)) {
    if (path.find("/a-b-") != std::string::npos) imitation = path.substr(13);
  }
  imitation.resize(imitation.size() - 5);
  const std::string definition = absl::StrCat(
      R"({"p":[{"name":"a b"},{"name":"a-b"},{"name":")", imitation, "\"}]}");

  EXPECT_EQ(Write(definition).size(), 6u);
  ExpectRoundTrip(definition);
}

TEST(WriteAppTest, PathsAreSafeOnEverySystem) {
  const FileMap files = Write(
      R"({"../x":[{"id":"a"}],"CON":[{"id":"a"}],"_order":[{"id":"a"}],"":[{"id":"a"}],
          "definition":[{"id":"a"}],"git":[{"name":".git"},{"name":"GIT~1"},
          {"name":".g\u200cit"},{"name":"../../etc"},{"name":"a\u0000b"},
          {"name":"com1"}]})");
  for (const auto& [path, text] : files) {
    EXPECT_EQ(path.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-_/."),
              std::string::npos)
        << path;
    EXPECT_EQ(path.find("/."), std::string::npos) << path;
    EXPECT_EQ(path.find("com1.json"), std::string::npos) << path;
  }
  EXPECT_EQ(files.size(), 2u + 1 + 6);
}

TEST(WriteAppTest, KeysThatDifferInCaseStayInline) {
  EXPECT_EQ(Write(R"({"Pages":[{"id":"a"}],"pages":[{"id":"a"}]})").size(), 2u);
}

TEST(WriteAppTest, LongNamesAreCut) {
  const std::string name(200, 'n');
  const FileMap files = Write(absl::StrCat(R"({"p":[{"name":")", name, "\"}]}"));
  EXPECT_EQ(files.count(absl::StrCat("definition/p/", name.substr(0, 60), ".json")),
            1u);
}

TEST(WriteAppTest, ManyMoreElementsThanGitLikesStayInline) {
  std::string definition = "{\"p\":[{\"id\":\"0\"}";
  for (int i = 1; i <= 20000; ++i)
    absl::StrAppend(&definition, ",{\"id\":\"", i, "\"}");
  EXPECT_EQ(Write(definition + "]}").size(), 2u);
}

TEST(WriteAppTest, RefusesWhatIsNoDefinition) {
  EXPECT_THAT(WriteApp(kManifest, "[]"),
              StatusIs(absl::StatusCode::kInvalidArgument, reason::kInvalidDefinition));
}

TEST(RoundTripTest, HostileDefinitionsComeBackEqual) {
  for (const std::string definition : {
           R"({})",
           R"({"a":[],"b":{},"c":[[]],"d":[{}]})",
           R"({"definition":[{"id":"a"}],"_order":[{"id":"a"}],"":[{"id":"x"}]})",
           R"({"p":[{"name":"x"},{"name":"x"}]})",
           R"({"p":[{"name":"x","id":"1"},{"name":"x","id":"2"}]})",
           R"({"p":[{"name":"x"},{"title":"y"}]})",
           R"({"p":[{"name":"x"},{"name":1}]})",
           R"({"p":[{"name":"x"},"x"]})",
           R"({"p":[{"name":""},{"name":"-"},{"name":"\u0000"}]})",
           R"({"p":[{"name":"_order"},{"name":"a","_order":[{"id":"1"}]}]})",
           R"({"p":[{"name":"q"},{"name":"q/r"},{"name":"Q"}]})",
           R"({"p":[{"name":"a","p":[{"name":"a","p":[{"name":"a"}]}]}]})",
           R"({"p\u0061ges":[{"n\u0061me":"\u0061"}],"x":"\ud83d\ude00"})",
           R"({"n":[1e400,0.1000,9223372036854775808,-0,1E+5]})",
           R"({"p":[{"name":"a","k":"}"},{"name":"b","k":"]\\\""}]})",
       }) {
    ExpectRoundTrip(definition);
  }
}

TEST(RoundTripTest, ThousandElementsKeepTheirOrder) {
  std::string definition = "{\"p\":[";
  for (int i = 0; i < 1000; ++i) {
    absl::StrAppend(&definition, i > 0 ? "," : "", "{\"id\":\"", (i * 7919) % 1000,
                    "\"}");
  }
  definition += "]}";
  EXPECT_EQ(Write(definition).size(), 2u + 1 + 1000);
  ExpectRoundTrip(definition);
}

TEST(ReadAppTest, ReturnsTheManifest) {
  ASSERT_OK_AND_ASSIGN(const AppContent content, ReadApp(Write("{}")));
  EXPECT_EQ(content.manifest.git_app_id, "id-1");
  EXPECT_EQ(content.manifest.name, "Orders");
  EXPECT_EQ(content.manifest.slug, "orders");
  EXPECT_EQ(content.manifest.version_name, "v1");
  EXPECT_EQ(content.definition, "{}\n");
}

TEST(ReadAppTest, IgnoresFilesOfOthers) {
  FileMap files = Write("{}");
  files["README.md"] = "hello";
  files["definitions/x"] = "hello";
  EXPECT_OK(ReadApp(files));
}

TEST(ReadAppTest, PassesOverStrayFiles) {
  for (const std::string path :
       {"definition/.DS_Store", "definition/pages/.gitkeep",
        "definition/pages/.gitattributes", "definition/.gitignore",
        "definition/.vscode/settings.json", "definition/pages/home/Thumbs.db",
        "definition/pages/desktop.ini", "definition/pages/._home.json",
        "definition/pages/.home.json.swp", "definition/pages/home.json~",
        "definition/pages/home.json.orig", "definition/pages/home.json.bak",
        "definition/pages/#home.json#", "definition/more/.gitkeep",
        "definition/pages/home/components/x/y/.gitkeep"}) {
    FileMap files = Write(kPages);
    files[path] = std::string("\0\0\0\1Bud1", 8);
    ASSERT_OK_AND_ASSIGN(const AppContent content, ReadApp(files));
    ASSERT_OK_AND_ASSIGN(const std::string canonical, CanonicalJson(kPages));
    EXPECT_EQ(content.definition, canonical) << path;
  }
}

TEST(ReadAppTest, NamesWhatIsNoJson) {
  struct Row {
    std::string text;
    std::string words;
  };
  for (const Row& row : {
           Row{"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n",
               "Git LFS pointer"},
           Row{"<<<<<<< HEAD\n{}\n=======\n{}\n>>>>>>> x\n",
               "line 1, column 1: this is a conflict marker"},
           Row{std::string("\xff\xfe{\0}\0", 6), "this is UTF-16"},
           Row{"\xef\xbb\xbf{}", "byte order mark"},
           Row{std::string("\0GITCRYPT\0\1", 11), "git-crypt"},
       }) {
    FileMap files = Write(kPages);
    files["definition/pages/home.json"] = row.text;
    ExpectInvalid(files, "definition/pages/home.json", row.words);
    files = Write(kPages);
    files["app.json"] = row.text;
    ExpectInvalid(files, "app.json", row.words);
  }
}

TEST(ReadAppTest, AppendsUnlistedFilesByName) {
  FileMap files = Write(R"({"p":[{"id":"b"}]})");
  files["definition/p/c.json"] = "{\"id\":\"c\"}";
  files["definition/p/My Page.json"] = "{\"id\":\"a\"}";
  ASSERT_OK_AND_ASSIGN(const AppContent content, ReadApp(files));
  ASSERT_OK_AND_ASSIGN(const std::string expected,
                       CanonicalJson(R"({"p":[{"id":"b"},{"id":"a"},{"id":"c"}]})"));
  EXPECT_EQ(content.definition, expected);
}

TEST(ReadAppTest, WithoutOrderFileTakesAllByName) {
  FileMap files = Write(R"({"p":[{"id":"b"},{"id":"a"}]})");
  files.erase("definition/p/_order.json");
  ASSERT_OK_AND_ASSIGN(const AppContent content, ReadApp(files));
  ASSERT_OK_AND_ASSIGN(const std::string expected,
                       CanonicalJson(R"({"p":[{"id":"a"},{"id":"b"}]})"));
  EXPECT_EQ(content.definition, expected);
}

TEST(ReadAppTest, EmptyOrderIsAnEmptyArray) {
  FileMap files = Write(R"({"p":[{"id":"b"}]})");
  files.erase("definition/p/b.json");
  files["definition/p/_order.json"] = "[]";
  ASSERT_OK_AND_ASSIGN(const AppContent content, ReadApp(files));
  EXPECT_EQ(content.definition, "{\n  \"p\": []\n}\n");
}

TEST(ReadAppTest, NamesThatDifferByLetterCaseOnlyAreErrors) {
  FileMap files = Write(kPages);
  files["definition/pages/Home.json"] = "{}";
  ExpectInvalid(files, "definition/pages/home.json", "differs from Home.json by");
  files = Write(kPages);
  files["definition/Pages/x.json"] = "{}";
  ExpectInvalid(files, "definition/pages", "differs from Pages by letter case only");
  files = Write(kPages);
  files["definition/pages/home/Components/x.json"] = "{}";
  ExpectInvalid(files, "definition/pages/home/components", "differs from Components");
}

TEST(ReadAppTest, ListedStemWithoutFileIsAnError) {
  FileMap files = Write(R"({"p":[{"id":"b"}]})");
  files.erase("definition/p/b.json");
  ExpectInvalid(files, "definition/p/_order.json",
                "it lists \"b\", but there is no file of this name; remove the entry");
}

TEST(ReadAppTest, StemListedTwiceIsAnError) {
  FileMap files = Write(R"({"p":[{"id":"b"}]})");
  files["definition/p/_order.json"] = R"(["b","b"])";
  ExpectInvalid(files, "definition/p/_order.json", "twice");
}

TEST(ReadAppTest, OrderThatIsNoListOfStringsIsAnError) {
  FileMap files = Write(R"({"p":[{"id":"b"}]})");
  files["definition/p/_order.json"] = "{}";
  ExpectInvalid(files, "definition/p/_order.json", "expected an array");
  files["definition/p/_order.json"] = "[1]";
  ExpectInvalid(files, "definition/p/_order.json", "expected an array");
}

TEST(ReadAppTest, MemberBothInlineAndFolderIsAnError) {
  FileMap files = Write(kPages);
  files["definition/definition.json"] = R"({"p\u0061ges":[]})";
  ExpectInvalid(files, "definition/definition.json", "\"pages\" is also the folder");
  files = Write(kPages);
  files["definition/pages/home.json"] = R"({"name":"Home","components":1})";
  ExpectInvalid(files, "definition/pages/home.json",
                "also the folder definition/pages/home/components");
}

TEST(ReadAppTest, BrokenJsonNamesFileAndPosition) {
  FileMap files = Write(kPages);
  files["definition/pages/home.json"] = "{\n  \"name\": oops}";
  ExpectInvalid(files, "definition/pages/home.json",
                "definition/pages/home.json: line 2, column 11: expected a value");
}

TEST(ReadAppTest, ElementThatIsNoObjectIsAnError) {
  FileMap files = Write(kPages);
  files["definition/pages/home.json"] = "[]";
  ExpectInvalid(files, "definition/pages/home.json", "expected an object");
}

TEST(ReadAppTest, UnknownFilesAreErrors) {
  for (const std::string path :
       {"definition/notes.json", "definition/pages/notes.txt", "definition/pages/.json",
        "definition/../x/y.json", "definition/pages/home/x.json",
        "definition/pages/home/components/a/b.json", "definition/CON/x.json"}) {
    FileMap files = Write(kPages);
    files[path] = "{}";
    ExpectInvalid(files, path, "no place");
  }
}

TEST(ReadAppTest, FolderOfAMissingElementIsAnError) {
  FileMap files = Write(kPages);
  files.erase("definition/pages/home.json");
  files["definition/pages/_order.json"] = "[]";
  ExpectInvalid(files, "definition/pages/home.json", "this file is missing");
}

TEST(ReadAppTest, MissingFilesAreErrors) {
  FileMap files = Write("{}");
  files.erase("definition/definition.json");
  ExpectInvalid(files, "definition/definition.json", "missing");
  ExpectInvalid({}, "app.json", "missing");
}

TEST(ReadAppTest, DepthCountsTheWholeDefinition) {
  FileMap files = Write(R"({"p":[{"id":"a"}]})");
  const auto element = [](int depth) {
    return absl::StrCat("{\"x\":", std::string(depth, '['), std::string(depth, ']'),
                        "}");
  };
  files["definition/p/a.json"] = element(97);
  EXPECT_OK(ReadApp(files));
  files["definition/p/a.json"] = element(98);
  ExpectInvalid(files, "definition/p/a.json", "nested more than 100 deep");
}

TEST(ReadManifestTest, RefusesWhatIsWrong) {
  const auto expect = [](const std::string& json, const std::string& words) {
    const absl::Status status = ReadManifest(json).status();
    EXPECT_THAT(status, StatusIs(absl::StatusCode::kFailedPrecondition,
                                 reason::kInvalidGitContent));
    EXPECT_EQ(MetadataOf(status, "file"), "app.json");
    EXPECT_THAT(std::string(status.message()), HasSubstr(words));
  };
  expect("{", "line 1, column 2");
  expect("{}", "expected a member \"format\"");
  expect(R"({"format":2})", "upgrade the server");
  expect(R"({"format":-1})", "expected a member \"format\"");
  expect(R"({"format":1})", "expected a member \"git_app_id\"");
  expect(R"({"format":1,"git_app_id":"i","name":"","slug":"s","version":"v"})",
         "\"name\" is empty");
  expect(R"({"format":1,"git_app_id":"i","name":"n","slug":"../x","version":"v"})",
         "\"slug\" has to be");
}

TEST(SlugifyTest, MakesNamesFitForPaths) {
  EXPECT_EQ(Slugify("Order Management (2024)"), "order-management-2024");
  EXPECT_EQ(Slugify("--a__b--"), "a-b");
  EXPECT_EQ(Slugify("\xe6\xb3\xa8\xe6\x96\x87"), "zhu-wen");
  EXPECT_EQ(Slugify("Caf\xc3\xa9 \xe2\x82\xac"), "cafe");
  EXPECT_EQ(Slugify("Cafe\xcc\x81"), "cafe");
  EXPECT_EQ(Slugify("\xd0\x97\xd0\xb0\xd0\xba\xd0\xb0\xd0\xb7\xd1\x8b"), "zakazy");
  // Each name of nothing that a path may have has a slug of its own.
  EXPECT_EQ(Slugify("\xf0\x9f\x8e\x89"), "app-6146299c");
  EXPECT_NE(Slugify("!!"), Slugify("??"));
  EXPECT_EQ(Slugify("\xef\xbc\xa3\xef\xbc\xaf\xef\xbc\xae"), "con-app");
  EXPECT_EQ(Slugify("../../.git"), "git");
  EXPECT_EQ(Slugify("NUL"), "nul-app");
  EXPECT_EQ(Slugify(std::string(59, 'a') + "-b"), std::string(59, 'a'));
}

}  // namespace
}  // namespace gitsync
