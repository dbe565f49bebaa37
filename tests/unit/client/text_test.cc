#include "client/cli/text.h"

#include <gtest/gtest.h>

namespace gitsync::cli {
namespace {

TEST(TextTest, PrintableKeepsOrdinaryText) {
  EXPECT_EQ(Printable("Größe 日本 🙂"), "Größe 日本 🙂");
}

TEST(TextTest, PrintableEscapesWhatDrivesATerminal) {
  EXPECT_EQ(Printable("a\x1b[31mb"), "a\\x1b[31mb");
  EXPECT_EQ(Printable("a\nb\tc\x7f"), "a\\nb\\x09c\\x7f");
  EXPECT_EQ(Printable("\xc2\x9b"), "\\u009b");
  EXPECT_EQ(Printable("\xe2\x80\xae"), "\\u202e");
  EXPECT_EQ(Printable("a\nb\x1b", Lines::kKeep), "a\nb\\x1b");
}

TEST(TextTest, PrintableEscapesBytesThatAreNotUtf8) {
  EXPECT_EQ(Printable("\xff"
                      "a"),
            "\\xffa");
  EXPECT_EQ(Printable("\xc0\xaf"), "\\xc0\\xaf");
  EXPECT_EQ(Printable("\xe2\x80"), "\\xe2\\x80");
}

TEST(TextTest, IsUtf8RefusesOverlongAndSurrogates) {
  EXPECT_TRUE(IsUtf8("a\xf0\x9f\x99\x82"));
  EXPECT_FALSE(IsUtf8("\xe0\x80\xaf"));
  EXPECT_FALSE(IsUtf8("\xed\xa0\x80"));
  EXPECT_FALSE(IsUtf8("\xf4\x90\x80\x80"));
}

TEST(TextTest, FirstLineLeavesTheRestOut) {
  EXPECT_EQ(FirstLine("\nSubject \n\nBody"), "Subject");
}

TEST(TextTest, TimeIsInUtc) {
  google::protobuf::Timestamp time;
  EXPECT_EQ(FormatTime(time), "");
  time.set_seconds(1714566600);
  EXPECT_EQ(FormatTime(time), "2024-05-01 12:30:00Z");
}

}  // namespace
}  // namespace gitsync::cli
