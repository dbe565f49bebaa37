#include "tests/support/foreign_ssh_server.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <iterator>
#include <vector>

#include "absl/strings/numbers.h"
#include "tests/support/test_remote.h"

namespace gitsync {
namespace {

constexpr char kStart[] = GITSYNC_SOURCE_DIR "/tests/support/ssh_servers/start";

std::string ReadLine(int fd) {
  std::string line;
  char c = 0;
  while (read(fd, &c, 1) == 1 && c != '\n') line.push_back(c);
  return line;
}

}  // namespace

std::string ForeignSshServer::WhyMissing(const std::string& kind) {
  if (kind == "openssh10") {
    return getuid() == 0 ? "" : "Debian 13's sshd is for root alone";
  }
  // The other servers come with the packages that the tests require.
  if (kind != "mina") return "";
  const CommandResult built = RunCommand({kStart, kind}, OwnEnvironment());
  constexpr int kMissing = 77;
  if (built.status == kMissing) return built.output;
  EXPECT_EQ(built.status, 0) << built.output;
  return "";
}

ForeignSshServer::ForeignSshServer(const std::string& kind,
                                   const std::string& options) {
  WriteTestFile(dir_ / "options", options);
  WriteTestFile(dir_ / "authorized_keys", "");
  const CommandResult made = RunCommand({"ssh-keygen", "-q", "-N", "", "-C", "", "-t",
                                         "ed25519", "-f", dir_ / "host_key"});
  EXPECT_EQ(made.status, 0) << made.output;
  int in[2] = {-1, -1};
  int out[2] = {-1, -1};
  EXPECT_EQ(pipe2(in, O_CLOEXEC), 0);
  EXPECT_EQ(pipe2(out, O_CLOEXEC), 0);
  posix_spawn_file_actions_t files;
  posix_spawn_file_actions_init(&files);
  posix_spawn_file_actions_adddup2(&files, in[0], 0);
  posix_spawn_file_actions_adddup2(&files, out[1], 1);
  const std::vector<std::string> arguments = {kStart, kind, dir_ / ""};
  // The environment of the user who runs the tests: it may say how npm reaches its
  // registry.
  const int error = posix_spawn(&pid_, arguments[0].c_str(), &files, nullptr,
                                Pointers(arguments).data(), environ);
  posix_spawn_file_actions_destroy(&files);
  close(in[0]);
  close(out[1]);
  // The program ends when this end is closed, even by a crash of the test.
  stdin_ = in[1];
  if (error != 0) pid_ = -1;
  const bool started = absl::SimpleAtoi(ReadLine(out[0]), &port_);
  close(out[0]);
  EXPECT_TRUE(started) << kind << " did not start";
}

ForeignSshServer::~ForeignSshServer() {
  close(stdin_);
  if (pid_ > 0) waitpid(pid_, nullptr, 0);
}

std::string ForeignSshServer::Log() const {
  std::ifstream file(dir_ / "log");
  return std::string(std::istreambuf_iterator<char>(file), {});
}

void ForeignSshServer::Authorize(const std::string& public_key) {
  std::ofstream(dir_ / "authorized_keys", std::ios::app) << public_key << "\n";
}

void ForeignSshServer::ForbidAll() { WriteTestFile(dir_ / "authorized_keys", ""); }

}  // namespace gitsync
