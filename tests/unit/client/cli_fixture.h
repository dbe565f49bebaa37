// Runs gitsyncctl in the test's process, against a scripted server.

#ifndef GITSYNC_TESTS_UNIT_CLIENT_CLI_FIXTURE_H_
#define GITSYNC_TESTS_UNIT_CLIENT_CLI_FIXTURE_H_

#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "client/cli/environment.h"
#include "client/cli/run.h"
#include "tests/unit/client/scripted_server.h"

namespace gitsync::cli {

inline constexpr char kOrg[] = "11111111-1111-4111-8111-111111111111";
inline constexpr char kApp[] = "22222222-2222-4222-8222-222222222222";
inline constexpr char kVersion[] = "33333333-3333-4333-8333-333333333333";
inline constexpr char kOperation[] = "44444444-4444-4444-8444-444444444444";
inline constexpr char kCommit[] = "0123456789abcdef0123456789abcdef01234567";

struct Result {
  int code = -1;
  std::string out;
  std::string err;
};

class CliTest : public ::testing::Test {
 protected:
  CliTest() {
    char name[] = "/tmp/gitsync_cli_test_XXXXXX";
    folder_ = mkdtemp(name);
  }
  ~CliTest() override { std::filesystem::remove_all(folder_); }

  // Runs it in an empty folder, with `input` as its standard input.
  Result Run(std::vector<std::string> arguments, const std::string& input = "") {
    std::istringstream in(input);
    std::ostringstream out;
    std::ostringstream err;
    Environment environment{.in = in, .out = out, .err = err};
    environment.in_is_terminal = terminal_;
    environment.out_is_terminal = terminal_;
    environment.err_is_terminal = terminal_;
    environment.variables = variables_;
    environment.variables.emplace("GITSYNC_SERVER", server_.endpoint());
    environment.working_directory = folder_;
    environment.stop = stop_.get_token();
    Result result;
    result.code = cli::Run(arguments, environment);
    result.out = out.str();
    result.err = err.str();
    return result;
  }

  std::string WriteFile(const std::string& name, const std::string& text) {
    const std::string path = folder_ + "/" + name;
    std::filesystem::create_directories(std::filesystem::path(path).parent_path());
    std::ofstream(path) << text;
    return path;
  }

  // One organization "Acme" with one app "Orders" with one version "v1".
  void ServeNames() {
    v1::ListOrganizationsResponse organizations;
    organizations.add_organizations()->set_id(kOrg);
    organizations.mutable_organizations(0)->set_name("Acme");
    server_.organizations.ListOrganizationsScript.Answers(organizations);
    v1::ListAppsResponse apps;
    apps.add_apps()->set_id(kApp);
    apps.mutable_apps(0)->set_name("Orders");
    apps.mutable_apps(0)->set_slug("orders-app");
    server_.apps.ListAppsScript.Answers(apps);
    v1::ListVersionsResponse versions;
    versions.add_versions()->set_id(kVersion);
    versions.mutable_versions(0)->set_name("v1");
    server_.apps.ListVersionsScript.Answers(versions);
  }

  client::ScriptedServer server_;
  std::map<std::string, std::string> variables_;
  bool terminal_ = false;
  std::string folder_;
  std::stop_source stop_;
};

}  // namespace gitsync::cli

#endif  // GITSYNC_TESTS_UNIT_CLIENT_CLI_FIXTURE_H_
