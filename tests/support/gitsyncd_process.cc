#include "tests/support/gitsyncd_process.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "tests/support/programs.h"
#include "tests/support/test_remote.h"

namespace gitsync {
namespace {

// Long, because of sanitizers on a busy machine.
constexpr absl::Duration kStartLimit = absl::Seconds(60);
constexpr absl::Duration kEndLimit = absl::Seconds(60);

std::string ReadAll(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return std::string(std::istreambuf_iterator<char>(file), {});
}

int ExitCode(int status) {
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

// Returns what follows `name` in `line`, up to a space or the end.
std::string WordAfter(const std::string& line, const std::string& name) {
  const size_t start = line.find(name) + name.size();
  return line.substr(start, line.find_first_of(" \n", start) - start);
}

// What a child does between fork and exec. Nothing here may need a lock.
void ExecInChild(const char* const* argv, const char* const* envp, int out, int err,
                 int open_files) {
  // If the test is killed, it leaves no server behind.
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  const int in = open("/dev/null", O_RDONLY);
  dup2(in, 0);
  dup2(out, 1);
  dup2(err, 2);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  if (open_files > 0) {
    const rlimit limit = {static_cast<rlim_t>(open_files),
                          static_cast<rlim_t>(open_files)};
    setrlimit(RLIMIT_NOFILE, &limit);
  }
  execve(argv[0], const_cast<char**>(argv), const_cast<char**>(envp));
  _exit(127);
}

}  // namespace

GitsyncdProcess::GitsyncdProcess(GitsyncdOptions options)
    : options_(std::move(options)) {
  Start({});
}

GitsyncdProcess::~GitsyncdProcess() {
  if (pid_ < 0) return;
  EXPECT_EQ(Terminate(), 0) << Log();
}

std::string GitsyncdProcess::AdminToken() const {
  return std::string(
      absl::StripTrailingAsciiWhitespace(ReadAll(data_dir() + "/admin.token")));
}

std::string GitsyncdProcess::Log() const {
  // Log lines are written a moment later, in parallel with the calls that they
  // describe. So this reads until nothing is added, or for a limited time if lines keep
  // coming.
  std::string log;
  for (int i = 0; i < 20; ++i) {
    absl::SleepFor(absl::Milliseconds(50));
    std::string now = LogSoFar();
    if (i > 0 && now == log) break;
    log = std::move(now);
  }
  return log;
}

std::string GitsyncdProcess::LogSoFar() const { return ReadAll(dir_ / "stderr"); }

std::string GitsyncdProcess::Output() const { return ReadAll(dir_ / "stdout"); }

void GitsyncdProcess::Start(const std::vector<std::string>& added_environment) {
  std::vector<std::string> arguments = {
      Program(options_.program), "--data_dir=" + data_dir(),
      "--grpc_listen=127.0.0.1:0", "--http_listen=127.0.0.1:0"};
  if (options_.allow_private_remotes) arguments.push_back("--allow_private_remotes");
  arguments.insert(arguments.end(), options_.flags.begin(), options_.flags.end());
  std::vector<std::string> environment = options_.environment;
  environment.insert(environment.end(), added_environment.begin(),
                     added_environment.end());
  AppendTestVariables(&environment);
  const std::vector<char*> argv = Pointers(arguments);
  const std::vector<char*> envp = Pointers(environment);
  const int flags = O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC;
  const int out = open((dir_ / "stdout").c_str(), flags, 0600);
  const int err = open((dir_ / "stderr").c_str(), flags, 0600);
  const size_t said = Output().size();
  pid_ = fork();
  if (pid_ == 0) {
    ExecInChild(argv.data(), envp.data(), out, err, options_.open_files);
  }
  close(out);
  close(err);

  const absl::Time give_up = absl::Now() + kStartLimit;
  while (absl::Now() < give_up && !HasEnded()) {
    const std::string line = Output().substr(said);
    const size_t start = line.find("gitsyncd ready grpc=");
    if (start != std::string::npos && line.back() == '\n') {
      endpoint_ = WordAfter(line, " grpc=");
      http_endpoint_ = WordAfter(line, " http=");
      return;
    }
    absl::SleepFor(absl::Milliseconds(3));
  }
  if (HasEnded() && exit_code_ == 128 + SIGKILL && !added_environment.empty()) return;
  ADD_FAILURE() << "gitsyncd did not get ready:\n" << Log();
  Kill9();
}

bool GitsyncdProcess::HasEnded() {
  if (pid_ < 0) return true;
  int status = 0;
  if (waitpid(pid_, &status, WNOHANG) != pid_) return false;
  exit_code_ = ExitCode(status);
  pid_ = -1;
  return true;
}

void GitsyncdProcess::Kill9() {
  if (HasEnded()) return;
  kill(pid_, SIGKILL);
  waitpid(pid_, nullptr, 0);
  pid_ = -1;
}

void GitsyncdProcess::RequestStop() {
  if (!HasEnded()) kill(pid_, SIGTERM);
}

int GitsyncdProcess::Wait() {
  const absl::Time give_up = absl::Now() + kEndLimit;
  while (!HasEnded()) {
    if (absl::Now() > give_up) {
      ADD_FAILURE() << "gitsyncd did not end:\n" << Log();
      Kill9();
      return -1;
    }
    absl::SleepFor(absl::Milliseconds(3));
  }
  return exit_code_;
}

int GitsyncdProcess::Terminate() {
  RequestStop();
  return Wait();
}

void GitsyncdProcess::Restart(const std::vector<std::string>& environment) {
  if (pid_ >= 0) {
    EXPECT_EQ(Terminate(), 0) << Log();
  }
  Start(environment);
}

}  // namespace gitsync
