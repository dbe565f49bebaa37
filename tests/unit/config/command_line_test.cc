#include "server/config/command_line.h"

#include <gtest/gtest.h>
#include <stdlib.h>
#include <unistd.h>

#include <fstream>

#include "tests/support/status_matchers.h"

namespace gitsync {
namespace {

using testing::HasSubstr;
using testing::Not;

// A configuration file in the temporary folder, removed with this object.
class TempFile {
 public:
  explicit TempFile(const std::string& content) {
    char name[] = "/tmp/gitsync-config-XXXXXX";
    close(mkstemp(name));
    path_ = name;
    std::ofstream(path_) << content;
  }
  ~TempFile() { unlink(path_.c_str()); }

  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

TEST(CommandLineTest, FlagOverridesEnvironmentOverridesFileOverridesDefault) {
  const TempFile file("log_level: \"error\" log_format: \"text\" git_workers: 2");

  ASSERT_OK_AND_ASSIGN(const CommandLine line,
                       ReadCommandLine({"--config", file.path(), "--log_level=debug"},
                                       {{"GITSYNC_LOG_LEVEL", "warning"},
                                        {"GITSYNC_GIT_WORKERS", "7"}}));

  EXPECT_EQ(line.action, CommandLine::Action::kServe);
  EXPECT_EQ(line.config.log_level(), "debug");
  EXPECT_EQ(line.config.git_workers(), 7);
  EXPECT_EQ(line.config.log_format(), "text");
  EXPECT_EQ(line.config.drain_seconds(), 30);
}

TEST(CommandLineTest, FlagTakesItsValueInBothForms) {
  ASSERT_OK_AND_ASSIGN(
      const CommandLine line,
      ReadCommandLine({"--data_dir", "/d", "--grpc_listen=127.0.0.1:0"}, {}));

  EXPECT_EQ(line.config.data_dir(), "/d");
  EXPECT_EQ(line.config.grpc_listen(), "127.0.0.1:0");
}

TEST(CommandLineTest, FolderInPlaceOfTheFileIsNamed) {
  const auto line = ReadCommandLine({"--config", "/tmp"}, {});

  EXPECT_THAT(std::string(line.status().message()),
              testing::HasSubstr("cannot read /tmp: Is a directory"));
}

TEST(CommandLineTest, GitConfigsAreInTheFileAlone) {
  const TempFile file(
      "git_configs { https_token { token: \"${GIT_TOKEN}\" username: \"u\" } }");

  ASSERT_OK_AND_ASSIGN(
      const CommandLine line,
      ReadCommandLine({"--config", file.path()}, {{"GIT_TOKEN", "t0ken"}}));
  ASSERT_OK_AND_ASSIGN(const CommandLine help, ReadCommandLine({"--help"}, {}));

  ASSERT_EQ(line.config.git_configs_size(), 1);
  EXPECT_EQ(line.config.git_configs(0).https_token().token(), "t0ken");
  EXPECT_EQ(line.config.git_configs(0).https_token().username(), "u");
  EXPECT_THAT(help.text, Not(HasSubstr("git_configs")));
  EXPECT_FALSE(ReadCommandLine({"--git_configs=a"}, {}).ok());
  EXPECT_FALSE(ReadCommandLine({}, {{"GITSYNC_GIT_CONFIGS", "a"}}).ok());
  EXPECT_FALSE(ReadCommandLine({"--config", file.path()}, {}).ok());
}

TEST(CommandLineTest, BoolNeedsNoValue) {
  ASSERT_OK_AND_ASSIGN(
      const CommandLine bare,
      ReadCommandLine({"--allow_private_remotes", "--data_dir", "/d"}, {}));
  ASSERT_OK_AND_ASSIGN(const CommandLine off,
                       ReadCommandLine({"--allow_private_remotes=false"},
                                       {{"GITSYNC_ALLOW_PRIVATE_REMOTES", "true"}}));
  ASSERT_OK_AND_ASSIGN(const CommandLine spaced,
                       ReadCommandLine({"--allow_private_remotes", "true"}, {}));

  EXPECT_TRUE(bare.config.allow_private_remotes());
  EXPECT_EQ(bare.config.data_dir(), "/d");
  EXPECT_FALSE(off.config.allow_private_remotes());
  EXPECT_TRUE(spaced.config.allow_private_remotes());
}

TEST(CommandLineTest, DashesCountAsUnderscores) {
  for (const char* flag : {"--gateway-only", "--gateway_only"}) {
    ASSERT_OK_AND_ASSIGN(const CommandLine line,
                         ReadCommandLine({flag, "--backend=h:1"}, {}));
    EXPECT_TRUE(line.config.gateway_only());
    EXPECT_EQ(line.config.backend(), "h:1");
  }
}

TEST(CommandLineTest, UnknownFlagIsRefused) {
  const auto line = ReadCommandLine({"--datadir=/d"}, {});

  EXPECT_THAT(line, HasCode(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(std::string(line.status().message()), HasSubstr("--datadir"));
}

TEST(CommandLineTest, UnknownVariableIsRefused) {
  EXPECT_THAT(ReadCommandLine({}, {{"GITSYNC_DATADIR", "/d"}}),
              HasCode(absl::StatusCode::kInvalidArgument));
}

TEST(CommandLineTest, FaultInFileNamesTheFile) {
  const TempFile file("no_such_setting: 1");

  const auto line = ReadCommandLine({"--config", file.path()}, {});

  EXPECT_THAT(std::string(line.status().message()), HasSubstr(file.path()));
  EXPECT_THAT(std::string(line.status().message()), HasSubstr("no_such_setting"));
}

TEST(CommandLineTest, MissingFileIsRefused) {
  EXPECT_THAT(ReadCommandLine({"--config=/no/such/file"}, {}),
              HasCode(absl::StatusCode::kInvalidArgument));
}

TEST(CommandLineTest, CheckConfigChecks) {
  ASSERT_OK_AND_ASSIGN(const CommandLine line, ReadCommandLine({"--check-config"}, {}));

  EXPECT_EQ(line.action, CommandLine::Action::kCheckConfig);
  EXPECT_THAT(ReadCommandLine({"--check-config", "--grpc_listen=x"}, {}),
              HasCode(absl::StatusCode::kInvalidArgument));
}

TEST(CommandLineTest, HelpListsSettings) {
  ASSERT_OK_AND_ASSIGN(const CommandLine line, ReadCommandLine({"--help"}, {}));

  EXPECT_EQ(line.action, CommandLine::Action::kPrint);
  EXPECT_THAT(line.text, HasSubstr("--allow_private_remotes"));
  EXPECT_THAT(line.text, HasSubstr("--gateway-only"));
}

TEST(CommandLineTest, VersionIsPrinted) {
  ASSERT_OK_AND_ASSIGN(const CommandLine line, ReadCommandLine({"--version"}, {}));

  EXPECT_EQ(line.action, CommandLine::Action::kPrint);
  EXPECT_EQ(line.text.substr(0, 9), "gitsyncd ");
}

}  // namespace
}  // namespace gitsync
