#include "tests/support/test_remote.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "absl/strings/ascii.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"

namespace gitsync {
std::vector<char*> Pointers(const std::vector<std::string>& strings) {
  std::vector<char*> pointers;
  for (const auto& text : strings) pointers.push_back(const_cast<char*>(text.c_str()));
  pointers.push_back(nullptr);
  return pointers;
}

void AppendTestVariables(std::vector<std::string>* environment) {
  for (const char* name : {"PATH", "TMPDIR", "ASAN_OPTIONS", "LSAN_OPTIONS",
                           "UBSAN_OPTIONS", "TSAN_OPTIONS"}) {
    const char* value = getenv(name);
    if (value != nullptr) environment->push_back(std::string(name) + "=" + value);
  }
}

std::vector<std::string> OwnEnvironment() {
  std::vector<std::string> environment;
  for (char** variable = environ; *variable != nullptr; ++variable) {
    environment.emplace_back(*variable);
  }
  return environment;
}

CommandResult RunCommand(const std::vector<std::string>& arguments,
                         const std::vector<std::string>& environment) {
  std::vector<std::string> variables = environment;
  AppendTestVariables(&variables);
  variables.push_back("LC_ALL=C");
  int pipe_fds[2];
  if (pipe2(pipe_fds, O_CLOEXEC) != 0) return {};
  posix_spawn_file_actions_t files;
  posix_spawn_file_actions_init(&files);
  posix_spawn_file_actions_addopen(&files, 0, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_adddup2(&files, pipe_fds[1], 1);
  posix_spawn_file_actions_adddup2(&files, pipe_fds[1], 2);
  pid_t pid = -1;
  const int error =
      posix_spawnp(&pid, arguments[0].c_str(), &files, nullptr,
                   Pointers(arguments).data(), Pointers(variables).data());
  posix_spawn_file_actions_destroy(&files);
  close(pipe_fds[1]);
  CommandResult result;
  if (error == 0) {
    char chunk[4096];
    ssize_t count;
    while ((count = read(pipe_fds[0], chunk, sizeof(chunk))) > 0) {
      result.output.append(chunk, static_cast<size_t>(count));
    }
    int status = 0;
    waitpid(pid, &status, 0);
    result.status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  }
  close(pipe_fds[0]);
  return result;
}

void WriteTestFile(const std::string& path, const std::string& content,
                   bool executable) {
  std::filesystem::create_directories(std::filesystem::path(path).parent_path());
  std::ofstream(path, std::ios::binary | std::ios::trunc) << content;
  std::filesystem::permissions(
      path, static_cast<std::filesystem::perms>(executable ? 0755 : 0600));
}

TestRemote::TestRemote(std::string default_branch)
    : default_branch_(std::move(default_branch)) {
  const CommandResult made = RunCommand(
      {"git", "init", "-q", "--bare", "--initial-branch=" + default_branch_, path()},
      {"GIT_CONFIG_NOSYSTEM=1", "GIT_CONFIG_GLOBAL=/dev/null"});
  EXPECT_EQ(made.status, 0) << made.output;
}

CommandResult TestRemote::TryGit(const std::vector<std::string>& arguments,
                                 const std::vector<std::string>& environment) const {
  std::vector<std::string> all = {"git", "--git-dir", path()};
  all.insert(all.end(), arguments.begin(), arguments.end());
  std::vector<std::string> variables = {
      "GIT_CONFIG_NOSYSTEM=1",        "GIT_CONFIG_GLOBAL=/dev/null",
      "GIT_AUTHOR_NAME=Elsewhere",    "GIT_AUTHOR_EMAIL=elsewhere@example.com",
      "GIT_COMMITTER_NAME=Elsewhere", "GIT_COMMITTER_EMAIL=elsewhere@example.com"};
  variables.insert(variables.end(), environment.begin(), environment.end());
  return RunCommand(all, variables);
}

std::string TestRemote::Git(const std::vector<std::string>& arguments) const {
  CommandResult result = TryGit(arguments);
  EXPECT_EQ(result.status, 0) << "git " << absl::StrJoin(arguments, " ") << "\n"
                              << result.output;
  return std::string(absl::StripTrailingAsciiWhitespace(result.output));
}

std::string TestRemote::CommitFromElsewhere(const std::string& file,
                                            const std::string& content,
                                            const std::string& message,
                                            const std::string& branch) {
  const TempDir work;
  WriteTestFile(work / "content", content);
  const std::string blob = Git({"hash-object", "-w", work / "content"});
  const std::string parent = Head(branch);
  const std::vector<std::string> index = {"GIT_INDEX_FILE=" + (work / "index")};
  const auto with_index = [&](const std::vector<std::string>& arguments) {
    const CommandResult result = TryGit(arguments, index);
    EXPECT_EQ(result.status, 0) << result.output;
    return std::string(absl::StripTrailingAsciiWhitespace(result.output));
  };
  if (!parent.empty()) with_index({"read-tree", parent});
  with_index({"update-index", "--add", "--cacheinfo", "100644," + blob + "," + file});
  const std::string tree = with_index({"write-tree"});
  std::vector<std::string> commit = {"commit-tree", tree, "-m", message};
  if (!parent.empty()) commit.insert(commit.end(), {"-p", parent});
  const std::string id = Git(commit);
  Git({"update-ref", Branch(branch), id});
  return id;
}

std::vector<std::string> TestRemote::Log(const std::string& branch) const {
  if (Head(branch).empty()) return {};
  return absl::StrSplit(Git({"log", "--format=%s", Branch(branch)}), '\n');
}

std::string TestRemote::Head(const std::string& branch) const {
  const CommandResult result = TryGit({"rev-parse", "-q", "--verify", Branch(branch)});
  if (result.status != 0) return "";
  return std::string(absl::StripTrailingAsciiWhitespace(result.output));
}

std::string TestRemote::File(const std::string& branch, const std::string& file) const {
  const CommandResult result =
      TryGit({"cat-file", "blob", Branch(branch) + ":" + file});
  return result.status == 0 ? result.output : "";
}

bool TestRemote::FsckClean() const {
  const CommandResult result = TryGit({"fsck", "--strict", "--no-dangling"});
  // Notices about an empty repository are not errors.
  for (const absl::string_view line : absl::StrSplit(result.output, '\n')) {
    if (!line.empty() && line.substr(0, 7) != "notice:") return false;
  }
  return result.status == 0;
}

void TestRemote::SetHook(const std::string& name, const std::string& script) {
  WriteTestFile(path() + "/hooks/" + name, script, /*executable=*/true);
}

}  // namespace gitsync
