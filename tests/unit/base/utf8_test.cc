#include "server/base/utf8.h"

#include <gtest/gtest.h>

#include <string>

namespace gitsync {
namespace {

TEST(Utf8Test, WhatIsNoneIsReplacedAndTheRestStays) {
  const std::string mark = "\xef\xbf\xbd";
  const struct {
    const char* what;
    std::string text;
    std::string replaced;
  } cases[] = {
      {"nothing", "", ""},
      {"ASCII", "plain text, longer than a word", "plain text, longer than a word"},
      {"every length", "a\xc3\xb6\xe2\x82\xac\xf0\x9f\x98\x80z",
       "a\xc3\xb6\xe2\x82\xac\xf0\x9f\x98\x80z"},
      {"Latin 1",
       "gr\xf6\xdf"
       "e",
       "gr" + mark + mark + "e"},
      {"Latin 1 behind a long beginning", "0123456789abcdef\xf6",
       "0123456789abcdef" + mark},
      {"an end in the middle", "a\xe2\x82", "a" + mark + mark},
      {"a continuation alone",
       "\x80"
       "a",
       mark + "a"},
      {"an overlong slash", "\xc0\xaf", mark + mark},
      {"a surrogate", "\xed\xa0\x80", mark + mark + mark},
      {"beyond the last", "\xf4\x90\x80\x80", mark + mark + mark + mark},
      {"the mark itself", mark, mark},
      {"NUL", std::string("a\0b", 3), std::string("a\0b", 3)},
  };
  for (const auto& one : cases) {
    EXPECT_EQ(ReplaceInvalidUtf8(one.text), one.replaced) << one.what;
    EXPECT_EQ(IsUtf8(one.text), one.text == one.replaced) << one.what;
  }
}

TEST(Utf8Test, CutEndsBetweenCharacters) {
  const std::string text = "a\xc3\xb6\xe2\x82\xac\xf0\x9f\x98\x80";
  const size_t expected[] = {0, 1, 1, 3, 3, 3, 6, 6, 6, 6, 10, 10};
  for (size_t size = 0; size < std::size(expected); ++size) {
    EXPECT_EQ(CutUtf8(text, size).size(), expected[size]) << size;
  }
}

}  // namespace
}  // namespace gitsync
