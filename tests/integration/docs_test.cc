// The OpenAPI document and the page at /docs, by a validator and by a browser.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "absl/strings/str_cat.h"
#include "tests/support/gitsyncd_process.h"
#include "tests/support/node_script.h"
#include "tests/support/programs.h"
#include "tests/support/raw_http.h"
#include "tests/support/test_remote.h"

namespace gitsync {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

class DocsTest : public ::testing::Test {
 protected:
  std::string Url() { return absl::StrCat("http://", server_.http_endpoint()); }

  std::string Document() {
    return RawHttp(server_.http_endpoint()).Ask("GET /openapi.json", "").body;
  }

  CommandResult Run(const std::vector<std::string>& script_and_arguments) {
    return RunNodeScript("openapi", script_and_arguments);
  }

  CommandResult Validate(const std::string& document) {
    std::ofstream(folder_ / "openapi.json") << document;
    return Run({"validate.js", folder_ / "openapi.json"});
  }

  const TempDir folder_;
  GitsyncdProcess server_;
};

std::string Replace(std::string text, const std::string& what,
                    const std::string& with) {
  const size_t at = text.find(what);
  EXPECT_NE(at, std::string::npos) << what;
  return at == std::string::npos ? text : text.replace(at, what.size(), with);
}

TEST_F(DocsTest, DocumentIsValid) {
  const CommandResult result = Validate(Document());

  EXPECT_EQ(result.status, 0) << result.output;
  EXPECT_THAT(result.output, HasSubstr("valid: "));
}

TEST_F(DocsTest, FaultsInTheDocumentAreFound) {
  const std::string document = Document();

  const CommandResult cut = Validate(document.substr(0, document.size() / 2));
  const CommandResult schema =
      Validate(Replace(document, "\"type\": \"string\"", "\"type\": \"text\""));
  const CommandResult reference =
      Validate(Replace(document, "#/components/schemas/", "#/components/schemas/No"));
  const CommandResult parameter =
      Validate(Replace(document, "\"name\": \"appId\"", "\"name\": \"otherId\""));
  const CommandResult example =
      Validate(Replace(document, "\"code\": 5,", "\"code\": \"five\","));

  EXPECT_NE(cut.status, 0);
  EXPECT_NE(schema.status, 0);
  EXPECT_NE(reference.status, 0);
  EXPECT_NE(parameter.status, 0);
  EXPECT_NE(example.status, 0);
}

TEST_F(DocsTest, PageShowsAndCallsOperations) {
  const CommandResult result = Run({"docs_page.js", Url(), server_.AdminToken()});

  EXPECT_EQ(result.status, 0) << result.output;
  EXPECT_THAT(result.output, HasSubstr("operations shown, 3 called"));
}

TEST_F(DocsTest, PageOfABrokenDocumentIsFoundBroken) {
  const CommandResult result =
      Run({"docs_page.js", Url(), server_.AdminToken(), "broken"});

  EXPECT_EQ(result.status, 1) << result.output;
  EXPECT_THAT(result.output, HasSubstr("Waiting for selector `.opblock` failed"));
}

TEST_F(DocsTest, FilesAreServedAsTheyWereInstalled) {
  const std::string installed =
      absl::StrCat(ProgramFolder(),
                   "/../npm-docs/node_modules/swagger-ui-dist/swagger-ui-bundle.js");
  const std::string url = Url() + "/docs/swagger-ui-bundle.js";

  const CommandResult plain = RunCommand({"curl", "-sS", "-o", folder_ / "plain", url});
  const CommandResult compressed =
      RunCommand({"curl", "-sS", "--compressed", "-o", folder_ / "gzip", "-w",
                  "%{size_download}", url});

  ASSERT_EQ(plain.status, 0) << plain.output;
  ASSERT_EQ(compressed.status, 0) << compressed.output;
  EXPECT_EQ(RunCommand({"cmp", installed, folder_ / "plain"}).status, 0);
  EXPECT_EQ(RunCommand({"cmp", installed, folder_ / "gzip"}).status, 0);
  EXPECT_LT(std::stoi(compressed.output), 600'000);
}

TEST_F(DocsTest, PageLetsInNothingFromElsewhere) {
  RawHttp http(server_.http_endpoint());

  const HttpAnswer page = http.Ask("GET /docs", "");

  EXPECT_EQ(page.status, 200);
  EXPECT_THAT(page.headers.at("content-type"), StartsWith("text/html"));
  EXPECT_THAT(page.headers.at("content-security-policy"),
              StartsWith("default-src 'none'; script-src 'self'; style-src 'self';"));
  EXPECT_THAT(page.headers.at("content-security-policy"),
              EndsWith("frame-ancestors 'none'"));
  EXPECT_THAT(page.headers.at("content-security-policy"), Not(HasSubstr("unsafe")));
  EXPECT_EQ(page.headers.at("x-content-type-options"), "nosniff");
  EXPECT_THAT(page.body, Not(HasSubstr("http")));
}

}  // namespace
}  // namespace gitsync
