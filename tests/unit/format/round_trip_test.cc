// Random definitions, with an independent parser as the judge of what they say.

#include <gtest/gtest.h>
#include <rapidjson/document.h>

#include <random>
#include <set>
#include <string>

#include "absl/strings/str_cat.h"
#include "server/format/app_files.h"
#include "server/format/definition.h"
#include "tests/support/status_matchers.h"

namespace gitsync {
namespace {

// Makes definitions that look like an app's, with names and keys chosen to collide.
class Generator {
 public:
  explicit Generator(unsigned seed) : random_(seed) {}

  std::string Definition() { return Object(0); }

 private:
  int Below(int limit) { return static_cast<int>(random_() % limit); }

  std::string Space() {
    static constexpr const char* kSpaces[] = {"", "", "", "", " ", "\n", "\t\r\n "};
    return kSpaces[Below(7)];
  }

  std::string Text() {
    static constexpr const char* kTexts[] = {
        "",       "a",       "A",         "a b",           "a-b",
        "_order", "con",     "CON",       "definition",    ".git",
        "../x",   "\\u0000", "\\u00e9",   "\xc3\xa9",      "\\ud83d\\ude00",
        "\\\"",   "\\\\",    "\\/",       "a\\u0000",      "item",
        "{",      "]",       "home page", "longer-than-8", "longer-thaN",
        "\\u0061"};
    return kTexts[Below(26)];
  }

  std::string Key() {
    static constexpr const char* kKeys[] = {"name", "id", "pages", "Pages",
                                            "components"};
    return Below(2) == 0 ? std::string(kKeys[Below(5)]) : Text();
  }

  std::string Scalar() {
    static constexpr const char* kScalars[] = {
        "1", "-0", "0.1000", "1E+5", "1e-400", "true", "null", "false", "\"x\""};
    return Below(3) == 0 ? absl::StrCat("\"", Text(), "\"")
                         : std::string(kScalars[Below(9)]);
  }

  std::string Value(int depth) {
    const int kind = depth > 5 ? 9 : Below(depth == 1 ? 7 : 10);
    if (kind < 2) return Object(depth);
    if (kind < 3) return Array(depth);
    if (kind < 6) return Elements(depth);
    return Scalar();
  }

  std::string Array(int depth) {
    std::string out = "[" + Space();
    const int count = Below(4);
    for (int i = 0; i < count; ++i) {
      absl::StrAppend(&out, i > 0 ? "," : "", Space(), Value(depth + 1), Space());
    }
    return out + "]";
  }

  // An array of objects, most with names.
  std::string Elements(int depth) {
    std::string out = "[";
    const int count = Below(5);
    for (int i = 0; i < count; ++i) {
      absl::StrAppend(&out, i > 0 ? "," : "",
                      Below(30) == 0 ? Scalar() : Object(depth + 1));
    }
    return out + "]";
  }

  std::string Object(int depth) {
    std::string out = "{" + Space();
    const bool named = depth > 0 && Below(20) != 0;
    if (named) {
      absl::StrAppend(&out, "\"name\":\"", Text(), Below(4) != 0 ? Text() : "", "\"");
    }
    std::set<std::string> used;
    if (named) used.insert("name");
    for (int count = Below(5); count > 0; --count) {
      const std::string key = Key();
      if (!used.insert(key).second) continue;
      absl::StrAppend(&out, used.size() > 1 ? "," : "", Space(), "\"", key, "\"",
                      Space(), ":", Space(), Value(depth + 1), Space());
    }
    return out + "}";
  }

  std::mt19937 random_;
};

rapidjson::Document Parse(const std::string& text) {
  rapidjson::Document document;
  document.Parse<rapidjson::kParseNumbersAsStringsFlag>(text.data(), text.size());
  return document;
}

TEST(RoundTripPropertyTest, WhatIsWrittenReadsBackEqual) {
  const AppManifest manifest = {"id", "n", "n", "v"};
  Generator generator(20261122);
  int valid = 0;
  int split = 0;
  for (int i = 0; i < 2000; ++i) {
    const std::string definition = generator.Definition();
    // A key may come twice, in two spellings.
    if (!CheckDefinition(definition).ok()) continue;
    ++valid;
    ASSERT_OK_AND_ASSIGN(const std::string canonical, CanonicalJson(definition));
    ASSERT_OK_AND_ASSIGN(const std::string again, CanonicalJson(canonical));
    ASSERT_EQ(again, canonical);
    ASSERT_TRUE(Parse(definition) == Parse(canonical)) << definition;

    ASSERT_OK_AND_ASSIGN(const FileMap files, WriteApp(manifest, definition));
    ASSERT_OK_AND_ASSIGN(const FileMap same, WriteApp(manifest, canonical));
    ASSERT_EQ(files, same) << definition;
    ASSERT_OK_AND_ASSIGN(const AppContent content, ReadApp(files));
    ASSERT_EQ(content.definition, canonical) << definition;
    if (files.size() > 2) ++split;
  }
  // Otherwise the generator tests nothing.
  EXPECT_GT(valid, 1000);
  EXPECT_GT(split, 100);
}

TEST(RoundTripPropertyTest, CutTextNeverPasses) {
  Generator generator(7);
  for (int i = 0; i < 100; ++i) {
    const std::string definition = generator.Definition();
    const size_t end = definition.find_last_of('}');
    for (size_t cut = 0; cut < end; cut += 1 + end / 50) {
      // A buffer of its own, so that a sanitizer sees a read beyond its end.
      const std::string text(definition, 0, cut);
      EXPECT_FALSE(CheckDefinition(text).ok()) << text;
    }
  }
}

}  // namespace
}  // namespace gitsync
