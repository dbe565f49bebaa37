// The App client that most people use, against the stand-in: what the stand-in takes
// and refuses is what GitHub does, as far as that client knows.

#include "tests/support/node_script.h"
#include "tests/support/temp_dir.h"
#include "tests/unit/github/app_fixture.h"

namespace gitsync {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class OctokitTest : public AppTest {
 protected:
  // What it prints.
  std::string LogIn(const std::string& app_id, const std::string& key) {
    WriteTestFile(dir_ / "key.pem", key);
    WriteTestFile(dir_ / "ca.pem", ca_.certificate());
    const CommandResult result =
        RunNodeScript("support/github_stand_in",
                      {"octokit.js", dir_ / "ca.pem", github_.EnterpriseApiUrl(),
                       app_id, "789", dir_ / "key.pem", "acme", "apps"});
    EXPECT_EQ(result.status, 0) << result.output;
    return result.output;
  }

  const TempDir dir_;
};

TEST_F(OctokitTest, GetsATokenThatMayWrite) {
  const std::string said = LogIn("123", key_);

  EXPECT_THAT(said, HasSubstr(R"("token":"ghs_)"));
  EXPECT_THAT(said, HasSubstr(R"("contents":"write","push":true)"));
  EXPECT_EQ(github_.TokenRequests(), 1);
}

TEST_F(OctokitTest, IsRefusedWithAWrongKey) {
  const std::string said = LogIn("123", github_.AddApp("124"));

  EXPECT_THAT(said, HasSubstr(R"("status":401)"));
  EXPECT_THAT(said, Not(HasSubstr("ghs_")));
}

TEST_F(OctokitTest, IsRefusedWhatTheInstallationDoesNotHave) {
  github_.ChangeInstallation("789", R"("permissions":{"contents":"read"})");

  EXPECT_THAT(LogIn("123", key_), HasSubstr(R"("status":422)"));
}

}  // namespace
}  // namespace gitsync
