// Definitions come back equal, as a program that is not ours sees it.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "tests/integration/installation.h"
#include "tests/support/slowness.h"

namespace gitsync {
namespace {

using ::testing::ElementsAre;
using ::testing::SizeIs;

// Reads JSON, keeping each number as it is written, and tells whether two texts have
// the same value.
constexpr char kCompare[] = R"(
import json, sys
sys.setrecursionlimit(10000)
def number(text):
    return ("number", text)
def read(path):
    with open(path, encoding="utf-8") as file:
        return json.load(file, parse_int=number, parse_float=number)
sys.exit(0 if read(sys.argv[1]) == read(sys.argv[2]) else 3)
)";

bool Equal(const std::string& a, const std::string& b) {
  const TempDir folder;
  WriteTestFile(folder / "a", a);
  WriteTestFile(folder / "b", b);
  // Debian's: later ones bound the depth of what they read.
  const CommandResult compared =
      RunCommand({"/usr/bin/python3", "-c", kCompare, folder / "a", folder / "b"});
  EXPECT_TRUE(compared.status == 0 || compared.status == 3) << compared.output;
  return compared.status == 0;
}

std::string Nested(int levels) {
  std::string text;
  for (int i = 0; i < levels; ++i) text += R"({"a":)";
  text += "[]";
  text.append(levels, '}');
  return text;
}

// Short, but more than 40 MiB in canonical form where no sanitizer watches.
std::string DeepAndNarrow() {
  std::string text;
  for (int i = 0; i < 90; ++i) text += R"({"a":)";
  text += "[1";
  for (int i = 0; i < (kSanitized ? 25000 : 250000); ++i) text += ",1";
  return text + "]" + std::string(90, '}');
}

// A definition of `bytes` and a little more, as a platform writes it: pages of
// components that hold long queries.
std::string Large(size_t bytes) {
  std::string text = R"({"pages":[)";
  for (int page = 0; text.size() < bytes; ++page) {
    if (page > 0) text += ",\n";
    absl::StrAppend(&text, R"({"name":"Page )", page, R"(","components":[)");
    for (int i = 0; i < 5; ++i) {
      absl::StrAppend(&text, i > 0 ? "," : "", R"({"id":")", page, "-", i,
                      R"(","width":)", i, R"(.50,"z":-0,"query":")");
      for (int row = 0; row < 1000; ++row) {
        absl::StrAppend(&text, "or id = ", row * page, R"(\n)");
      }
      text += R"("})";
    }
    text += "]}";
  }
  return text + "]}";
}

const std::vector<std::string>& Definitions() {
  static const auto* const definitions = new std::vector<std::string>{
      R"({})",
      R"({"numbers":[1e400,0.1000,9223372036854775808,-0,-0.0,1E+2,123456789012345678901234567890,0e0]})",
      R"({"z":1,"a":2,"order":[3,1,2,[2,1],[]],"m":{"b":1,"a":2}})",
      R"({"empty":[{},[],"",null,false,true],"o":{},"list":[]})",
      R"({"escapes":"\"\\\/\b\f\n\r\t\u0001\u001f\u007f\u2028\ud83d\ude00","":"empty key"})",
      "{\"gr\xc3\xb6\xc3\x9f"
      "e\":\"\xe2\x82\xac\",\"\xe5\x90\x8d\xe5\x89\x8d\":[{\"name\":"
      "\"\xf0\x9f\x98\x80\"}],\"\\u00e9\":1}",
      R"({"pages":[{"name":"A/B"},{"name":"a b"},{"name":"A B"},{"name":"con"},{"name":".git"},{"name":"../x"},{"name":""}]})",
      R"({"pages":[{"id":"2","components":[{"name":"t1","x":1.10},{"name":"t2"}]},{"id":"1","components":[]}],"definition":[{"name":"x"}]})",
      R"({"mixed":[{"name":"a"},1],"same":[{"name":"a"},{"name":"a"}],"_order":[{"name":"q"}]})",
      Nested(99),
      DeepAndNarrow(),
      Large((kSanitized ? 1 : 10) << 20),
  };
  return *definitions;
}

using DefinitionTest = TransportTest;
GITSYNC_OVER_EACH_TRANSPORT(DefinitionTest);

TEST_P(DefinitionTest, EachComesBackEqualThroughPushAndImport) {
  Installation gitsync({.transport = GetParam()});
  Api& api = gitsync.api();

  for (size_t i = 0; i < Definitions().size(); ++i) {
    SCOPED_TRACE(i);
    const std::string& definition = Definitions()[i];
    const AppAndVersion ours =
        api.CreateApp(gitsync.dev(), absl::StrCat("App ", i), definition);
    ASSERT_OK(api.Push(ours, absl::StrCat("Add ", i)));
    ASSERT_OK_AND_ASSIGN(const auto imported,
                         api.Import(gitsync.staging(), ours.git_app_id));
    ASSERT_OK_AND_ASSIGN(
        const auto theirs,
        api.GetVersion({imported.app().id(), imported.version().id(), ""}));
    ASSERT_OK_AND_ASSIGN(const auto kept, api.GetVersion(ours));

    EXPECT_TRUE(Equal(definition, theirs.definition()));
    EXPECT_TRUE(Equal(definition, kept.definition()));
  }

  EXPECT_THAT(gitsync.remote().Log(), SizeIs(Definitions().size()));
  EXPECT_TRUE(gitsync.remote().FsckClean());
  // The comparison can tell what it has to.
  EXPECT_FALSE(Equal(R"({"a":0.1000})", R"({"a":0.1})"));
  EXPECT_FALSE(Equal(R"({"a":[1,2]})", R"({"a":[2,1]})"));
  EXPECT_FALSE(Equal(R"({"a":1})", R"({"a":"1"})"));
  EXPECT_TRUE(Equal(R"({"a":1,"b":2})", R"({"b":2, "a":1})"));
}

TEST_P(DefinitionTest, WhatIsInGitAlreadyMakesNoCommit) {
  Installation gitsync({.transport = GetParam()});
  Api& api = gitsync.api();
  const AppAndVersion app =
      api.CreateApp(gitsync.dev(), "Shop", R"({"b":[{"name":"x"}],"a":1.0})");

  ASSERT_OK_AND_ASSIGN(const auto first, api.Push(app, "Add"));
  ASSERT_OK_AND_ASSIGN(const auto second, api.Push(app, "Add again"));
  ASSERT_OK(api.UpdateDefinition(app, "{\"a\": 1.0,\n \"b\": [ {\"name\":\"x\"} ] }"));
  ASSERT_OK_AND_ASSIGN(const auto third, api.Push(app, "Only written differently"));

  EXPECT_TRUE(first.changed());
  EXPECT_FALSE(second.changed());
  EXPECT_FALSE(third.changed());
  EXPECT_EQ(second.commit_id(), first.commit_id());
  EXPECT_EQ(third.commit_id(), first.commit_id());
  EXPECT_THAT(gitsync.remote().Log(), ElementsAre("Add"));
}

}  // namespace
}  // namespace gitsync
