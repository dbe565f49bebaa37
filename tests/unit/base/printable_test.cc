#include "server/base/printable.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "server/base/utf8.h"

namespace gitsync {
namespace {

TEST(PrintableTextTest, HasOnlyWhatIsHarmlessAndUtf8) {
  const struct {
    const char* text;
    const char* printable;
  } cases[] = {
      {"Zugriff verweigert f\u00fcr \U0001f642",
       "Zugriff verweigert f\u00fcr \U0001f642"},
      {"a\x1b[31mred\x07\x7f", "ared"},
      {"a\r\n\r\nb\tc \n", "a\nb\tc"},
      {"a\u202eb\u200bc\u009bd", "abcd"},
      // As everywhere: a byte that is no part of a character becomes U+FFFD.
      {"Gr\xf6\xdf"
       "e",
       "Gr\ufffd\ufffd"
       "e"},
      {"a\xff\xc3", "a\ufffd\ufffd"},
      {"\xc0\xaf", "\ufffd\ufffd"},
      {"\xed\xa0\x80", "\ufffd\ufffd\ufffd"},
      {"\xf0\x9f\x99 b", "\ufffd\ufffd\ufffd b"},
      {"\x1b[\xff\xffmred", "red"},
  };
  for (const auto& c : cases) {
    EXPECT_EQ(PrintableText(c.text, 100), c.printable);
  }
}

TEST(PrintableTextTest, IsCutBetweenCharacters) {
  const std::string text = "a\xff\u00fc\xff";
  const std::string whole = "a\ufffd\u00fc\ufffd";
  for (size_t limit = 0; limit <= whole.size(); ++limit) {
    EXPECT_EQ(PrintableText(text, limit), CutUtf8(whole, limit)) << limit;
  }
}

}  // namespace
}  // namespace gitsync
