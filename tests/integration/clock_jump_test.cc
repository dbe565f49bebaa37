// The machine's clock is set while the server runs: by somebody, or by what keeps it
// right after a pause. libfaketime stands in for that.

#include <glob.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/time/clock.h"
#include "tests/integration/curl.h"
#include "tests/integration/installation.h"
#include "tests/support/slowness.h"

namespace gitsync {
namespace {

std::string Library() {
  glob_t found = {};
  std::string path;
  if (glob("/usr/lib/*/faketime/libfaketimeMT.so.1", 0, nullptr, &found) == 0) {
    path = found.gl_pathv[0];
  }
  globfree(&found);
  return path;
}

// A server whose clock differs from this machine's by what a file says.
class ClockJumpTest : public testing::Test {
 protected:
  // The test's own clock goes on.
  void SetClock(const std::string& offset) {
    std::ofstream(folder_ / "offset") << offset << std::endl;
  }

  InstallationOptions Options() {
    SetClock("+0");
    InstallationOptions options;
    options.server.environment = {"LD_PRELOAD=" + Library(), "FAKETIME_NO_CACHE=1",
                                  "FAKETIME_TIMESTAMP_FILE=" + (folder_ / "offset"),
                                  "FAKETIME_DONT_FAKE_MONOTONIC=1"};
    return options;
  }

  const TempDir folder_;
};

TEST_F(ClockJumpTest, CallsGoOn) {
  if (kSanitized) GTEST_SKIP() << "a sanitizer has to be the first library";
  ASSERT_NE(Library(), "") << "install libfaketime";
  Installation gitsync(Options());
  const std::string url = absl::StrCat("http://", gitsync.server().http_endpoint(),
                                       "/api/v1/organizations");
  const auto rest = [&] {
    return Curl(
        {"-i", "-H", "Authorization: Basic " + gitsync.server().AdminToken(), url});
  };
  const AppAndVersion app = gitsync.api().CreateApp(gitsync.dev(), "App", kDefinition);

  for (const int days : {1100, -1100}) {
    SetClock(absl::StrFormat("%+dd", days));
    // Abseil looks at the machine's clock every few seconds only.
    const std::string shown = absl::FormatTime(
        " %Y ", absl::Now() + days * absl::Hours(24), absl::UTCTimeZone());
    CurlAnswer answer = rest();
    for (int i = 0; i < 300 && !absl::StrContains(answer.body, shown); ++i) {
      ASSERT_EQ(answer.status, 200) << answer.body;
      absl::SleepFor(absl::Milliseconds(100));
      answer = rest();
    }

    EXPECT_THAT(answer.body, testing::HasSubstr(shown));
    EXPECT_EQ(answer.status, 200) << answer.body;
    EXPECT_OK(
        gitsync.api().UpdateDefinition(app, absl::StrCat("{\"days\":", days, "}")));
    EXPECT_OK(gitsync.api().Push(app, "after a jump"));
  }
}

}  // namespace
}  // namespace gitsync
