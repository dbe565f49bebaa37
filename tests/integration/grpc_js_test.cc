// A client that is not of gRPC's C++ library while the server ends.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <filesystem>
#include <future>
#include <string>

#include "tests/support/gitsyncd_process.h"
#include "tests/support/node_script.h"
#include "tests/support/temp_dir.h"

namespace gitsync {
namespace {

using ::testing::MatchesRegex;

constexpr int kJsRounds = 3;

TEST(GrpcJsTest, CallsThatSigtermMeetsAreUnavailable) {
  ASSERT_EQ(InstallNpmPackages("support/grpc_js").status, 0);
  for (int round = 0; round < kJsRounds; ++round) {
    const TempDir folder;
    const std::string mark = folder / "mark";
    GitsyncdProcess server;
    auto load = std::async(std::launch::async, [&] {
      return RunNodeScript("support/grpc_js",
                           {"load.js", server.endpoint(), server.AdminToken(), mark});
    });
    while (!std::filesystem::exists(mark) &&
           load.wait_for(std::chrono::milliseconds(5)) != std::future_status::ready) {
    }

    EXPECT_EQ(server.Terminate(), 0) << server.Log();

    const CommandResult ended = load.get();
    EXPECT_EQ(ended.status, 0);
    EXPECT_THAT(ended.output, MatchesRegex("\\{\"OK\":[0-9]+,\"UNAVAILABLE\":64\\}\n"));
  }
}

}  // namespace
}  // namespace gitsync
