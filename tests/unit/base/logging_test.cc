#include "server/base/logging.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "server/base/error.h"

namespace gitsync {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::MatchesRegex;

class LoggingTest : public ::testing::Test {
 protected:
  ~LoggingTest() override { ConfigureLogging(LogLevel::kInfo, LogFormat::kJson); }

  template <typename Action>
  static std::string Output(Action action) {
    ::testing::internal::CaptureStderr();
    action();
    return ::testing::internal::GetCapturedStderr();
  }
};

TEST_F(LoggingTest, JsonLineHasTimeLevelEventAndFields) {
  ConfigureLogging(LogLevel::kInfo, LogFormat::kJson);
  const std::string line = Output([] {
    Log(LogLevel::kWarning, "push refused",
        {{"app", "a\"b\n\x01"}, {"count", 3}, {"forced", true}});
  });
  EXPECT_THAT(line, MatchesRegex("\\{\"time\":\"....-..-..T..:..:......Z\",.*\n"));
  EXPECT_THAT(line, EndsWith("\"level\":\"warning\",\"event\":\"push refused\",\"app\":"
                             "\"a\\\"b\\n\\u0001\",\"count\":3,\"forced\":true}\n"));
}

TEST_F(LoggingTest, TextThatIsNoUtf8IsLoggedReplaced) {
  EXPECT_THAT(Output([] {
                Log(LogLevel::kInfo, "failed",
                    {{"words",
                      "gr\xf6\xdf"
                      "e"}});
              }),
              HasSubstr("\"gr\xef\xbf\xbd\xef\xbf\xbd"
                        "e\""));
}

TEST_F(LoggingTest, TextLineQuotesText) {
  ConfigureLogging(LogLevel::kInfo, LogFormat::kText);
  const std::string line = Output(
      [] { Log(LogLevel::kInfo, "started", {{"port", 7420}, {"host", "a b"}}); });
  EXPECT_THAT(line, EndsWith("Z info started port=7420 host=\"a b\"\n"));
}

TEST_F(LoggingTest, LinesBelowTheLevelAreDropped) {
  ConfigureLogging(LogLevel::kWarning, LogFormat::kText);
  EXPECT_EQ(Output([] { Log(LogLevel::kInfo, "started"); }), "");
  EXPECT_NE(Output([] { Log(LogLevel::kError, "failed"); }), "");
}

TEST_F(LoggingTest, StatusShowsTheDetailThatClientsDoNotSee) {
  const std::string line = Output([] {
    Log(LogLevel::kError, "failed", {{"status", InternalError("disk is gone")}});
  });
  EXPECT_THAT(line, HasSubstr("INTERNAL INTERNAL: "));
  EXPECT_THAT(line, HasSubstr("(disk is gone)"));
}

TEST(ParseLogLevelTest, KnowsTheFourNames) {
  LogLevel level = LogLevel::kInfo;
  EXPECT_TRUE(ParseLogLevel("error", &level));
  EXPECT_EQ(level, LogLevel::kError);
  EXPECT_TRUE(ParseLogLevel("debug", &level));
  EXPECT_FALSE(ParseLogLevel("ERROR", &level));
  EXPECT_FALSE(ParseLogLevel("", &level));
}

}  // namespace
}  // namespace gitsync
