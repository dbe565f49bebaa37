// Values of fields, odd ones above all, by both gateways.

#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "tests/parity/parity_fixture.h"

namespace gitsync {
namespace {

class ValuesTest : public ParityTest {
 protected:
  // A new organization with this value, as JSON, in one field.
  Question Organization(const std::string& field, const std::string& value) {
    return {
        "POST", "/api/v1/organizations",
        absl::StrCat("{\"", field, "\":", value, ",",
                     field == "name" ? "" : absl::StrCat("\"name\":\"", Uuid(), "\","),
                     RequestId(), "}")};
  }
  Question Token(const std::string& field, const std::string& value) {
    const std::string role = field == "role" ? "" : "\"role\":\"ROLE_VIEWER\",";
    return {"POST", "/api/v1/access-tokens",
            absl::StrCat("{\"", field, "\":", value, ",", role, R"("organizationId":")",
                         gitsync_.dev(), R"(","name":"token",)", RequestId(), "}")};
  }
  Question App(const AppAndVersion& app, const std::string& field,
               const std::string& value) {
    return {"PATCH", "/api/v1/apps/" + app.app_id,
            absl::StrCat("{\"", field, "\":", value, ",", RequestId(), "}")};
  }
  void AskAll(const std::vector<std::string>& values,
              const std::function<Question(const std::string&)>& question) {
    for (const std::string& value : values) Same(question(value));
  }
  void AskAllRefused(const std::vector<std::string>& values,
                     const std::function<Question(const std::string&)>& question) {
    for (const std::string& value : values) SameStatus(question(value));
  }
  void AskAllDifferent(Why why, const std::vector<std::string>& values,
                       const std::function<Question(const std::string&)>& question) {
    for (const std::string& value : values) Differ(why, question(value));
  }
};

TEST_F(ValuesTest, Strings) {
  const auto name = [&](const std::string& value) {
    return Organization("name", value);
  };
  AskAll({R"("plain")",
          R"("")",
          R"(" ")",
          R"(" a ")",
          R"("a\tb")",
          R"("a\nb")",
          R"("a\u0000b")",
          R"("\u001f")",
          R"("\u007f")",
          R"("\u0080")",
          R"("\"\\\/")",
          R"("\b\f\n\r\t")",
          R"("é")",
          R"("\u00e9\u00E9")",
          R"("日本")",
          R"("𝄞")",
          R"("\ud834\udd1e1")",
          R"("\uD834\uDD1E2")",
          R"("<script>&amp;</script>")",
          R"("\u2028 \u2029")",
          "\"\xE2\x80\xA8\"",
          R"("\ufeffbom")",
          R"("\ufffd")",
          R"("\uffff")",
          R"("null")",
          R"("true")",
          R"("1")",
          R"("{}")",
          R"("%2F")",
          R"("a+b")",
          R"("o\u0301")",
          R"(null)",
          absl::StrCat("\"", std::string(100, 'a'), "\""),
          absl::StrCat("\"", std::string(101, 'a'), "\""),
          absl::StrCat("\"", std::string(100000, 'a'), "\"")},
         name);
  AskAllRefused({"5",        "-1.5",     "true",         "false",       "{}",
                 "[]",       R"(["a"])", R"({"a":"b"})", "'a'",         "a",
                 "\"a",      R"("\x")",  R"("\u12")",    R"("\u12g4")", "\"a\nb\"",
                 "\"a\tb\"", "\"\x01\"", "nul",          "NaN",         "undefined"},
                name);
  AskAllDifferent(Why::kBadUnicode,
                  {R"("lone \ud834")", R"("low \udd1e")", R"("order \udd1e\ud834")",
                   R"("twice \ud834\ud834\udd1e")", "\"byte \x80\"", "\"cut \xC3\"",
                   "\"overlong \xC0\xAF\"", "\"surrogate \xED\xA0\x80\"",
                   "\"above \xF4\x90\x80\x80\"", "\"latin \xE9t\xE9\""},
                  name);
}

TEST_F(ValuesTest, Lists) {
  const auto environments = [&](const std::string& value) {
    return Organization("environments", value);
  };
  AskAll({"[]", "null", R"(["live"])", R"(["test","live"])", R"([ "test" , "live" ])",
          R"(["a","a"])", R"([""])", R"(["UPPER"])", R"(["é"])",
          R"(["1","2","3","4","5","6","7","8","9","10","11"])"},
         environments);
  AskAllRefused({R"("live")", "{}", "5", "true", R"([1])", R"([["a"]])", R"([{}])",
                 R"(["a",])", R"([,"a"])", R"(["a" "b"])", R"(["a")", R"("a"])",
                 R"([true])", R"({"0":"a"})", R"([null])", R"(["a",null])"},
                environments);
}

TEST_F(ValuesTest, Enums) {
  const auto role = [&](const std::string& value) { return Token("role", value); };
  AskAll({R"("ROLE_VIEWER")", R"("ROLE_EDITOR")", R"("ROLE_ORG_ADMIN")",
          R"("ROLE_ADMIN")", R"("ROLE_UNSPECIFIED")", "0", "1", "2", "3", "4", "5",
          "99", "-1", "2147483647", "-2147483648", "null"},
         role);
  AskAllRefused({R"("role_viewer")",
                 R"("VIEWER")",
                 R"("Role_Viewer")",
                 R"("")",
                 R"(" ROLE_VIEWER")",
                 R"("ROLE_NOPE")",
                 "true",
                 "{}",
                 "[]",
                 "[1]",
                 "2147483648",
                 "-2147483649",
                 "1.5",
                 "99999999999999999999",
                 "01",
                 "+1",
                 "0x1",
                 ".5",
                 "1.",
                 "1e",
                 "-"},
                role);
  AskAllDifferent(Why::kEscapedEnum, {R"("\u0052OLE_VIEWER")"}, role);
}

TEST_F(ValuesTest, Times) {
  const auto time = [&](const std::string& value) {
    return Token("expireTime", value);
  };
  AskAll({R"("2099-01-31T10:00:00Z")", R"("2099-01-31T10:00:00.5Z")",
          R"("2099-01-31T10:00:00.123Z")", R"("2099-01-31T10:00:00.123456Z")",
          R"("2099-01-31T10:00:00.123456789Z")", R"("2099-01-31T10:00:00.100000000Z")",
          R"("2099-01-31T10:00:00+02:00")", R"("2099-01-31T10:00:00-11:30")",
          R"("2096-02-29T23:59:59Z")", R"("9999-12-31T23:59:59.999999999Z")",
          R"("1969-12-31T23:59:59Z")", R"("1970-01-01T00:00:00Z")",
          R"("0001-01-01T00:00:00Z")", R"("2020-01-01T00:00:00Z")", "null"},
         time);
  AskAllRefused({R"("")",
                 R"("2099")",
                 R"("2099-01-31")",
                 R"("2099-01-31T10:00:00")",
                 R"("2099-01-31 10:00:00Z")",
                 R"("2099-02-29T10:00:00Z")",
                 R"("2099-13-01T10:00:00Z")",
                 R"("2099-00-01T10:00:00Z")",
                 R"("2099-01-32T10:00:00Z")",
                 R"("2099-01-31T24:00:00Z")",
                 R"("2099-01-31T10:60:00Z")",
                 R"("2099-01-31T10:00:61Z")",
                 R"("2099-01-31T10:00:00.Z")",
                 R"("2099-01-31T10:00:00+0200")",
                 R"("10000-01-01T00:00:00Z")",
                 R"("-001-01-01T00:00:00Z")",
                 R"("tomorrow")",
                 R"("2099-01-31T10:00:00Zz")",
                 R"(" 2099-01-31T10:00:00Z")",
                 "4073234400",
                 "true",
                 "[]",
                 "1.5"},
                time);
}

TEST_F(ValuesTest, Booleans) {
  const AppAndVersion app =
      gitsync_.api().CreateApp(gitsync_.dev(), "Shop", kDefinition);
  const auto editable = [&](const std::string& value) {
    return App(app, "editable", value);
  };
  AskAll({"true", "false"}, editable);
  AskAllDifferent(Why::kOptionalNull, {"null"}, editable);
  AskAllRefused({"1", "0", R"("")", R"("yes")", "TRUE", "{}", "[]", "tru", R"("True")"},
                editable);
}

TEST_F(ValuesTest, FieldMasks) {
  const AppAndVersion app =
      gitsync_.api().CreateApp(gitsync_.dev(), "Shop", kDefinition);
  const auto mask = [&](const std::string& value) {
    return App(app, "updateMask", value);
  };
  AskAll({"null"}, mask);
  AskAllDifferent(Why::kFieldMask, {R"("")", R"("editable")"}, mask);
  AskAllRefused({"5", "true", "[]", R"(["name"])"}, mask);
}

TEST_F(ValuesTest, Messages) {
  const AppAndVersion app =
      gitsync_.api().CreateApp(gitsync_.dev(), "Shop", kDefinition);
  const auto author = [&](const std::string& value) {
    return Question{"POST",
                    absl::StrCat("/api/ext/apps/", app.app_id, "/versions/",
                                 app.version_id, "/git-sync/push"),
                    absl::StrCat(R"({"commitMessage":"m","author":)", value, ",",
                                 RequestId(), "}")};
  };
  AskAll({"null", "{}", R"({"name":"Ada","email":"ada@example.com"})",
          R"({"email":"ada@example.com","name":"Ada"})", R"({"name":"Ada"})",
          R"({"name":null,"email":null})", R"({"name":"<","email":"a@b"})"},
         author);
  AskAllRefused({"5", R"("Ada")", "[]", R"([{}])", "true", R"({"name":5})",
                 R"({"name":{}})", R"({"name"})", R"({"name":})", R"({name:"Ada"})"},
                author);
  AskAllDifferent(Why::kUnknownField,
                  {R"({"name":"Ada","email":"ada@example.com","phone":"1"})",
                   R"({"Name":"Ada","name":"Ada","email":"ada@example.com"})"},
                  author);
}

TEST_F(ValuesTest, Definitions) {
  int apps = 0;
  for (const char* definition :
       {"{}", R"({"a":1})", R"({"a":1.0})", R"({"a":-0})", R"({"a":1E+2})",
        R"({"a":0.1e-7})", R"({"a":12345678901234567890123})", R"({"a":"\u00e9é"})",
        R"({"a":"\ud834\udd1e"})", R"({"a":"<&>\u2028"})", R"({"":{"":[]}})",
        R"({"a":[1,"2",true,false,null,{}]})", "{ \"a\" : [ 1 , 2 ] }",
        "{\n\t\"a\": 1\n}", R"({"a":{"definition":{"b":1}}})"}) {
    const HttpAnswer made =
        Same({"POST", absl::StrCat("/api/v1/organizations/", gitsync_.dev(), "/apps"),
              absl::StrCat(R"({"name":"app )", ++apps, R"(","definition":$D,)",
                           RequestId(), "}"),
              definition});
    EXPECT_EQ(made.status, 200) << made.body;
    Same({"GET", absl::StrCat("/api/v1/apps/", Member(made.body, "id"), "/versions/",
                              Member(made.body, "firstVersionId"))});
  }
}

TEST_F(ValuesTest, NumbersInTheQuery) {
  const auto size = [](const std::string& value) {
    return Question{"GET", "/api/v1/organizations?pageSize=" + value};
  };
  AskAll({"0", "1", "2", "1000", "1001", "-1", "2147483647", "-2147483648", "-0"},
         size);
  AskAllRefused({"2147483648", "-2147483649", "1.5", "abc", "NaN", "%201", "1%20",
                 "1,2", "%D9%A1", "true", "null", "1e400", "--1",
                 "99999999999999999999", "%22%22", "%2B", "-"},
                size);
  AskAllDifferent(Why::kWholeNumber, {"1.0", "1e2", "100e-2"}, size);
  AskAllDifferent(Why::kNumberSyntax, {"0x10", "1_0", "0b1", "0o7", "1;2"}, size);
  AskAllDifferent(Why::kNumberForm, {"010", "%2B5"}, size);
}

}  // namespace
}  // namespace gitsync
