#include "server/gateway/transcoding/path_template.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_join.h"
#include "tests/support/test_names.h"

namespace gitsync::gateway {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

using Kind = PathTemplate::Kind;

PathTemplate Parse(absl::string_view text) {
  absl::StatusOr<PathTemplate> parsed = PathTemplate::Parse(text);
  EXPECT_TRUE(parsed.ok()) << parsed.status();
  return *std::move(parsed);
}

// The segments in one line: "v1 * **".
std::string Segments(const PathTemplate& path) {
  std::vector<std::string> words;
  for (const PathTemplate::Segment& segment : path.segments()) {
    words.push_back(segment.kind == Kind::kLiteral ? segment.literal
                    : segment.kind == Kind::kAny   ? "*"
                                                   : "**");
  }
  return absl::StrJoin(words, " ");
}

TEST(PathTemplateTest, LiteralsAreSegments) {
  const PathTemplate path = Parse("/api/v1/access-tokens");

  EXPECT_EQ(Segments(path), "api v1 access-tokens");
  EXPECT_THAT(path.variables(), IsEmpty());
  EXPECT_EQ(path.verb(), "");
  EXPECT_EQ(path.text(), "/api/v1/access-tokens");
}

TEST(PathTemplateTest, VariableWithoutPatternIsOneSegment) {
  const PathTemplate path = Parse("/apps/{app_id}/versions/{version_id}");

  EXPECT_EQ(Segments(path), "apps * versions *");
  ASSERT_EQ(path.variables().size(), 2u);
  EXPECT_THAT(path.variables()[1].field_path, ElementsAre("version_id"));
  EXPECT_EQ(path.variables()[1].begin, 3u);
  EXPECT_EQ(path.variables()[1].end, 4u);
  EXPECT_FALSE(path.variables()[1].multi_segment);
}

TEST(PathTemplateTest, VariableOfSeveralSegmentsWithVerb) {
  const PathTemplate path = Parse("/v1/{book.name=shelves/*/books/**}:close");

  EXPECT_EQ(Segments(path), "v1 shelves * books **");
  ASSERT_EQ(path.variables().size(), 1u);
  EXPECT_THAT(path.variables()[0].field_path, ElementsAre("book", "name"));
  EXPECT_EQ(path.variables()[0].begin, 1u);
  EXPECT_EQ(path.variables()[0].end, 5u);
  EXPECT_TRUE(path.variables()[0].multi_segment);
  EXPECT_EQ(path.verb(), "close");
}

TEST(PathTemplateTest, AnyCountAloneInVariableIsMultiSegment) {
  EXPECT_TRUE(Parse("/{name=**}").variables()[0].multi_segment);
}

TEST(PathTemplateTest, LiteralInVariableIsSingleSegment) {
  EXPECT_FALSE(Parse("/{name=main}").variables()[0].multi_segment);
}

TEST(PathTemplateTest, WildcardsOutsideOfVariables) {
  EXPECT_EQ(Segments(Parse("/a/*/**")), "a * **");
}

TEST(PathTemplateTest, PercentEncodingIsDecodedInLiteralsAndVerbs) {
  const PathTemplate path = Parse("/a%2Fb/c:d%3a");

  EXPECT_EQ(path.segments()[0].literal, "a/b");
  EXPECT_EQ(path.verb(), "d:");
}

TEST(PathTemplateTest, VerbAfterLiteralIsNoPartOfIt) {
  const PathTemplate path = Parse("/organizations/{organization_id}/git:finalize");

  EXPECT_EQ(Segments(path), "organizations * git");
  EXPECT_EQ(path.verb(), "finalize");
}

struct Refusal {
  const char* text;
  const char* problem;
};

class PathTemplateRefusalTest : public ::testing::TestWithParam<Refusal> {};

TEST_P(PathTemplateRefusalTest, IsRefusedWithColumn) {
  const absl::StatusOr<PathTemplate> parsed = PathTemplate::Parse(GetParam().text);

  ASSERT_EQ(parsed.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(parsed.status().message(), HasSubstr(GetParam().text));
  EXPECT_THAT(parsed.status().message(), HasSubstr(GetParam().problem));
}

INSTANTIATE_TEST_SUITE_P(
    Texts, PathTemplateRefusalTest,
    ::testing::Values(
        Refusal{"", "column 1: it has to begin with '/'"},
        Refusal{"v1/a", "column 1: it has to begin with '/'"},
        Refusal{"/", "column 2: expected a segment"},
        Refusal{"/a/", "column 4: expected a segment"},
        Refusal{"/a//b", "column 4: expected a segment"},
        Refusal{"/**/a", "\"**\" has to be the last segment"},
        Refusal{"/{a=**}/b", "\"**\" has to be the last segment"},
        Refusal{"/{a=**}/{b}", "\"**\" has to be the last segment"},
        Refusal{"/{a=**/b}", "\"**\" has to be the last segment"},
        Refusal{"/***", "column 4: '*' can't be here"},
        Refusal{"/a*", "column 3: '*' can't be here"},
        Refusal{"/{a={b}}", "a variable can't be inside a variable"},
        Refusal{"/{a", "expected '}'"}, Refusal{"/{}", "expected the name of a field"},
        Refusal{"/{1a}", "expected the name of a field"},
        Refusal{"/{a.}", "expected the name of a field"},
        Refusal{"/{a=}", "expected a segment"},
        Refusal{"/{a}b", "column 5: 'b' can't be here"},
        Refusal{"/{a}/{a}", "the field \"a\" is there twice"},
        Refusal{"/a:", "expected a verb"}, Refusal{"/a:b/c", "'/' can't be here"},
        Refusal{"/a:b:c", "':' can't be here"}, Refusal{"/a?b=c", "'?' can't be here"},
        Refusal{"/a b", "' ' can't be here"}, Refusal{"/a%2", "hexadecimal"},
        Refusal{"/a%zz", "hexadecimal"}, Refusal{"/a}", "'}' can't be here"}),
    [](const auto& test) { return TestNameOf(test.param.text, test.index); });

}  // namespace
}  // namespace gitsync::gateway
