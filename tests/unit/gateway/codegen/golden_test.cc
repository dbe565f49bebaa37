#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>

#include "absl/strings/str_cat.h"
#include "tests/unit/gateway/codegen/compile.h"

namespace gitsync::gateway::codegen {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Key;

constexpr char kFolder[] = "tests/golden/gateway/";
constexpr char kRenew[] = "GITSYNC_RENEW_GOLDEN";

TEST(GoldenTest, OutputIsAsExpected) {
  const Compiled compiled =
      Compile({}, {"library_service.proto"}, "openapi=openapi.json,title=Library");
  ASSERT_EQ(compiled.error, "");
  ASSERT_THAT(
      compiled.files,
      ElementsAre(Key("all_methods.gateway.cc"), Key("all_methods.gateway.h"),
                  Key("library_service.gateway.cc"), Key("library_service.gateway.h"),
                  Key("openapi.gateway.cc"), Key("openapi.json")));

  for (const auto& [name, content] : compiled.files) {
    // It is the other one in a string.
    if (name == "openapi.gateway.cc") continue;
    const std::string expected = absl::StrCat(kFolder, "expected/", name, ".txt");
    if (std::getenv(kRenew) != nullptr) {
      std::ofstream(absl::StrCat(GITSYNC_SOURCE_DIR, "/", expected)) << content;
    }
    EXPECT_EQ(content, ReadSourceFile(expected))
        << "If the change is meant: " << kRenew << "=1 " << GITSYNC_BIN_DIR
        << "/gateway_codegen_test --gtest_filter=GoldenTest.*, then read the "
           "difference "
           "of "
        << expected;
  }
}

TEST(GoldenTest, AnnotationIsAllThatARouteNeeds) {
  const std::string with_rule =
      ReadSourceFile(absl::StrCat(kFolder, "library_service.proto"));
  std::string more = with_rule;
  const std::string place = "  // Has no HTTP form.\n";
  more.insert(more.find(place), R"(
  rpc NewOne(GetBookRequest) returns (Book) {
    option (google.api.http) = {get: "/v1/new/{name}"};
  }
)");

  const Compiled compiled = Compile({{"library_service.proto", more}});

  ASSERT_EQ(compiled.error, "");
  EXPECT_THAT(compiled.files.at("library_service.gateway.cc"),
              HasSubstr("\"/gitsync.testing.v1.LibraryService/NewOne\""));
  EXPECT_THAT(compiled.files.at("library_service.gateway.cc"),
              HasSubstr("{\"GET\", \"/v1/new/{name}\","));
}

}  // namespace
}  // namespace gitsync::gateway::codegen
