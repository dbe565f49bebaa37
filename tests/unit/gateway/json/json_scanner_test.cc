#include "server/gateway/json/json_scanner.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "tests/support/test_names.h"

namespace gitsync::gateway {
namespace {

using ::testing::HasSubstr;

// "line 1, column 2: problem", or "" if the text is one JSON value.
std::string FaultOf(absl::string_view text) {
  JsonScanner scanner(text);
  scanner.SkipValue();
  scanner.ExpectEnd();
  if (!scanner.failed()) return "";
  return absl::StrCat(DescribePosition(text, scanner.fault_pos()), ": ",
                      scanner.fault());
}

class JsonTextTest : public ::testing::TestWithParam<const char*> {};

TEST_P(JsonTextTest, IsAccepted) { EXPECT_EQ(FaultOf(GetParam()), ""); }

INSTANTIATE_TEST_SUITE_P(
    Valid, JsonTextTest,
    ::testing::Values("null", " true ", "\t\r\n false", "0", "-0", "1.5", "-1e-5",
                      "0E+9", R"("")", R"("ä€😀")", R"("\"\\\/\b\f\n\r\t\u0000")",
                      R"("\ud83d\ude00")", "[]", "{}", "[ [ ] , { } ]",
                      R"({"a":{"b":[1,"2",null]},"a":3})", "\"\x7f\"",
                      R"("a long string that takes more than one word to scan")"),
    [](const auto& test) { return TestNameOf(test.param, test.index); });

struct Broken {
  const char* text;
  const char* fault;
};

class BrokenJsonTest : public ::testing::TestWithParam<Broken> {};

TEST_P(BrokenJsonTest, IsRefusedWithPosition) {
  EXPECT_EQ(FaultOf(GetParam().text), GetParam().fault);
}

INSTANTIATE_TEST_SUITE_P(
    Invalid, BrokenJsonTest,
    ::testing::Values(
        Broken{"", "line 1, column 1: expected a value, found the end"},
        Broken{"\n  ", "line 2, column 3: expected a value, found the end"},
        Broken{"[1,]", "line 1, column 4: expected a value, found ']'"},
        Broken{"[1 2]", "line 1, column 4: expected ',' or ']', found '2'"},
        Broken{"[,1]", "line 1, column 2: expected a value, found ','"},
        Broken{"[1", "line 1, column 3: expected ',' or ']', found the end"},
        Broken{"{\"a\":1,}",
               "line 1, column 8: expected the name of a member, found '}'"},
        Broken{"{a:1}", "line 1, column 2: expected the name of a member, found 'a'"},
        Broken{"{\"a\" 1}", "line 1, column 6: expected ':', found '1'"},
        Broken{"{\"a\":1 \"b\":2}",
               "line 1, column 8: expected ',' or '}', found '\"'"},
        Broken{"{\"a\":1]", "line 1, column 7: expected ',' or '}', found ']'"},
        Broken{"{\n\"a\":\n\u00e4}",
               "line 3, column 1: expected a value, found '\u00e4'"},
        Broken{"\"\u00e4\u20ac\"x", "line 1, column 5: expected the end, found 'x'"},
        Broken{"nulL", "line 1, column 1: expected a value, found 'n'"},
        Broken{"True", "line 1, column 1: expected a value, found 'T'"},
        Broken{"NaN", "line 1, column 1: expected a value, found 'N'"},
        Broken{"-Infinity", "line 1, column 2: expected a digit, found 'I'"},
        Broken{"01", "line 1, column 2: a number can't begin with 0 and another digit"},
        Broken{"+1", "line 1, column 1: expected a value, found '+'"},
        Broken{".5", "line 1, column 1: expected a value, found '.'"},
        Broken{"1.", "line 1, column 3: expected a digit, found the end"},
        Broken{"1e", "line 1, column 3: expected a digit, found the end"},
        Broken{"-", "line 1, column 2: expected a digit, found the end"},
        Broken{"'a'", "line 1, column 1: expected a value, found '''"},
        Broken{"\"a", "line 1, column 3: the string does not end"},
        Broken{"\"a\\", "line 1, column 3: there is no such escape"},
        Broken{"\"\\x\"", "line 1, column 2: there is no such escape"},
        Broken{"\"\\u12g4\"",
               "line 1, column 2: expected four hexadecimal digits after \"\\u\""},
        Broken{"\"\\u123",
               "line 1, column 2: expected four hexadecimal digits after \"\\u\""},
        Broken{"\"\\ud83d\"", "line 1, column 2: half of a surrogate pair"},
        Broken{"\"\\ud83d\\u0041\"", "line 1, column 2: half of a surrogate pair"},
        Broken{"\"\\ud83d\\", "line 1, column 2: half of a surrogate pair"},
        Broken{"\"\\ude00\"", "line 1, column 2: half of a surrogate pair"},
        Broken{"\"a\nb\"",
               "line 1, column 3: a control character in a string has to be escaped"},
        Broken{"\x01", "line 1, column 1: expected a value, found a control character"},
        Broken{"// a\n1", "line 1, column 1: expected a value, found '/'"},
        Broken{"\xef\xbb\xbf{}",
               "line 1, column 1: expected a value, found '\xef\xbb\xbf'"}),
    [](const auto& test) { return TestNameOf(test.param.text, test.index); });

class BrokenUtf8Test : public ::testing::TestWithParam<const char*> {};

TEST_P(BrokenUtf8Test, IsRefused) {
  EXPECT_THAT(FaultOf(absl::StrCat("\"", GetParam(), "\"")),
              HasSubstr("column 2: the text is not UTF-8"));
}

INSTANTIATE_TEST_SUITE_P(Invalid, BrokenUtf8Test,
                         ::testing::Values("\x80", "\xc0\x80", "\xc1\xbf",
                                           "\xe0\x80\x80", "\xe2\x82", "\xed\xa0\x80",
                                           "\xf0\x80\x80\x80", "\xf4\x90\x80\x80",
                                           "\xf5\x80\x80\x80", "\xff", "\xc3("),
                         [](const auto& test) {
                           return TestNameOf(test.param, test.index);
                         });

TEST(JsonScannerTest, SpecialBytesAreFoundAtEveryOffsetOfAWord) {
  for (size_t offset = 0; offset < 24; ++offset) {
    const std::string plain(offset, 'a');
    EXPECT_EQ(FaultOf(absl::StrCat("\"", plain, "\"")), "");
    EXPECT_EQ(FaultOf(absl::StrCat("\"", plain, "\\n", plain, "\"")), "");
    EXPECT_EQ(FaultOf(absl::StrCat("\"", plain, "\u20ac", plain, "\"")), "");
    EXPECT_THAT(FaultOf(absl::StrCat("\"", plain, "\x1f", plain, "\"")),
                HasSubstr("control character"));
    EXPECT_THAT(FaultOf(absl::StrCat("\"", plain, "\xff", plain, "\"")),
                HasSubstr("not UTF-8"));
  }
}

TEST(JsonScannerTest, DeepTextNeedsNoStack) {
  EXPECT_THAT(FaultOf(std::string(1'000'000, '[')), HasSubstr("more than 100 levels"));
  JsonScanner scanner("[[[1]]]");
  EXPECT_TRUE(scanner.SkipValue(3));
  JsonScanner deeper("[[[1]]]");
  EXPECT_FALSE(deeper.SkipValue(2));
}

TEST(JsonScannerTest, EscapesAreDecoded) {
  std::string out;
  AppendUnescaped(R"(a\"\\\/\b\f\n\r\t\u00e4\u20AC\ud83d\ude00\u0000b)", &out);

  const std::string expected = std::string("a\"\\/\b\f\n\r\t\u00e4\u20ac\U0001f600") +
                               std::string(1, '\0') + "b";
  EXPECT_EQ(out, expected);
}

}  // namespace
}  // namespace gitsync::gateway
