// Names that look alike, and definitions that are none, as REST callers meet them.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/integration/rest_fixture.h"

namespace gitsync {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

using RestNamesTest = RestTest;

TEST_F(RestNamesTest, NamesThatLookAlikeAreOneName) {
  struct Row {
    std::string name;
    std::string alike;  // the same name in another spelling
    std::string slug;
  };
  const std::string apps =
      absl::StrCat("/api/v1/organizations/", gitsync_.dev(), "/apps");
  const auto create = [&](const std::string& path, const std::string& name) {
    return Call("POST", path, absl::StrCat(R"({"name":")", name, "\"}"));
  };
  for (const Row& row : {
           Row{"Cafe\xcc\x81", "Caf\xc3\xa9", "cafe"},
           Row{"Caf\xc3\xa9 2", "CAFe\xcc\x81 2", "cafe-2"},
           Row{"\xe2\x84\xabngstrom", "\xc3\x85ngstrom", "angstrom"},
           Row{"\xea\xb0\x80", "\xe1\x84\x80\xe1\x85\xa1", "ga"},
           Row{"Orders", "ORDERS", "orders"},
       }) {
    const CurlAnswer created = create(apps, row.name);
    EXPECT_EQ(created.status, 200) << created.body;
    EXPECT_EQ(Member(created.body, "slug"), row.slug);

    const CurlAnswer alike = create(apps, row.alike);

    EXPECT_EQ(alike.status, 409) << row.alike;
    EXPECT_THAT(alike.body, HasSubstr("APP_NAME_TAKEN"));
    EXPECT_EQ(create("/api/v1/organizations", row.name).status, 200);
    EXPECT_EQ(create("/api/v1/organizations", row.alike).status, 409) << row.alike;
  }
  EXPECT_EQ(create(apps, "Cafe").status, 200);
}

TEST_F(RestNamesTest, DefinitionThatIsNoneIsRefusedInWordsThatHelp) {
  struct Row {
    std::string definition;
    std::string words;
  };
  const std::string apps =
      absl::StrCat("/api/v1/organizations/", gitsync_.dev(), "/apps");
  for (const Row& row : {
           Row{"{\"x\":{\n\"value\":1,\n\"value\":2}}",
               R"(line 3, column 1: the key \"value\" is in the object twice; it is )"
               R"(there already at line 2, column 1)"},
           Row{R"([{"id":"a1","type":"tab"}])",
               R"(wrap the array in one, such as {\"items\": [...]})"},
           Row{R"("text")", "expected an object"},
       }) {
    const CurlAnswer answer =
        Call("POST", apps,
             absl::StrCat(R"({"name":"Shop","definition":)", row.definition, "}"));

    EXPECT_EQ(answer.status, 400) << answer.body;
    EXPECT_THAT(answer.body,
                AllOf(HasSubstr("INVALID_DEFINITION"), HasSubstr(row.words)));
  }
}

}  // namespace
}  // namespace gitsync
