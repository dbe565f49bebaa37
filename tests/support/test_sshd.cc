#include "tests/support/test_sshd.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <pwd.h>
#include <signal.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/time/clock.h"
#include "tests/support/test_remote.h"

namespace gitsync {
namespace {

std::string ReadFile(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  // The files that a process leaves in /proc when it ends can't be read. Read this way,
  // unlike with iterators, they cause no exception.
  text << file.rdbuf();
  return text.str();
}

int FreePort() {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof(address);
  bind(fd, reinterpret_cast<sockaddr*>(&address), size);
  getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size);
  close(fd);
  return ntohs(address.sin_port);
}

// The parents of all processes.
std::map<pid_t, pid_t> Parents() {
  std::map<pid_t, pid_t> parents;
  std::error_code ignored;
  for (const auto& entry : std::filesystem::directory_iterator("/proc", ignored)) {
    const pid_t pid = atoi(entry.path().filename().c_str());
    if (pid <= 0) continue;
    // "pid (name) state parent ...": the name may contain any characters.
    const std::string stat = ReadFile(entry.path() / "stat");
    const size_t end = stat.rfind(')');
    pid_t parent = 0;
    char state = 0;
    if (end != std::string::npos &&
        sscanf(stat.c_str() + end + 1, " %c %d", &state, &parent) == 2) {
      parents[pid] = parent;
    }
  }
  return parents;
}

}  // namespace

TestSshd::TestSshd(const std::string& host_key_type, const std::string& extra_config)
    : host_key_type_(host_key_type), extra_config_(extra_config) {
  user_ = getpwuid(getuid())->pw_name;
  if (getuid() == 0) mkdir("/run/sshd", 0755);
  mkdir((dir_ / "home").c_str(), 0700);
  WriteTestFile(dir_ / "authorized_keys", "");
  MakeHostKey();
  for (int attempt = 0; attempt < 10; ++attempt) {
    port_ = FreePort();
    if (TryStart()) return;
  }
  ADD_FAILURE() << "sshd did not start:\n" << Log();
}

TestSshd::~TestSshd() {
  KillConnections();
  Stop();
  KillConnections();
}

void TestSshd::MakeHostKey() {
  std::vector<std::string> arguments = {
      "ssh-keygen", "-q", "-N",           "",   "-C",
      "",           "-t", host_key_type_, "-f", dir_ / "host_key"};
  if (host_key_type_ == "rsa") arguments.insert(arguments.end(), {"-b", "2048"});
  const CommandResult made = RunCommand(arguments);
  EXPECT_EQ(made.status, 0) << made.output;
}

void TestSshd::ReplaceHostKey() {
  std::filesystem::remove(dir_ / "host_key");
  MakeHostKey();
}

void TestSshd::Authorize(const std::string& public_key) {
  std::ofstream(dir_ / "authorized_keys", std::ios::app) << public_key << "\n";
}

void TestSshd::DeauthorizeAll() { WriteTestFile(dir_ / "authorized_keys", ""); }

std::string TestSshd::Url(const std::string& path) const {
  return absl::StrCat("ssh://", user_, "@127.0.0.1:", port_, path);
}

std::string TestSshd::HostKey() const {
  const std::vector<std::string> fields =
      absl::StrSplit(ReadFile(dir_ / "host_key.pub"), absl::ByAnyChar(" \n"));
  return fields[0] + " " + fields[1];
}

std::string TestSshd::HostKeyFingerprint() const {
  const CommandResult shown = RunCommand({"ssh-keygen", "-lf", dir_ / "host_key.pub"});
  const std::vector<std::string> fields = absl::StrSplit(shown.output, ' ');
  return fields.size() > 1 ? fields[1] : "";
}

std::string TestSshd::Log() const { return ReadFile(dir_ / "log"); }

int TestSshd::Logins() const {
  const std::vector<std::string> parts = absl::StrSplit(Log(), "Accepted publickey");
  return static_cast<int>(parts.size()) - 1;
}

bool TestSshd::TryStart() {
  const size_t log_size = Log().size();
  WriteTestFile(
      dir_ / "sshd_config",
      absl::StrCat("ListenAddress 127.0.0.1:", port_, "\nHostKey ", dir_ / "host_key",
                   "\nAuthorizedKeysFile ", dir_ / "authorized_keys",
                   "\nPidFile none\nUsePAM no\nStrictModes no\n"
                   "PasswordAuthentication no\n"
                   "KbdInteractiveAuthentication no\nPermitRootLogin yes\n"
                   "LogLevel VERBOSE\nMaxStartups 200\nUseDNS no\n"
                   "SetEnv HOME=",
                   dir_ / "home", " GIT_CONFIG_NOSYSTEM=1\n", extra_config_));
  const std::string config = dir_ / "sshd_config";
  const std::string log = dir_ / "log";
  const char* argv[] = {"/usr/sbin/sshd", "-D",   "-f", config.c_str(), "-E",
                        log.c_str(),      nullptr};
  const char* envp[] = {"PATH=/usr/local/bin:/usr/bin:/bin", nullptr};
  posix_spawn_file_actions_t files;
  posix_spawn_file_actions_init(&files);
  for (const int fd : {0, 1, 2}) {
    posix_spawn_file_actions_addopen(&files, fd, "/dev/null", O_RDWR, 0);
  }
  posix_spawn_file_actions_addclosefrom_np(&files, 3);
  // libssh's users ignore SIGPIPE; sshd's commands must not inherit that.
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  sigset_t all;
  sigfillset(&all);
  posix_spawnattr_setsigdefault(&attributes, &all);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF);
  const int error = posix_spawn(&pid_, argv[0], &files, &attributes,
                                const_cast<char**>(argv), const_cast<char**>(envp));
  posix_spawn_file_actions_destroy(&files);
  posix_spawnattr_destroy(&attributes);
  if (error != 0) {
    pid_ = -1;
    return false;
  }
  const absl::Time give_up = absl::Now() + absl::Seconds(10);
  while (absl::Now() < give_up) {
    if (absl::StrContains(Log().substr(log_size), "Server listening on")) return true;
    if (waitpid(pid_, nullptr, WNOHANG) == pid_) {
      pid_ = -1;
      return false;
    }
    absl::SleepFor(absl::Milliseconds(2));
  }
  Stop();
  return false;
}

void TestSshd::Stop() {
  if (pid_ < 0) return;
  orphans_ = Connections();
  kill(pid_, SIGTERM);
  waitpid(pid_, nullptr, 0);
  pid_ = -1;
}

void TestSshd::Start() {
  if (pid_ >= 0) return;
  EXPECT_TRUE(TryStart()) << Log();
}

std::vector<pid_t> TestSshd::Connections() const {
  const std::map<pid_t, pid_t> parents = Parents();
  std::vector<pid_t> found;
  for (const auto& [pid, unused] : parents) {
    if (pid == pid_ || pid == getpid()) continue;
    bool ours = false;
    for (pid_t at = pid; at > 1 && !ours;) {
      const auto up = parents.find(at);
      const pid_t next = up == parents.end() ? 0 : up->second;
      ours = (pid_ > 0 && next == pid_) ||
             std::find(orphans_.begin(), orphans_.end(), at) != orphans_.end();
      at = next;
    }
    if (ours) found.push_back(pid);
  }
  return found;
}

std::vector<pid_t> TestSshd::ReceivePacks() const {
  std::vector<pid_t> found;
  for (const pid_t pid : Connections()) {
    std::ifstream file(absl::StrCat("/proc/", pid, "/cmdline"));
    std::string command;
    std::getline(file, command, '\0');
    if (command == "git-receive-pack") found.push_back(pid);
  }
  return found;
}

void TestSshd::Signal(int signal) {
  for (const pid_t pid : Connections()) kill(pid, signal);
}

void TestSshd::KillConnections() {
  const std::vector<pid_t> killed = Connections();
  for (const pid_t pid : killed) kill(pid, SIGKILL);
  // The processes are gone when this returns, whoever reaps them.
  for (const pid_t pid : killed) {
    for (int i = 0; i < 500 && kill(pid, 0) == 0; ++i) {
      if (waitpid(pid, nullptr, WNOHANG) == pid) break;
      if (absl::StrContains(ReadFile(absl::StrCat("/proc/", pid, "/stat")), ") Z ")) {
        break;
      }
      absl::SleepFor(absl::Milliseconds(2));
    }
  }
}

void TestSshd::HaltConnections() { Signal(SIGSTOP); }
void TestSshd::ContinueConnections() { Signal(SIGCONT); }

TestSshKey TestSshKey::Generate(const std::string& type, int bits) {
  const TempDir dir;
  std::vector<std::string> arguments = {"ssh-keygen", "-q", "-N", "",   "-C",
                                        "test",       "-t", type, "-f", dir / "key"};
  if (bits == 0 && type == "rsa") bits = 4096;
  if (bits != 0) arguments.insert(arguments.end(), {"-b", absl::StrCat(bits)});
  const CommandResult made = RunCommand(arguments);
  EXPECT_EQ(made.status, 0) << made.output;
  return {ReadFile(dir / "key"),
          std::string(absl::StripTrailingAsciiWhitespace(ReadFile(dir / "key.pub")))};
}

}  // namespace gitsync
