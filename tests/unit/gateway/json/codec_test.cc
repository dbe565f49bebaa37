// What the generated codecs write and read, against libprotobuf's own.

#include "server/gateway/json/codec.h"

#include <gmock/gmock.h>
#include <google/protobuf/util/json_util.h>
#include <google/protobuf/util/message_differencer.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "absl/strings/str_replace.h"
#include "golden/all_methods.gateway.h"
#include "library_service.gateway.h"
#include "proto/protobuf_versions.h"
#include "server/base/reason.h"
#include "tests/support/random_message.h"
#include "tests/support/status_matchers.h"
#include "tests/support/test_names.h"
#include "tests/unit/gateway/json/sorted_members.h"
#include "tests/unit/gateway/json/violations.h"

namespace gitsync::gateway {
namespace {

using ::gitsync::testing::v1::Choice;
using ::gitsync::testing::v1::EveryType;
using ::gitsync::testing::v1::Maps;
using ::gitsync::testing::v1::Names;
using ::gitsync::testing::v1::Nested;
using ::gitsync::testing::v1::Optionals;
using ::gitsync::testing::v1::Repeated;
using ::gitsync::testing::v1::Scalars;
using ::gitsync::testing::v1::Tree;
using ::gitsync::testing::v1::WellKnown;
using ::google::protobuf::util::MessageDifferencer;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Pair;

// What nested_json fields get: as JSON it is itself, as a string it is in quotes.
constexpr char kNested[] = R"({"a": [1]})";
constexpr char kNestedAsString[] = R"("{\"a\": [1]}")";

std::string LibraryJson(const google::protobuf::Message& message) {
  google::protobuf::util::JsonPrintOptions options;
  PrintDefaults(true, &options);
  std::string json;
  const auto status = MessageToJsonString(message, &json, options);
  EXPECT_TRUE(status.ok()) << status.ToString();
  // libprotobuf writes null for a NullValue that is set only; the specification always.
  return absl::StrReplaceAll(json,
                             {{kNestedAsString, kNested},
                              {R"("nullValue":"NULL_VALUE")", R"("nullValue":null)"}});
}

template <typename Message>
std::string Json(const Message& message) {
  std::string json;
  EXPECT_OK((WriteResponse<Message, false>(message, &json)));
  return json;
}

template <typename Message>
absl::Status Read(absl::string_view json, Message* message) {
  return ReadBody<Message>(json, message);
}

template <typename Message>
Message MustRead(absl::string_view json) {
  Message message;
  EXPECT_OK(Read(json, &message));
  return message;
}

template <typename Message>
class CodecTest : public ::testing::Test {};

using MessageTypes = ::testing::Types<Scalars, Optionals, Repeated, Maps, Choice,
                                      WellKnown, Nested, Names, Tree, EveryType>;
TYPED_TEST_SUITE(CodecTest, MessageTypes);

TYPED_TEST(CodecTest, EmptyMessageIsAsLibrarysButForNestedJson) {
  const std::string expected =
      absl::StrReplaceAll(LibraryJson(TypeParam()), {{R"("definition":"",)", ""}});

  EXPECT_EQ(Json(TypeParam()), expected);
}

TYPED_TEST(CodecTest, RandomMessagesAreWrittenAsLibraryDoesAndReadBack) {
  RandomMessage random(1, [](const google::protobuf::FieldDescriptor* field) {
    return field->name().find("definition") != std::string::npos ? kNested : "";
  });
  for (int i = 0; i < 300; ++i) {
    TypeParam message;
    random.Fill(&message);
    const std::string expected =
        absl::StrReplaceAll(LibraryJson(message), {{R"("definition":"",)", ""}});

    const std::string json = Json(message);

    ASSERT_EQ(SortedMembers(json), SortedMembers(expected));
    TypeParam back;
    ASSERT_OK(Read(json, &back)) << json;
    ASSERT_TRUE(MessageDifferencer::Equals(message, back)) << json;
    TypeParam spaced;
    ASSERT_OK(Read(absl::StrReplaceAll(json, {{",\"", " ,\n\""}}), &spaced)) << json;
  }
}

TYPED_TEST(CodecTest, NullsLeaveFieldsUnset) {
  std::string json = "{";
  for (int i = 0; i < TypeParam::descriptor()->field_count(); ++i) {
    absl::StrAppend(&json, i == 0 ? "" : ",", "\"",
                    TypeParam::descriptor()->field(i)->json_name(), "\":null");
  }
  // They are values to these two.
  json = absl::StrReplaceAll(json, {{R"(,"nothing":null)", ""},
                                    {R"(,"anyValue":null)", ""},
                                    {R"("value":null,)", ""}});

  const TypeParam message = MustRead<TypeParam>(json + "}");

  EXPECT_EQ(message.ByteSizeLong(), 0u) << message.DebugString();
}

TEST(CodecOrderTest, FieldsAreInTheOrderOfTheProto) {
  Optionals message;
  message.mutable_message_field();
  message.set_bool_field(false);
  message.set_double_field(0);

  EXPECT_THAT(Json(message),
              HasSubstr(R"({"doubleField":0,"boolField":false,"messageField":{)"));
}

TEST(CodecNumberTest, LimitsAreWrittenAsLibraryDoes) {
  Scalars message;
  message.set_int32_field(std::numeric_limits<int32_t>::min());
  message.set_int64_field(std::numeric_limits<int64_t>::min());
  message.set_uint64_field(std::numeric_limits<uint64_t>::max());
  message.set_double_field(std::numeric_limits<double>::infinity());
  message.set_float_field(std::numeric_limits<float>::quiet_NaN());

  EXPECT_EQ(Json(message), LibraryJson(message));
  EXPECT_THAT(Json(message),
              HasSubstr(R"("doubleField":"Infinity","floatField":"NaN")"));
}

TEST(CodecNumberTest, EveryFloatComesBackTheSame) {
  std::mt19937_64 random(1);
  for (int i = 0; i < 20000; ++i) {
    Scalars message;
    const uint64_t bits = random();
    double wide;
    float narrow;
    std::memcpy(&wide, &bits, sizeof(wide));
    std::memcpy(&narrow, &bits, sizeof(narrow));
    if (!std::isfinite(wide) || !std::isfinite(narrow)) continue;
    message.set_double_field(wide);
    message.set_float_field(narrow);

    const Scalars back = MustRead<Scalars>(Json(message));

    ASSERT_EQ(back.double_field(), wide);
    ASSERT_EQ(back.float_field(), narrow);
  }
}

TEST(CodecNumberTest, FloatsAreShort) {
  Scalars message;
  message.set_double_field(0.1234567890123456);
  message.set_float_field(0.1f);

  EXPECT_THAT(Json(message),
              HasSubstr(R"("doubleField":0.1234567890123456,"floatField":0.1,)"));
}

TEST(CodecNumberTest, WholeNumbersMayHaveFractionOrExponent) {
  const Scalars message = MustRead<Scalars>(
      R"({"int32Field":1e3,"int64Field":"-2.50e1","uint32Field":4.0,"uint64Field":18446744073709551615})");

  EXPECT_EQ(message.int32_field(), 1000);
  EXPECT_EQ(message.int64_field(), -25);
  EXPECT_EQ(message.uint32_field(), 4u);
  EXPECT_EQ(message.uint64_field(), std::numeric_limits<uint64_t>::max());
}

struct BadValue {
  const char* json;     // of Scalars
  const char* problem;  // in the violation
};

class CodecBadValueTest : public ::testing::TestWithParam<BadValue> {};

TEST_P(CodecBadValueTest, IsRefusedWithItsPath) {
  Scalars message;
  const absl::Status status = Read(GetParam().json, &message);

  EXPECT_THAT(status,
              StatusIs(absl::StatusCode::kInvalidArgument, reason::kInvalidRequest));
  const std::string json = GetParam().json;
  const std::string field = json.substr(2, json.find('"', 2) - 2);
  EXPECT_THAT(ViolationsOf(status),
              ElementsAre(Pair(field, HasSubstr(GetParam().problem))));
}

INSTANTIATE_TEST_SUITE_P(
    Values, CodecBadValueTest,
    ::testing::Values(
        BadValue{R"({"int32Field":1.5})", "has to be a whole number"},
        BadValue{R"({"int32Field":2147483648})", "from -2147483648 to 2147483647"},
        BadValue{R"({"int32Field":1e999999999999})", "has to be a whole number"},
        BadValue{R"({"int32Field":" 1"})", "has to be a whole number"},
        BadValue{R"({"int32Field":"1 "})", "has to be a whole number"},
        BadValue{R"({"int32Field":"0x1"})", "has to be a whole number"},
        BadValue{R"({"int32Field":"+1"})", "has to be a whole number"},
        BadValue{R"({"int32Field":"01"})", "has to be a whole number"},
        BadValue{R"({"int32Field":""})", "has to be a whole number"},
        BadValue{R"({"int32Field":"NaN"})", "has to be a whole number"},
        BadValue{R"({"int32Field":true})", "and is a boolean"},
        BadValue{R"({"int32Field":[1]})", "and is an array"},
        BadValue{R"({"uint32Field":-1})", "from 0 to 4294967295"},
        BadValue{R"({"uint32Field":4294967296})", "from 0 to 4294967295"},
        BadValue{R"({"int64Field":9223372036854775808})", "64 bits"},
        BadValue{R"({"uint64Field":18446744073709551616})", "64 bits"},
        BadValue{R"({"uint64Field":"-1"})", "64 bits"},
        BadValue{R"({"floatField":3.5e38})", "single precision"},
        BadValue{R"({"doubleField":1e309})", "has to be a number"},
        BadValue{R"({"doubleField":"nan"})", "has to be a number"},
        BadValue{R"({"doubleField":"inf"})", "has to be a number"},
        BadValue{R"({"boolField":1})", "has to be true or false, and is a number"},
        BadValue{R"({"boolField":"true"})", "and is a string"},
        BadValue{R"({"stringField":5})", "has to be a string, and is a number"},
        BadValue{R"({"stringField":{}})", "and is an object"},
        BadValue{R"({"bytesField":"a"})", "has to be Base64"},
        BadValue{R"({"bytesField":"YQ="})", "has to be Base64"},
        BadValue{R"({"bytesField":"YQ==="})", "has to be Base64"},
        BadValue{R"({"bytesField":"Y Q="})", "has to be Base64"},
        BadValue{R"({"enumField":"BLUE"})",
                 "has to be one of COLOR_UNSPECIFIED, COLOR_RED"},
        BadValue{R"({"enumField":"color_red"})", "has to be one of"},
        BadValue{R"({"enumField":1.5})", "has to be a whole number"},
        BadValue{R"({"enumField":2147483648})", "has to be a whole number"},
        BadValue{R"({"enumField":true})", "the name or number of a value"},
        BadValue{R"({"boolField":true,"boolField":true})", "is given twice"},
        BadValue{R"({"bool_field":true,"bool_field":true})", "is given twice"},
        BadValue{R"({"nameless":[{"a":1}]})", "there is no such field"},
        BadValue{R"({"BOOL_FIELD":true})", "there is no such field"}),
    [](const auto& test) { return TestNameOf(test.param.json, test.index); });

TEST(CodecNameTest, BothNamesOfOneFieldAreTwice) {
  Scalars message;
  EXPECT_THAT(ViolationsOf(Read(R"({"boolField":true,"bool_field":null})", &message)),
              ElementsAre(Pair("bool_field", HasSubstr("is given twice"))));
}

TEST(CodecNameTest, OriginalAndGivenNamesAreRead) {
  const Names message = MustRead<Names>(
      R"({"class":1,"snake_case_name":"a","mixedCase":"b","@given":"c","x1Y2":5})");

  EXPECT_EQ(message.class_(), 1);
  EXPECT_EQ(message.snake_case_name(), "a");
  EXPECT_EQ(message.mixedcase(), "b");
  EXPECT_EQ(message.renamed(), "c");
  EXPECT_EQ(message.x1_y2(), 5);
}

TEST(CodecNameTest, EscapedNamesAreRead) {
  EXPECT_EQ(MustRead<Tree>(R"({"n\u0061me":"x"})").name(), "x");
}

TEST(CodecPathTest, EachProblemHasItsFullPathInTheCallersNames) {
  EveryType message;
  const absl::Status status = Read(R"({
    "scalars": {"int32_field": "x", "odd": 1},
    "repeated": {"messages": [{}, {"boolField": 0}], "int32s": [1, null]},
    "maps": {"messages": {"a\"b": {"stringField": 1}}, "numbers": {"x": 1}},
    "tree": {"left": {"children": [{"left": 5}]}},
    "well_known": {"timestamp": "yesterday", "empty": {"a": 1}},
    "nope": {"deep": [1]}
  })",
                                   &message);

  EXPECT_THAT(
      ViolationsOf(status),
      ElementsAre(Pair("scalars.int32_field", HasSubstr("(line 2, column 32)")),
                  Pair("scalars.odd", HasSubstr("no such field (line 2, column 44)")),
                  Pair("repeated.messages[1].boolField", HasSubstr("true or false")),
                  Pair("repeated.int32s[1]", HasSubstr("and is null")),
                  Pair("maps.messages.a\"b.stringField", HasSubstr("a string")),
                  Pair("maps.numbers.x", HasSubstr("not a key")),
                  Pair("tree.left.children[0].left", HasSubstr("an object")),
                  Pair("well_known.timestamp", HasSubstr("has to be a time")),
                  Pair("well_known.empty.a", HasSubstr("no such field")),
                  Pair("nope", HasSubstr("no such field"))));
  EXPECT_THAT(status.message(), HasSubstr("\"scalars.int32_field\""));
}

TEST(CodecPathTest, ValuesAreNotRepeatedInErrors) {
  Scalars message;
  const absl::Status status =
      Read(R"({"int32Field":"hunter2","enumField":"hunter2"})", &message);

  EXPECT_THAT(std::string(status.message()), Not(HasSubstr("hunter2")));
  for (const auto& [field, problem] : ViolationsOf(status)) {
    EXPECT_THAT(problem, Not(HasSubstr("hunter2")));
  }
}

TEST(CodecOneofTest, TwoOfOneAreRefused) {
  Choice message;
  EXPECT_THAT(ViolationsOf(Read(R"({"number":1,"text":"a"})", &message)),
              ElementsAre(Pair("text", HasSubstr("beside another one of \"kind\""))));
}

TEST(CodecOneofTest, NullOfOneIsNoValue) {
  EXPECT_EQ(MustRead<Choice>(R"({"number":null,"text":"a"})").text(), "a");
}

TEST(CodecOneofTest, NullIsAValueOfTheseTypes) {
  const Choice message = MustRead<Choice>(R"({"nothing":null,"anyValue":null})");

  EXPECT_EQ(message.kind_case(), Choice::kNothing);
  EXPECT_TRUE(message.any_value().has_null_value());
}

TEST(CodecMapTest, KeyTwiceIsRefused) {
  Maps message;
  EXPECT_THAT(ViolationsOf(Read(R"({"numbers":{"1":1,"1.0":2}})", &message)),
              ElementsAre(Pair("numbers.1.0", HasSubstr("is given twice"))));
}

TEST(CodecMapTest, KeysAreWrittenInOrder) {
  Maps message;
  for (const int32_t key : {10, -5, 3}) (*message.mutable_numbers())[key] = key;

  EXPECT_THAT(Json(message), HasSubstr(R"("numbers":{"-5":"-5","3":"3","10":"10"})"));
}

TEST(CodecEnumTest, AliasIsReadAndFirstNameWritten) {
  const Scalars message = MustRead<Scalars>(R"({"enumField":"COLOR_CRIMSON"})");

  EXPECT_THAT(Json(message), HasSubstr(R"("enumField":"COLOR_RED")"));
}

TEST(CodecNestedJsonTest, AnyValueIsTakenAsItIs) {
  const Nested message = MustRead<Nested>(
      R"({"definition": {"z":1.50, "a" : [ ] } , "optionalDefinition": 1e400,
          "definitions": [ "x\u0041", true,[{}] ]})");

  EXPECT_EQ(message.definition(), R"({"z":1.50, "a" : [ ] })");
  EXPECT_EQ(message.optional_definition(), "1e400");
  EXPECT_THAT(message.definitions(), ElementsAre(R"("x\u0041")", "true", "[{}]"));
}

TEST(CodecNestedJsonTest, NullIsUnset) {
  const Nested message =
      MustRead<Nested>(R"({"definition":null,"optionalDefinition":null})");

  EXPECT_FALSE(message.has_optional_definition());
  EXPECT_EQ(Json(message), R"({"definitions":[],"plain":""})");
}

TEST(CodecNestedJsonTest, TextThatIsNotJsonIsNotWritten) {
  for (const char* text : {"{", "{}}", "{} {}", "nul", "[1,]", "\"\xff\""}) {
    Nested message;
    message.set_definition(text);
    std::string json;

    EXPECT_THAT((WriteResponse<Nested, false>(message, &json)),
                HasCode(absl::StatusCode::kInternal))
        << text;
  }
}

TEST(CodecNestedJsonTest, SingleLineHasNoLineEnds) {
  Nested message;
  message.set_definition("{\r\n  \"a\": \"\\n\"\n}\n");
  message.set_plain("a\nb");
  std::string json;

  EXPECT_OK((WriteResponse<Nested, true>(message, &json)));

  EXPECT_EQ(json,
            R"({"definition":{    "a": "\n" } ,"definitions":[],"plain":"a\nb"})");
}

TEST(CodecTextTest, BytesThatAreNotUtf8AreNotWritten) {
  Tree message;
  message.set_name("a\xff");
  std::string json;

  EXPECT_THAT((WriteResponse<Tree, false>(message, &json)),
              HasCode(absl::StatusCode::kInternal));
}

TEST(CodecTextTest, TimesOutOfRangeAreNotWritten) {
  WellKnown message;
  message.mutable_timestamp()->set_seconds(253402300800);
  std::string json;

  EXPECT_THAT((WriteResponse<WellKnown, false>(message, &json)),
              HasCode(absl::StatusCode::kInternal));
}

TEST(CodecTextTest, ResponseIsAppended) {
  Tree message;
  std::string json = "{}";

  EXPECT_OK((WriteResponse<Tree, false>(message, &json)));

  EXPECT_EQ(json, R"({}{"name":"","children":[]})");
}

TEST(CodecDepthTest, HundredLevelsAreReadAndMoreRefused) {
  const auto nested = [](int levels) {
    std::string json;
    for (int i = 1; i < levels; ++i) json += R"({"left":)";
    json += "{}";
    json.append(static_cast<size_t>(levels - 1), '}');
    return json;
  };

  Tree message;
  EXPECT_OK(Read(nested(100), &message));
  EXPECT_THAT(std::string(Read(nested(101), &message).message()),
              HasSubstr("more than 100 levels"));
  EXPECT_THAT(Read(nested(100000), &message),
              HasCode(absl::StatusCode::kInvalidArgument));
}

TEST(CodecDepthTest, DepthIsLimitedInEveryKindOfValue) {
  const std::string deep(100000, '[');
  for (const char* start :
       {R"({"wellKnown":{"struct":{"a":)", R"({"wellKnown":{"value":)",
        R"({"wellKnown":{"listValue":)", R"({"unknown":)",
        R"({"nested":{"definition":)", R"({"scalars":{"stringField":)", ""}) {
    EveryType message;
    EXPECT_THAT(Read(start + deep, &message),
                HasCode(absl::StatusCode::kInvalidArgument))
        << start;
  }
}

TEST(CodecDepthTest, NestedJsonHasLevelsOfItsOwn) {
  const std::string json =
      absl::StrCat(R"({"nested":{"definition":)", std::string(100, '['),
                   std::string(100, ']'), "}}");

  EXPECT_EQ(MustRead<EveryType>(json).nested().definition().size(), 200u);
}

}  // namespace
}  // namespace gitsync::gateway
