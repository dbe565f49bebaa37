#include "server/base/unicode.h"

#include <gtest/gtest.h>

#include <string>

namespace gitsync {
namespace {

struct Row {
  std::string text;
  std::string expected;
};

TEST(UnicodeTest, NamesThatLookAlikeHaveOneKey) {
  for (const Row& row : {
           Row{"Caf\xc3\xa9", "Cafe\xcc\x81"},               // composed or not
           Row{"CAFE\xcc\x81", "caf\xc3\x89"},               // ASCII letter case
           Row{"\xe2\x84\xab", "\xc3\x85"},                  // Angstrom sign
           Row{"\xea\xb0\x80", "\xe1\x84\x80\xe1\x85\xa1"},  // Hangul
           Row{"\xe2\x84\xa6hm", "\xce\xa9HM"},              // Ohm sign
           Row{"Orders", "ORDERS"},
       }) {
    EXPECT_EQ(NameKey(row.text), NameKey(row.expected)) << row.text;
  }
}

TEST(UnicodeTest, NamesThatDifferHaveDifferentKeys) {
  for (const Row& row : {
           Row{"Cafe", "Caf\xc3\xa9"},
           Row{"CAF\xc3\x89", "caf\xc3\xa9"},  // no ASCII letter
           Row{"Stra\xc3\x9f"
               "e",
               "Strasse"},
           Row{"\xef\xac\x81ne", "fine"},  // a ligature is a character of its own
           Row{"a", "\xd0\xb0"},           // Cyrillic
           Row{"\xff", "\xfe"},            // no UTF-8
       }) {
    EXPECT_NE(NameKey(row.text), NameKey(row.expected)) << row.text;
  }
}

TEST(UnicodeTest, NfcComposes) {
  EXPECT_EQ(ToNfc("Cafe\xcc\x81"), "Caf\xc3\xa9");
  EXPECT_EQ(ToNfc("Cafe"), "Cafe");
  EXPECT_EQ(ToNfc("\xff"), "\xff");
}

TEST(UnicodeTest, ScriptsBecomeLatin) {
  for (const Row& row : {
           Row{"\xc3\x9c"
               "berblick",
               "uberblick"},
           Row{"Cafe\xcc\x81", "cafe"},
           Row{"\xd0\x97\xd0\xb0\xd0\xba\xd0\xb0\xd0\xb7\xd1\x8b", "zakazy"},
           Row{"\xe6\xb3\xa8\xe6\x96\x87", "zhu wen"},
           Row{"\xce\x91\xce\xb8\xce\xae\xce\xbd\xce\xb1", "athena"},
           Row{"\xc5\x81\xc3\xb3"
               "d\xc5\xba",
               "lodz"},
           Row{"\xc3\x86on", "aeon"},
           Row{"Orders 2024", "orders 2024"},
           Row{"\xf0\x9f\x8e\x89", "\xf0\x9f\x8e\x89"},
       }) {
    EXPECT_EQ(ToPlainLatin(row.text), row.expected);
  }
}

}  // namespace
}  // namespace gitsync
