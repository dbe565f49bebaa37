#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <regex>
#include <set>
#include <sstream>
#include <string>

namespace gitsync {
namespace {

std::set<std::string> Matches(const std::string& file, const std::string& pattern) {
  std::stringstream text;
  text << std::ifstream(std::string(GITSYNC_SOURCE_DIR "/") + file).rdbuf();
  const std::string content = text.str();
  const std::regex regex(pattern);
  std::set<std::string> found;
  for (std::sregex_iterator match(content.begin(), content.end(), regex), end;
       match != end; ++match) {
    found.insert((*match)[1]);
  }
  return found;
}

TEST(ReasonTest, HeaderAndProtoHaveTheSameReasons) {
  std::set<std::string> proto =
      Matches("proto/gitsync/v1/error_reason.proto", "ERROR_REASON_([A-Z_]+) = ");
  EXPECT_EQ(proto.erase("UNSPECIFIED"), 1u);
  EXPECT_GT(proto.size(), 40u);
  EXPECT_EQ(Matches("server/base/reason.h", "\"([A-Z_]+)\";"), proto);
}

}  // namespace
}  // namespace gitsync
