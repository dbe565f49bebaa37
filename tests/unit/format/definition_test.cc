#include "server/format/definition.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <ostream>
#include <string>

#include "absl/strings/str_cat.h"
#include "server/base/reason.h"
#include "tests/support/status_matchers.h"

namespace gitsync {
namespace {

using ::testing::HasSubstr;
using ::testing::TestParamInfo;
using ::testing::TestWithParam;
using ::testing::Values;

std::string Nested(int depth) {
  std::string text = "{\"a\":";
  for (int i = 1; i < depth; ++i) text.push_back('[');
  if (depth == 1) text.push_back('1');
  for (int i = 1; i < depth; ++i) text.push_back(']');
  return text + "}";
}

TEST(CheckDefinitionTest, AcceptsEveryKindOfValue) {
  EXPECT_OK(CheckDefinition(
      R"( {"n":null,"t":true,"f":false,"s":"","a":[],"o":{},"x":[1,-0,0.10,1E+5]} )"));
}

TEST(CheckDefinitionTest, AcceptsDepth100AndRefuses101) {
  EXPECT_OK(CheckDefinition(Nested(100)));
  const absl::Status status = CheckDefinition(Nested(101));
  EXPECT_THAT(status,
              StatusIs(absl::StatusCode::kInvalidArgument, reason::kInvalidDefinition));
  EXPECT_THAT(std::string(status.message()), HasSubstr("line 1, column 105: "));
}

TEST(CheckDefinitionTest, RefusesOneByteOverTheLimit) {
  std::string text = "{\"a\":\"";
  text.resize(kMaxDefinitionBytes - 2, 'x');
  text += "\"}";
  EXPECT_OK(CheckDefinition(text));
  text.push_back('\n');
  EXPECT_THAT(CheckDefinition(text),
              StatusIs(absl::StatusCode::kInvalidArgument, reason::kInvalidDefinition));
}

TEST(CheckDefinitionTest, RefusesWhatWouldBeHugeWhenIndented) {
  std::string text = "{\"a\":";
  text += std::string(90, '[') + "1";
  for (int i = 0; i < 1000000; ++i) text += ",1";
  text += std::string(90, ']') + "}";
  EXPECT_THAT(std::string(CheckDefinition(text).message()), HasSubstr("indented form"));
}

struct Fault {
  const char* name;
  std::string text;
  const char* expected;
};

void PrintTo(const Fault& fault, std::ostream* out) { *out << fault.text; }

class FaultTest : public TestWithParam<Fault> {};

TEST_P(FaultTest, IsRefusedWithItsPosition) {
  const absl::Status status = CheckDefinition(GetParam().text);
  EXPECT_THAT(status,
              StatusIs(absl::StatusCode::kInvalidArgument, reason::kInvalidDefinition));
  EXPECT_THAT(std::string(status.message()), HasSubstr(GetParam().expected));
}

INSTANTIATE_TEST_SUITE_P(
    Definition, FaultTest,
    Values(
        Fault{"Empty", "", "line 1, column 1: expected an object"},
        Fault{"Array", "[]",
              "expected an object, which begins with '{', found '['; wrap the "
              "array in one, such as {\"items\": [...]}"},
        Fault{"Scalar", "1", "expected an object"},
        Fault{"Bom", "\xef\xbb\xbf{}", "byte order mark"},
        Fault{"SecondLine", "{\n  \"a\" 1}", "line 2, column 7: expected ':'"},
        Fault{"ColumnInCharacters", "{\"\xc3\xa9\xe2\x82\xac\":x}",
              "line 1, column 7: expected a value, found 'x'"},
        Fault{"Unfinished", "{\"a\":[1,2",
              "expected ',' or ']' after an element, the "
              "text ends"},
        Fault{"TrailingComma", "{\"a\":1,}", "column 8: expected a key"},
        Fault{"TrailingText", "{} {}",
              "column 4: expected nothing after the outermost value, found '{'; remove "
              "what follows it"},
        Fault{"Comment", "{/**/}", "expected a key in double quotes, found '/'"},
        Fault{"SingleQuotes", "{'a':1}", "expected a key in double quotes"},
        Fault{"NaN", "{\"a\":NaN}", "expected a value, found 'N'"},
        Fault{"LeadingZero", "{\"a\":01}", "column 6: a number must not begin with 0"},
        Fault{"BareMinus", "{\"a\":-}", "expected a digit after '-'"},
        Fault{"NoFraction", "{\"a\":1.}", "expected a digit after the decimal point"},
        Fault{"NoExponent", "{\"a\":1e+}", "expected a digit in the exponent"},
        Fault{"PlusSign", "{\"a\":+1}", "expected a value, found '+'"},
        Fault{"Truncated", "{\"a\":tru}", "expected a value"},
        Fault{"OpenString", "{\"a\":\"b}",
              "column 6: this string has no closing quote"},
        Fault{"EndsInEscape", "{\"a\":\"b\\", "this escape is none of JSON's"},
        Fault{"BadEscape", "{\"a\":\"\\x41\"}", "column 7: this escape is none"},
        Fault{"BadHex", "{\"a\":\"\\u12g4\"}", "this escape is none of JSON's"},
        Fault{"RawTab", "{\"a\":\"\t\"}", "control character U+0009"},
        Fault{"RawNul", std::string("{\"a\":\"\0\"}", 9), "control character U+0000"},
        Fault{"HighSurrogateAlone", "{\"a\":\"\\ud800\"}", "half of a surrogate pair"},
        Fault{"LowSurrogateAlone", "{\"a\":\"\\udc00\"}", "half of a surrogate pair"},
        Fault{"TwoHighSurrogates", "{\"a\":\"\\ud800\\ud800\"}", "half of a surrogate"},
        Fault{"Latin1", "{\"a\":\"\xe9\"}", "column 7: this is not valid UTF-8"},
        Fault{"Overlong", "{\"a\":\"\xc0\xaf\"}", "not valid UTF-8"},
        Fault{"Overlong3", "{\"a\":\"\xe0\x80\xaf\"}", "not valid UTF-8"},
        Fault{"EncodedSurrogate", "{\"a\":\"\xed\xa0\x80\"}", "not valid UTF-8"},
        Fault{"TooLargeCodePoint", "{\"a\":\"\xf4\x90\x80\x80\"}", "not valid UTF-8"},
        Fault{"CutUtf8", "{\"a\":\"\xf0\x9f\x98", "not valid UTF-8"},
        Fault{"DuplicateKey", "{\"a\":1,\n\"a\":2}",
              "line 2, column 1: the key \"a\" is in the object twice; it is there "
              "already at line 1, column 2."},
        Fault{"DuplicateKeySpeltOtherwise", "{\"a\":1,\"\\u0061\":2}",
              "column 8: the key \"\\u0061\" is in the object twice; it is there "
              "already at line 1, column 2."},
        Fault{"DuplicateLongKey", "{\"abcdefghij\":1,\"z\":2,\"abcdefghij\":3}",
              "column 23: the key \"abcdefghij\" is in the object twice"},
        Fault{"DuplicateKeyOnOtherLines",
              "{\n \"x\": {\n  \"v\": 1,\n  \"w\": 2,\n  \"v\": 3}}",
              "line 5, column 3: the key \"v\" is in the object twice; it is there "
              "already at line 3, column 3."},
        Fault{"KeyThreeTimes", "{\"a\":1,\"a\":2,\"a\":3}",
              "column 8: the key \"a\" is in the object twice; it is there already "
              "at line 1, column 2."},
        Fault{"DuplicateEmptyKey", "{\"\":1,\"\":2}",
              "column 7: the key \"\" is in the object twice"},
        Fault{
            "DuplicateHugeKey",
            "{\"" + std::string(200, 'k') + "\":1,\"" + std::string(200, 'k') + "\":2}",
            "column 207: the key is in the object twice; it is there already at "
            "line 1, column 2."},
        Fault{"TextAfterTheObject", "{\"nodes\": []}\nsome text that was pasted",
              "line 2, column 1: expected nothing after the outermost value, found "
              "'s'; remove what follows it"},
        Fault{"ArrayOfObjects", " [{\"id\":\"a1\"}]", "column 2: expected an object"},
        Fault{"LfsPointer",
              "version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n",
              "line 1, column 1: this is a Git LFS pointer"},
        Fault{"GitCrypt", std::string("\0GITCRYPT\0\1\2", 12), "by git-crypt"},
        Fault{"Utf16LittleEndianWithMark", std::string("\xff\xfe{\0}\0", 6),
              "this is UTF-16; save it as UTF-8"},
        Fault{"Utf16BigEndianWithMark", std::string("\xfe\xff\0{\0}", 6),
              "this is UTF-16"},
        Fault{"Utf16LittleEndian", std::string("{\0}\0", 4), "this is UTF-16"},
        Fault{"Utf16BigEndian", std::string("\0{\0}", 4), "this is UTF-16"},
        Fault{"ConflictOfTheWhole",
              "<<<<<<< HEAD\n{}\n=======\n{\"a\":1}\n>>>>>>> other\n",
              "line 1, column 1: this is a conflict marker"},
        Fault{"ConflictOfAMember",
              "{\n<<<<<<< HEAD\n  \"a\": 1\n=======\n  \"a\": 2\n>>>>>>> x\n}",
              "line 2, column 1: this is a conflict marker"},
        Fault{"ConflictThatLeftItsEnd", "{\"a\": 1\n>>>>>>> x\n}",
              "line 2, column 1: this is a conflict marker"},
        Fault{"ConflictInDiff3Style", "{\"a\": 1\n||||||| base\n}",
              "line 2, column 1: this is a conflict marker"},
        Fault{"SignsThatAreNoConflictMarker", "{\"a\": <<<<<<< }",
              "column 7: expected a value, found '<'"},
        Fault{"DuplicateNestedKey", "{\"a\":[{\"b\":1,\"c\":1,\"b\":2}]}",
              "column 20: the key \"b\" is in the object twice; it is there "
              "already at line 1, column 8."}),
    [](const TestParamInfo<Fault>& instance) { return instance.param.name; });

TEST(CheckDefinitionTest, TellsKeysApartThatDifferInNulOnly) {
  EXPECT_OK(CheckDefinition("{\"a\":1,\"a\\u0000\":2,\"\":3,\"\\u0000\":4}"));
}

std::string Canonical(absl::string_view text) {
  const absl::StatusOr<std::string> canonical = CanonicalJson(text);
  return canonical.ok() ? *canonical : canonical.status().ToString();
}

TEST(CanonicalJsonTest, SortsKeysAndIndents) {
  EXPECT_EQ(Canonical(R"({"b":[1,{}],"a":{"d":[],"c":"x"}})"),
            "{\n  \"a\": {\n    \"c\": \"x\",\n    \"d\": []\n  },\n"
            "  \"b\": [\n    1,\n    {}\n  ]\n}\n");
}

TEST(CanonicalJsonTest, KeepsNumbersAsWritten) {
  EXPECT_EQ(Canonical("[1e400,0.1000,9223372036854775808,-0,1E+5,-1.50e-007]"),
            "[\n  1e400,\n  0.1000,\n  9223372036854775808,\n  -0,\n  1E+5,\n"
            "  -1.50e-007\n]\n");
}

TEST(CanonicalJsonTest, TakesScalarsToo) {
  EXPECT_EQ(Canonical(" 1e400 "), "1e400\n");
  EXPECT_EQ(Canonical("\"\\u0041\""), "\"A\"\n");
  EXPECT_EQ(Canonical("null"), "null\n");
}

TEST(CanonicalJsonTest, EscapesOnlyWhatJsonRequires) {
  EXPECT_EQ(
      Canonical(R"(["\u00e9\/\u2028\u007f\ud83d\ude00\u0000\u001F\b\n\"\\"])"),
      "[\n  \"\xc3\xa9/\xe2\x80\xa8\x7f\xf0\x9f\x98\x80\\u0000\\u001f\\b\\n\\\"\\\\"
      "\"\n]\n");
}

TEST(CanonicalJsonTest, SortsKeysByUtf8Bytes) {
  // U+FFFD sorts before U+1F600 in UTF-8, and after it in UTF-16.
  EXPECT_EQ(Canonical("{\"\\ud83d\\ude00\":1,\"\xef\xbf\xbd\":2,\"Z\":3,\"a\":4,"
                      "\"\\u0000\":5,\"\":6}"),
            "{\n  \"\": 6,\n  \"\\u0000\": 5,\n  \"Z\": 3,\n  \"a\": 4,\n"
            "  \"\xef\xbf\xbd\": 2,\n  \"\xf0\x9f\x98\x80\": 1\n}\n");
}

TEST(CanonicalJsonTest, EqualValuesHaveEqualForms) {
  EXPECT_EQ(Canonical("{\"b\":{\"y\":1,\"x\":[2]},\"a\":\"\\u0062\"}"),
            Canonical(" { \"a\" : \"b\", \"\\u0062\" : {\"x\":[ 2 ],\"y\":1} } "));
}

TEST(CanonicalJsonTest, FindsObjectsInsideMembersThatMove) {
  EXPECT_EQ(
      Canonical(R"({"z":{"c":{"e":1,"d":{"k":{}}}},"y":[{"q":1,"p":2}],"a":{}})"),
      Canonical(R"({"a":{},"y":[{"p":2,"q":1}],"z":{"c":{"d":{"k":{}},"e":1}}})"));
}

}  // namespace
}  // namespace gitsync
