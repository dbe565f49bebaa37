#include "server/base/hex.h"

#include <gtest/gtest.h>

namespace gitsync {
namespace {

TEST(HexToBytesTest, ReadsBothCases) {
  EXPECT_EQ(HexToBytes("00fFA07e"), std::string("\0\xff\xa0~", 4));
}

TEST(HexToBytesTest, NothingIsNothing) { EXPECT_EQ(HexToBytes(""), ""); }

TEST(HexToBytesTest, OthersStandForNothing) {
  for (const char* digits : {"0g", "+1", " 1", "ff-1"}) {
    EXPECT_EQ(HexToBytes(digits), "") << digits;
  }
}

}  // namespace
}  // namespace gitsync
