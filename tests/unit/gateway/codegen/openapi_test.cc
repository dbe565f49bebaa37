// The OpenAPI document: that of our API by what has to hold for any, and that of the
// golden protos by its parts.

#include "server/gateway/openapi.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidjson/document.h>
#include <rapidjson/pointer.h>
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include <functional>
#include <set>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "server/gateway/codegen/comments.h"
#include "server/gateway/transcoding/route.h"
#include "tests/unit/gateway/codegen/compile.h"

namespace gitsync::gateway::codegen {
namespace {

using ::rapidjson::Document;
using ::rapidjson::Value;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::UnorderedElementsAreArray;

Document Parse(absl::string_view json) {
  Document document;
  document.Parse(json.data(), json.size());
  EXPECT_FALSE(document.HasParseError()) << document.GetErrorOffset();
  return document;
}

Document LibraryDocument() {
  const Compiled compiled =
      Compile({}, {"library_service.proto"}, "openapi=openapi.json,title=Library");
  EXPECT_EQ(compiled.error, "");
  return Parse(compiled.files.at("openapi.json"));
}

// What is at a path like "paths|/v1/echo|post", as text.
std::string At(const Value& document, absl::string_view path) {
  const std::string escaped =
      absl::StrReplaceAll(path, {{"~", "~0"}, {"/", "~1"}, {"|", "/"}});
  const Value* found =
      rapidjson::Pointer(absl::StrCat("/", escaped).c_str()).Get(document);
  if (found == nullptr) return "nothing";
  rapidjson::StringBuffer text;
  rapidjson::Writer<rapidjson::StringBuffer> writer(text);
  found->Accept(writer);
  return text.GetString();
}

void ForEachOperation(
    const Value& document,
    const std::function<void(const std::string& path, const Value& operation)>& visit) {
  for (const auto& item : document["paths"].GetObject()) {
    for (const auto& operation : item.value.GetObject()) {
      visit(item.name.GetString(), operation.value);
    }
  }
}

void ForEachReference(const Value& value,
                      const std::function<void(const std::string&)>& visit) {
  if (value.IsArray()) {
    for (const Value& element : value.GetArray()) ForEachReference(element, visit);
  } else if (value.IsObject()) {
    for (const auto& member : value.GetObject()) {
      if (absl::string_view(member.name.GetString()) == "$ref") {
        visit(member.value.GetString());
      } else {
        ForEachReference(member.value, visit);
      }
    }
  }
}

class OpenApiTest : public ::testing::TestWithParam<bool> {
 protected:
  const Document document_ = GetParam() ? LibraryDocument() : Parse(OpenApiDocument());
};

INSTANTIATE_TEST_SUITE_P(Documents, OpenApiTest, ::testing::Bool(),
                         [](const auto& test) {
                           return test.param ? "Golden" : "Ours";
                         });

TEST_P(OpenApiTest, EveryReferenceLeadsSomewhere) {
  int count = 0;
  ForEachReference(document_, [&](const std::string& reference) {
    ++count;
    EXPECT_NE(rapidjson::Pointer(reference.c_str()).Get(document_), nullptr)
        << reference;
  });
  EXPECT_GT(count, 10);
}

TEST_P(OpenApiTest, EverySchemaIsReferredTo) {
  std::set<std::string> used;
  ForEachReference(document_, [&](const std::string& reference) {
    used.insert(reference.substr(reference.rfind('/') + 1));
  });
  for (const auto& schema : document_["components"]["schemas"].GetObject()) {
    EXPECT_THAT(used, Contains(std::string(schema.name.GetString())));
  }
}

TEST_P(OpenApiTest, OperationIdsAreUnique) {
  std::set<std::string> ids;
  ForEachOperation(document_, [&](const std::string& path, const Value& operation) {
    EXPECT_TRUE(ids.insert(operation["operationId"].GetString()).second) << path;
  });
}

TEST_P(OpenApiTest, PathParametersAreThoseOfThePath) {
  ForEachOperation(document_, [&](const std::string& path, const Value& operation) {
    std::set<std::string> names;
    for (size_t begin = path.find('{'); begin != path.npos;
         begin = path.find('{', begin + 1)) {
      names.insert(path.substr(begin + 1, path.find('}', begin) - begin - 1));
    }
    std::set<std::string> declared;
    if (operation.HasMember("parameters")) {
      for (const Value& parameter : operation["parameters"].GetArray()) {
        ASSERT_TRUE(parameter.HasMember("schema"));
        if (absl::string_view(parameter["in"].GetString()) != "path") continue;
        EXPECT_TRUE(parameter["required"].GetBool());
        EXPECT_TRUE(declared.insert(parameter["name"].GetString()).second);
      }
    }
    EXPECT_THAT(declared, UnorderedElementsAreArray(names)) << path;
  });
}

TEST_P(OpenApiTest, EveryOperationHasOneSuccessAndAnError) {
  ForEachOperation(document_, [&](const std::string& path, const Value& operation) {
    EXPECT_EQ(operation["responses"].MemberCount(), 2u) << path;
    EXPECT_EQ(At(operation, "responses|default|$ref"),
              "\"#/components/responses/Error\"");
    const auto success = operation["responses"].MemberBegin();
    EXPECT_THAT(success->name.GetString(), ::testing::StartsWith("2"));
    for (const auto& content : success->value["content"].GetObject()) {
      EXPECT_TRUE(content.value.HasMember("example")) << path;
    }
  });
}

TEST(OurOpenApiTest, EveryBindingIsThere) {
  const Document document = Parse(OpenApiDocument());
  size_t operations = 0;
  ForEachOperation(document, [&](const std::string&, const Value&) { ++operations; });

  size_t bindings = 0;
  for (const MethodTable* table : AllMethods()) {
    for (const Method& method : *table) bindings += method.bindings.size();
  }
  EXPECT_EQ(operations, bindings);
}

TEST(OurOpenApiTest, EverythingIsDescribed) {
  const Document document = Parse(OpenApiDocument());
  ForEachOperation(document, [&](const std::string& path, const Value& operation) {
    EXPECT_TRUE(operation.HasMember("summary")) << path;
    if (!operation.HasMember("parameters")) return;
    for (const Value& parameter : operation["parameters"].GetArray()) {
      EXPECT_TRUE(parameter.HasMember("description")) << path;
    }
  });
  for (const auto& schema : document["components"]["schemas"].GetObject()) {
    EXPECT_TRUE(schema.value.HasMember("description")) << schema.name.GetString();
  }
}

TEST(OurOpenApiTest, RequiredQueryIsAParameterOfOneValue) {
  const Document document = Parse(OpenApiDocument());

  EXPECT_EQ(At(document, "paths|/api/ext/apps|post|parameters|0"),
            R"({"name":"createMode","in":"query","required":true,)"
            R"("description":"Always this value.",)"
            R"("schema":{"type":"string","enum":["git"]}})");
  EXPECT_EQ(At(document, "paths|/api/ext/apps/{appId}|put|parameters|1|name"),
            "\"createMode\"");
}

TEST(OurOpenApiTest, SuccessStatusVerbAndStreamAreThere) {
  const Document document = Parse(OpenApiDocument());

  for (const char* path : {"/api/ext/organization/git", "/api/ext/organizations/git"}) {
    EXPECT_NE(At(document, absl::StrCat("paths|", path, "|post|responses|201")),
              "nothing");
  }
  EXPECT_NE(
      At(document, "paths|/api/ext/apps/{appId}/git-sync/release|post|responses|200"),
      "nothing");
  EXPECT_EQ(At(document,
               "paths|/api/v1/operations/{operationId}:watch|get|responses|200|content|"
               "application/x-ndjson|schema|$ref"),
            "\"#/components/schemas/WatchOperationResponse\"");
}

TEST(OurOpenApiTest, BodyLacksWhatThePathHas) {
  const Document document = Parse(OpenApiDocument());
  const std::string body =
      "paths|/api/ext/apps/{appId}/versions/{versionId}/git-sync/"
      "push|post|requestBody|";

  EXPECT_EQ(At(document, body + "required"), "true");
  const std::string schema = body + "content|application/json|schema|";
  EXPECT_EQ(At(document, schema + "required"), R"(["commitMessage"])");
  EXPECT_EQ(At(document, schema + "properties|appId"), "nothing");
  EXPECT_NE(At(document, schema + "properties|force"), "nothing");
  EXPECT_EQ(At(document, "paths|/api/ext/apps/{appId}|put|requestBody|required"),
            "nothing");
}

TEST(OurOpenApiTest, NestedJsonIsAnObject) {
  const Document document = Parse(OpenApiDocument());

  EXPECT_EQ(At(document, "components|schemas|Version|properties|definition|type"),
            "\"object\"");
}

TEST(LibraryOpenApiTest, VariableOfSeveralSegmentsIsSeveralParameters) {
  const Document document = LibraryDocument();

  EXPECT_EQ(At(document, "paths|/v1/shelves/{name}/books/{name2}|get|operationId"),
            "\"LibraryService_GetBook\"");
  EXPECT_EQ(At(document, "paths|/v1/books/{number}|get|operationId"),
            "\"LibraryService_GetBook_2\"");
}

TEST(LibraryOpenApiTest, OnePathHasOneSetOfNames) {
  // PATCH has it as book.name.
  EXPECT_EQ(At(LibraryDocument(),
               "paths|/v1/shelves/{name}/books/{name2}|patch|parameters|1|name"),
            "\"name2\"");
}

TEST(LibraryOpenApiTest, SecondRpcOnAPathHasAFragment) {
  EXPECT_EQ(At(LibraryDocument(),
               "paths|/v1/shelves/{shelf}/books#mode=import|post|operationId"),
            "\"LibraryService_ImportBook\"");
}

TEST(LibraryOpenApiTest, QueryHasTheFieldsThatAreLeft) {
  const Document document = LibraryDocument();
  const std::string get = "paths|/v1/books/{number}|get|parameters|";

  EXPECT_EQ(At(document, get + "1|name"), "\"name\"");
  EXPECT_EQ(At(document, get + "2|name"), "\"readMask\"");
  EXPECT_EQ(At(document, get + "3"), "nothing");
  EXPECT_EQ(At(document, "paths|/v1/shelves/{shelf}/books|post|parameters|1|name"),
            "\"requestId\"");
}

TEST(LibraryOpenApiTest, BodyFieldIsTheBody) {
  const Document document = LibraryDocument();

  EXPECT_EQ(At(document,
               "paths|/v1/shelves/{shelf}/books|post|requestBody|content|"
               "application/json|schema"),
            R"({"$ref":"#/components/schemas/Book"})");
  EXPECT_EQ(At(document,
               "paths|/v1/shelves/{name}/books/{name2}/tags|put|responses|200|content|"
               "application/json|schema"),
            R"({"type":"object","additionalProperties":)"
            R"({"type":"integer","format":"int32"}})");
}

TEST(LibraryOpenApiTest, ExampleOfAMessageIsTaken) {
  EXPECT_EQ(At(LibraryDocument(),
               "paths|/v1/books/{number}|get|responses|200|content|application/json|"
               "example"),
            R"({"name":"shelves/1/books/2","pageCount":7})");
}

TEST(LibraryOpenApiTest, TypesAreThoseOfTheJsonForm) {
  const Document document = LibraryDocument();
  const std::string scalars = "components|schemas|Scalars|properties|";
  const std::string known = "components|schemas|WellKnown|properties|";

  EXPECT_EQ(At(document, scalars + "int64Field"),
            R"({"type":"string","format":"int64"})");
  EXPECT_EQ(At(document, scalars + "bytesField"),
            R"({"type":"string","format":"byte"})");
  EXPECT_EQ(At(document, scalars + "uint32Field"),
            R"({"type":"integer","format":"int64","minimum":0})");
  EXPECT_EQ(At(document, scalars + "enumField"),
            R"({"$ref":"#/components/schemas/Color"})");
  EXPECT_EQ(At(document, known + "timestamp"),
            R"({"type":"string","format":"date-time"})");
  EXPECT_EQ(At(document, known + "value"), "{}");
  EXPECT_EQ(At(document, known + "int64Value"),
            R"({"type":"string","format":"int64"})");
  EXPECT_EQ(At(document, "components|schemas|Maps|properties|messages"),
            R"({"type":"object","additionalProperties":)"
            R"({"$ref":"#/components/schemas/Scalars"}})");
}

TEST(LibraryOpenApiTest, SourceHoldsTheDocument) {
  const Compiled compiled =
      Compile({}, {"library_service.proto"}, "openapi=openapi.json,title=Library");

  EXPECT_THAT(compiled.files.at("openapi.gateway.cc"),
              HasSubstr(absl::StrCat("R\"openapi(", compiled.files.at("openapi.json"),
                                     ")openapi\"")));
}

TEST(SummaryTest, IsTheFirstSentence) {
  EXPECT_EQ(SummaryOf("Creates an app,\nwith a version. More.\n\nRest."),
            "Creates an app, with a version");
  EXPECT_EQ(SummaryOf("Returns one app.\n\nErrors: none."), "Returns one app");
  EXPECT_EQ(SummaryOf("No stop"), "No stop");
  EXPECT_EQ(SummaryOf(""), "");
}

}  // namespace
}  // namespace gitsync::gateway::codegen
