#include "server/format/stray_file.h"

#include <gtest/gtest.h>

#include <string>

#include "server/format/app_files.h"
#include "tests/support/status_matchers.h"

namespace gitsync {
namespace {

TEST(StrayFileTest, FilesOfTheFormatAreNone) {
  ASSERT_OK_AND_ASSIGN(
      const FileMap files,
      WriteApp({"id-1", "Orders", "orders", "v1"},
               R"({"bak":[{"name":".tmp"},{"name":"Thumbs.db"},{"name":"a~"},
                  {"name":"#a#"},{"name":".DS_Store","tmp":[{"id":".gitkeep"}]}]})"));
  EXPECT_EQ(files.size(), 2u + 1 + 5 + 2);
  for (const auto& [path, text] : files) EXPECT_FALSE(IsStrayFile(path)) << path;
}

TEST(StrayFileTest, OtherFilesAreNamedByTheReader) {
  for (const std::string path :
       {"definition/README.md", "definition/pages/home.jsn", "definition/notes.json",
        "definition/pages/.json", "definition/../x.json"}) {
    EXPECT_FALSE(IsStrayFile(path)) << path;
  }
}

}  // namespace
}  // namespace gitsync
