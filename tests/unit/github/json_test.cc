#include "server/github/json.h"

#include <gtest/gtest.h>

#include <string>

#include "tests/support/status_matchers.h"

namespace gitsync {
namespace {

TEST(JsonObjectTest, StringsAreFoundByTheirPath) {
  JsonObject object;
  ASSERT_TRUE(object.Parse(R"({"a":{"b":"text\u0000\u00e9","n":1},"c":"d","e":null})"));

  EXPECT_EQ(object.Text({"a", "b"}), std::string("text\0é", 7));
  EXPECT_EQ(object.Text({"c"}), "d");
  for (const auto& none :
       {object.Text({"a"}), object.Text({"a", "n"}), object.Text({"e"}),
        object.Text({"e", "f"}), object.Text({"c", "d"}), object.Text({"x"})}) {
    EXPECT_EQ(none, "");
  }
}

TEST(JsonObjectTest, WhatIsNoObjectHasNoMembers) {
  for (const std::string& text :
       {std::string(), std::string("[{\"a\":\"b\"}]"), std::string("\"a\""),
        std::string("{\"a\":\"b\""), std::string("{\"a\":\"b\"}x"),
        std::string("{\"a\":\"\xff\"}"), std::string("<html>")}) {
    JsonObject object;
    ASSERT_TRUE(object.Parse(R"({"a":"earlier"})"));
    EXPECT_FALSE(object.Parse(text)) << text;
    EXPECT_EQ(object.Text({"a"}), "") << text;
  }
}

TEST(JsonObjectTest, DepthTakesNoStack) {
  constexpr size_t kDepth = 1 << 20;
  const std::string nested =
      "{\"a\":" + std::string(kDepth, '[') + std::string(kDepth, ']') + "}";
  JsonObject object;
  EXPECT_TRUE(object.Parse(nested));
  EXPECT_FALSE(object.Parse(nested.substr(0, kDepth)));
}

TEST(QuoteJsonTest, QuotesWhatIsUtf8) {
  const absl::StatusOr<std::string> quoted = QuoteJson("a\"b\\\né\x01");
  ASSERT_OK(quoted);
  EXPECT_EQ(*quoted, "\"a\\\"b\\\\\\né\\u0001\"");
  EXPECT_THAT(QuoteJson("\xc3("), HasCode(absl::StatusCode::kInternal));
}

}  // namespace
}  // namespace gitsync
