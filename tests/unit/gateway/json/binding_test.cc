// The functions of a method table, for bodies that are a field of the message.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "library_service.gateway.h"
#include "tests/support/status_matchers.h"
#include "tests/unit/gateway/json/violations.h"

namespace gitsync::gateway {
namespace {

using ::gitsync::testing::v1::CreateBookRequest;
using ::gitsync::testing::v1::Page;
using ::gitsync::testing::v1::TagBookRequest;
using ::gitsync::testing::v1::TagBookResponse;
using ::gitsync::testing::v1::UpdateBookResponse;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Pair;

const Method& LibraryMethod(absl::string_view name) {
  for (const Method& method : gitsync_testing_v1::LibraryServiceMethods()) {
    if (method.full_name.substr(method.full_name.rfind('/') + 1) == name) return method;
  }
  ADD_FAILURE() << "no such method";
  return gitsync_testing_v1::LibraryServiceMethods().front();
}

TEST(BindingTest, BodyIsAFieldOfTheRequest) {
  CreateBookRequest request;
  const HttpBinding& binding = LibraryMethod("CreateBook").bindings[0];

  ASSERT_OK(binding.read_body(R"({"pageCount":"7","settings":{"a":1}})", &request));

  EXPECT_EQ(request.book().page_count(), 7);
  EXPECT_EQ(request.book().settings(), R"({"a":1})");
}

TEST(BindingTest, ErrorsInABodyFieldHaveItsNameBefore) {
  CreateBookRequest request;
  const HttpBinding& binding = LibraryMethod("CreateBook").bindings[0];

  EXPECT_THAT(ViolationsOf(binding.read_body(R"({"page_count":"x"})", &request)),
              ElementsAre(Pair("book.page_count", HasSubstr("whole number"))));
  EXPECT_THAT(
      ViolationsOf(binding.read_body("[]", &request)),
      ElementsAre(Pair("book", HasSubstr("has to be an object, and is an array"))));
}

TEST(BindingTest, BodyMayBeARepeatedField) {
  TagBookRequest request;
  const HttpBinding& binding = LibraryMethod("TagBook").bindings[0];

  ASSERT_OK(binding.read_body(R"(["a", "b"])", &request));
  EXPECT_THAT(request.tags(), ElementsAre("a", "b"));
  EXPECT_THAT(ViolationsOf(binding.read_body(R"(["a", 5])", &request)),
              ElementsAre(Pair("tags[1]", HasSubstr("a string"))));
}

TEST(BindingTest, ResponseBodyIsAFieldOfTheResponse) {
  UpdateBookResponse book;
  book.mutable_book()->set_name("a");
  TagBookResponse tags;
  (*tags.mutable_counts())["x"] = 1;
  std::string json;

  ASSERT_OK(LibraryMethod("UpdateBook").bindings[0].write_response(book, &json));
  EXPECT_EQ(json, R"({"name":"a","pageCount":"0","color":"COLOR_UNSPECIFIED"})");
  json.clear();
  ASSERT_OK(LibraryMethod("TagBook").bindings[0].write_response(tags, &json));
  EXPECT_EQ(json, R"({"x":1})");
}

TEST(BindingTest, StreamedMessageIsOneLine) {
  Page page;
  page.set_layout("{\n}");
  std::string json;

  ASSERT_OK(LibraryMethod("ReadBook").bindings[0].write_response(page, &json));

  EXPECT_EQ(json, R"({"number":0,"text":"","layout":{ }})");
}

TEST(BindingTest, RulesWithoutABodyReadNone) {
  EXPECT_EQ(LibraryMethod("GetBook").bindings[1].read_body, nullptr);
  EXPECT_EQ(LibraryMethod("GetBook").bindings[1].path_template, "/v1/books/{number}");
}

TEST(BindingTest, FaultInTheJsonEndsTheReading) {
  CreateBookRequest request;
  const HttpBinding& binding = LibraryMethod("ImportBook").bindings[0];
  const absl::Status status =
      binding.read_body("{\"book\":{\"odd\":1,\n \"name\":nul}}", &request);

  EXPECT_THAT(
      ViolationsOf(status),
      ElementsAre(Pair("book.name", "line 2, column 9: expected a value, found 'n'")));
  EXPECT_THAT(std::string(status.message()), HasSubstr("The body is not valid JSON"));
}

TEST(BindingTest, TextAfterTheValueIsRefused) {
  CreateBookRequest request;
  EXPECT_THAT(std::string(LibraryMethod("ImportBook")
                              .bindings[0]
                              .read_body("{} {}", &request)
                              .message()),
              HasSubstr("line 1, column 4: expected the end"));
}

}  // namespace
}  // namespace gitsync::gateway
