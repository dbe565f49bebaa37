// deploy/quickstart shows the same whatever else is on a machine and in a user's
// environment. It runs in a copy of its folder, with the programs of this build.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <filesystem>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "server/net/unique_fd.h"
#include "tests/support/programs.h"
#include "tests/support/slowness.h"
#include "tests/support/temp_dir.h"
#include "tests/support/test_remote.h"

namespace gitsync {
namespace {

using ::testing::ContainsRegex;
using ::testing::HasSubstr;
using ::testing::Not;

class Quickstart {
 public:
  // `folder`: the name of the copy.
  explicit Quickstart(const std::string& folder = "gitsync")
      : folder_(parent_ / folder) {
    std::filesystem::create_directories(folder_ + "/build/release");
    std::filesystem::copy(GITSYNC_SOURCE_DIR "/deploy", folder_ + "/deploy",
                          std::filesystem::copy_options::recursive);
    std::filesystem::create_directory_symlink(ProgramFolder(),
                                              folder_ + "/build/release/bin");
  }

  // Runs bash with `commands`, in the folder.
  CommandResult Run(const std::string& commands) const {
    return RunCommand(
        {"/bin/bash", "-c", absl::StrCat("cd \"$0\"; ", commands), folder_},
        {"TMPDIR=" + parent_.path()});
  }

 private:
  const TempDir parent_;
  const std::string folder_;
};

constexpr char kShow[] = "deploy/quickstart --built --once";
constexpr char kShown[] = "What is live in acme is what was pulled";

struct Surroundings {
  const char* name;
  const char* commands;  // before the quick start
  const char* folder = "gitsync";
};

class QuickstartTest : public testing::Test {
  void SetUp() override {
    if (kSanitized) GTEST_SKIP() << "the scripts are the same in every build";
  }
};

class SurroundingsTest : public QuickstartTest,
                         public testing::WithParamInterface<Surroundings> {};

TEST_P(SurroundingsTest, QuickstartShowsTheSame) {
  const Quickstart quickstart(GetParam().folder);

  const CommandResult shown =
      quickstart.Run(absl::StrCat(GetParam().commands, "\n", kShow));

  EXPECT_EQ(shown.status, 0) << shown.output;
  EXPECT_THAT(shown.output, HasSubstr(kShown));
}

INSTANTIATE_TEST_SUITE_P(
    With, SurroundingsTest,
    testing::Values(
        Surroundings{"NothingElse", ""},
        Surroundings{"OtherProgramsFirstInPath",
                     "mkdir others; for p in git ssh-keygen curl sed; do "
                     "printf '#!/bin/sh\\nexit 97\\n' >others/$p; chmod +x others/$p; "
                     "done; export PATH=$PWD/others:$PATH"},
        Surroundings{"VariablesOfGit",
                     "export GIT_DIR=/none GIT_WORK_TREE=/none GIT_INDEX_FILE=/none "
                     "GIT_OBJECT_DIRECTORY=/none GIT_DEFAULT_HASH=sha256"},
        Surroundings{"VariablesOfGitSync",
                     "export GITSYNC_SERVER=none:1 GITSYNC_TOKEN=none "
                     "GITSYNC_DATA_DIR=/none GITSYNC_UNHEARD_OF=1"},
        Surroundings{"AProxy",
                     "export http_proxy=http://127.0.0.1:9 https_proxy=$http_proxy "
                     "grpc_proxy=$http_proxy HTTP_PROXY=$http_proxy"},
        Surroundings{"Cdpath", "mkdir -p other/deploy; export CDPATH=$PWD/other:/"},
        Surroundings{
            "StrangeGitConfig",
            "export HOME=$PWD/home; mkdir $HOME; git config --global "
            "init.templateDir /none; git config --global core.hooksPath /none; "
            "git config --global log.showSignature true; git config --global "
            "core.pager false; git config --global color.ui always; "
            "echo '[broken' >>$HOME/.gitconfig"},
        Surroundings{"NoHome", "unset HOME"},
        Surroundings{"AnotherLanguage", "export LANG=de_DE.UTF-8 LC_ALL=tr_TR.UTF-8"},
        Surroundings{"Umask", "umask 077"},
        Surroundings{"ASpaceInTheFolder", "", "my git sync"},
        Surroundings{"ALetterBeyondAsciiInTheFolder", "", "büro"},
        Surroundings{"ASecondRun", "deploy/quickstart --built --once >/dev/null"},
        Surroundings{"ARunThatWasKilled",
                     "deploy/quickstart --built >out 2>&1 & "
                     "until grep -qs 'go on until' out || ! kill -0 $!; "
                     "do sleep 0.1; done; kill -9 $!; wait $!"}),
    [](const auto& row) { return row.param.name; });

// What a build takes, whatever comes first in PATH and is set.
TEST_F(QuickstartTest, BuildsWithDebiansOwnPrograms) {
  const Quickstart quickstart;

  const CommandResult taken = quickstart.Run(R"(
      mkdir others
      for p in go node npm python3 protoc cmake ninja cc gcc c++ g++ pkg-config; do
        printf '#!/bin/sh\nexit 97\n' >others/$p
        chmod +x others/$p
      done
      export PATH=$PWD/others:$PATH CC=/none CXX=/none CFLAGS=-none \
        CXXFLAGS=-none LDFLAGS=-none CPATH=/none CMAKE_GENERATOR=none \
        CMAKE_PREFIX_PATH=/none CMAKE_TOOLCHAIN_FILE=/none GOROOT=/none \
        GOFLAGS=-none PKG_CONFIG_PATH=/none PYTHONPATH=/none GIT_DIR=/none \
        CMAKE_BUILD_PARALLEL_LEVEL=3
      . deploy/debian-first
      command -v go node npm python3 protoc cmake ninja cc gcc c++ g++ pkg-config |
        grep -v '^/usr/bin/'
      env | grep -E '^(C|LD|GO|PKG|PYTHON|GIT_).*none$'
      echo $CC $CXX $CMAKE_BUILD_PARALLEL_LEVEL)");

  EXPECT_EQ(taken.output, "/usr/bin/cc /usr/bin/c++ 3\n");
}

UniqueFd ListenOn(uint16_t port) {
  UniqueFd listener(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  // It may be taken already: just as well.
  if (bind(listener.get(), reinterpret_cast<sockaddr*>(&address), sizeof(address)) ==
      0) {
    listen(listener.get(), 1);
  }
  return listener;
}

TEST_F(QuickstartTest, TakesOtherPortsWhereTheUsualOnesAreTaken) {
  std::vector<UniqueFd> taken;
  for (const uint16_t port : {7420, 7421, 2222}) taken.push_back(ListenOn(port));
  const Quickstart quickstart;

  const CommandResult shown = quickstart.Run(kShow);

  EXPECT_EQ(shown.status, 0) << shown.output;
  EXPECT_THAT(shown.output, HasSubstr(kShown));
}

TEST_F(QuickstartTest, NeedsNoIpv6) {
  const Quickstart quickstart;

  const CommandResult shown = quickstart.Run(absl::StrCat(
      "unshare --net sh -c '"
      "ip link set lo up && { ! [ -e /proc/sys/net/ipv6 ] || "
      "echo 1 >/proc/sys/net/ipv6/conf/all/disable_ipv6 || echo unshare failed; } && "
      "! ip -6 address | grep inet6 && exec ",
      kShow, "'"));

  if (absl::StrContains(shown.output, "unshare failed")) GTEST_SKIP() << shown.output;
  EXPECT_EQ(shown.status, 0) << shown.output;
  EXPECT_THAT(shown.output, HasSubstr(kShown));
}

// Also if it is killed, what it started ends with it.
TEST_F(QuickstartTest, LeavesNothingRunning) {
  const Quickstart quickstart;

  const CommandResult left = quickstart.Run(
      "deploy/quickstart --built >out 2>&1 & "
      "until grep -qs 'go on until' out || ! kill -0 $!; do sleep 0.1; done; "
      "grep -q 'go on until' out || cat out; "
      "{ kill -9 $!; wait $!; } 2>/dev/null; "
      "for i in {1..600}; do "
      "  grep -lsF \"$PWD/build/quickstart\" /proc/[0-9]*/cmdline >left; "
      "  [[ -s left ]] || break; sleep 0.1; "
      "done; cat left");

  EXPECT_EQ(left.output, "");
}

// No sanitizer of ours sees that. The quick start is the server's main job; on a
// terminal the command line's tables have colours.
TEST_F(QuickstartTest, ReadsNoMemoryThatWasNeverWritten) {
  const Quickstart quickstart;

  const CommandResult run = quickstart.Run("programs=" GITSYNC_BIN_DIR R"(
      watch() {
        rm build/release/bin/$1
        printf '#!/bin/sh\nexec valgrind -q --log-file=%s/faults/$1.%%p %s/$1 "$@"\n' \
          "$PWD" $programs >build/release/bin/$1
        sed -i "s|\$1|$1|g" build/release/bin/$1
        chmod +x build/release/bin/$1
      }
      mkdir faults
      rm build/release/bin
      mkdir build/release/bin
      ln -s $programs/gitsync* build/release/bin
      watch gitsyncd
      deploy/quickstart --built >shown 2>&1 &
      until grep -qs 'go on until' shown || ! kill -0 $!; do sleep 0.2; done
      . build/quickstart/env
      watch gitsyncctl
      for table in 'org list' 'token list' 'app list --org acme' \
          'version list customer-support --org acme' 'apps --in-git --org acme' \
          'updates customer-support --org workshop' 'operations list --org acme' \
          'git test --org acme'; do
        script -qec "gitsyncctl $table" /dev/null || echo "failed: $table"
      done
      kill $!
      wait $! || echo 'failed: the quick start'
      ls faults
      cat faults/*)");

  EXPECT_THAT(run.output, HasSubstr("Customer support"));
  EXPECT_THAT(run.output, Not(HasSubstr("failed:")));
  // Each has a file, and it is empty.
  EXPECT_THAT(run.output, ContainsRegex("\n(gitsyncctl[.][0-9]+\n){8,}"
                                        "(gitsyncd[.][0-9]+\n)+$"));
}

TEST_F(QuickstartTest, SaysThatAnotherRunIsOn) {
  const Quickstart quickstart;

  const CommandResult refused =
      quickstart.Run(absl::StrCat("exec 8>build/quickstart.lock; flock 8; ", kShow));

  EXPECT_EQ(refused.status, 1);
  EXPECT_THAT(refused.output, HasSubstr("another deploy/quickstart is running"));
}

}  // namespace
}  // namespace gitsync
