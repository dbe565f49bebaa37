// The commands that README.md shows, as they are there.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <regex>
#include <set>
#include <sstream>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "tests/integration/installation.h"

namespace gitsync {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::IsSubsetOf;
using ::testing::Not;

std::string ReadSource(const std::string& name) {
  std::ifstream file(absl::StrCat(GITSYNC_SOURCE_DIR, "/", name));
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

// The commands of the section REST, but for the one that reads the quick start's file.
std::string RestCommands() {
  std::string commands;
  bool section = false;
  bool block = false;
  for (const absl::string_view view : absl::StrSplit(ReadSource("README.md"), '\n')) {
    const std::string line(view);
    if (!block && absl::StartsWith(line, "## ")) section = line == "## REST";
    if (!section) continue;
    if (absl::StartsWith(line, "```")) {
      block = line == "```sh";
    } else if (block && !absl::StartsWith(line, ". build/quickstart/env")) {
      absl::StrAppend(&commands, line, "\n");
    }
  }
  return commands;
}

std::set<std::string> Matches(const std::string& text, const std::string& pattern) {
  std::set<std::string> found;
  const std::regex regex(pattern);
  for (std::sregex_iterator match(text.begin(), text.end(), regex), end; match != end;
       ++match) {
    found.insert((*match)[1]);
  }
  return found;
}

// Runs the commands in a shell where curl also notes the status that it got.
constexpr char kShell[] = R"(
set -euo pipefail
curl() {
  local status
  status=$(command curl -sS -o "$FOLDER/body" -w '%{http_code}' "$@")
  cat "$FOLDER/body"
  echo
  echo "$status" >>"$FOLDER/statuses"
}
)";

TEST(ReadmeTest, RestCommandsWorkAsTheyAre) {
  Installation gitsync;
  Api& api = gitsync.api();
  const AppAndVersion app =
      api.CreateApp(gitsync.dev(), "Customer support", kDefinition);
  ASSERT_OK(api.Push(app, "Add customer support").status());
  const auto theirs = api.Import(gitsync.staging(), app.git_app_id);
  ASSERT_OK(theirs.status());
  const std::string studio = gitsync.Connect("studio", gitsync.url());
  const TempDir folder;

  const CommandResult result =
      RunCommand({"bash", "-c", kShell + RestCommands()},
                 {"FOLDER=" + folder.path(),
                  "GITSYNC_URL=http://" + gitsync.server().http_endpoint(),
                  "GITSYNC_TOKEN=" + gitsync.server().AdminToken(),
                  "APP_ID=" + app.app_id, "VERSION_ID=" + app.version_id,
                  "GIT_APP_ID=" + app.git_app_id, "STUDIO_ID=" + studio,
                  "ACME_ID=" + gitsync.staging(), "ACME_APP_ID=" + theirs->app().id()});

  ASSERT_EQ(result.status, 0) << result.output;
  std::vector<int> statuses;
  std::ifstream file(folder / "statuses");
  for (int status; file >> status;) statuses.push_back(status);
  EXPECT_THAT(statuses, ElementsAre(200, 201,             // configuring GitHub
                                    200, 201, 200, 200,   // push, create, pull, promote
                                    200, 200, 200, 200))  // finalize, list twice, watch
      << result.output;
}

TEST(ReadmeTest, QuickStartLeavesWhatTheRestCommandsUse) {
  const std::set<std::string> used = Matches(RestCommands(), "\\$([A-Z][A-Z_]*)");
  const std::set<std::string> left =
      Matches(ReadSource("deploy/quickstart"), "\nexport ([A-Z][A-Z_]*)=");

  EXPECT_THAT(used, Not(IsEmpty()));
  EXPECT_THAT(used, IsSubsetOf(left));
}

}  // namespace
}  // namespace gitsync
