#include "tests/bench/git_user.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "tests/support/test_remote.h"

namespace gitsync {

void Demand(bool good, const std::string& what) {
  if (good) return;
  std::cerr << "push_bench: " << what << std::endl;
  std::exit(1);
}

std::string RunOrEnd(const std::vector<std::string>& arguments,
                     const std::vector<std::string>& environment) {
  CommandResult result = RunCommand(arguments, environment);
  Demand(result.status == 0,
         absl::StrCat(arguments[0], " ", arguments[1], " failed: ", result.output));
  return std::move(result.output);
}

std::string ReadText(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return std::string(std::istreambuf_iterator<char>(file), {});
}

GitUser::GitUser(GitHost* host) {
  std::filesystem::create_directory(dir_ / "home");
  if (host->transport() == Transport::kSsh) {
    EnterSsh(host->sshd());
  } else {
    EnterHttps(*host);
  }
}

GitUser::~GitUser() {
  if (!end_.empty()) RunCommand(end_);
}

void GitUser::EnterSsh(TestSshd* sshd) {
  const TestSshKey key = TestSshKey::Generate("ed25519");
  WriteTestFile(dir_ / "key", key.private_key);
  RunOrEnd({"chmod", "600", dir_ / "key"});
  WriteTestFile(dir_ / "known_hosts",
                absl::StrCat("[127.0.0.1]:", sshd->port(), " ", sshd->HostKey(), "\n"));
  sshd->Authorize(key.public_key);
  ssh_ = absl::StrCat(
      "ssh -F none -i ", dir_ / "key",
      " -o IdentitiesOnly=yes -o UserKnownHostsFile=", dir_ / "known_hosts");
  multiplexed_ssh_ = absl::StrCat(ssh_, " -o ControlPath=", dir_ / "control");
  // One that stays, as ControlPersist leaves it.
  RunOrEnd(
      {"sh", "-c",
       absl::StrCat(multiplexed_ssh_,
                    " -o ControlMaster=yes -o ControlPersist=600 -fN -p ", sshd->port(),
                    " ", sshd->user(), "@127.0.0.1 </dev/null >/dev/null 2>&1")});
  end_ = {"sh", "-c",
          absl::StrCat(multiplexed_ssh_, " -O exit -p ", sshd->port(), " ",
                       sshd->user(), "@127.0.0.1")};
}

void GitUser::EnterHttps(const GitHost& host) const {
  WriteTestFile(dir_ / "ca.pem", host.CaCertificate());
  WriteTestFile(dir_ / "home/.gitconfig",
                absl::StrCat("[http]\n\tsslCAInfo = ", dir_ / "ca.pem",
                             "\n\textraHeader = Authorization: Basic ",
                             absl::Base64Escape(
                                 absl::StrCat(GitHost::kUser, ":", GitHost::kToken)),
                             "\n"));
}

std::string GitUser::Git(const std::vector<std::string>& arguments,
                         bool multiplexed) const {
  std::vector<std::string> command = {"git"};
  command.insert(command.end(), arguments.begin(), arguments.end());
  return RunOrEnd(
      command, {absl::StrCat("HOME=", dir_ / "home"), "GIT_CONFIG_NOSYSTEM=1",
                "GIT_TERMINAL_PROMPT=0",
                absl::StrCat("GIT_SSH_COMMAND=", multiplexed ? multiplexed_ssh_ : ssh_),
                "GIT_AUTHOR_NAME=Bench", "GIT_AUTHOR_EMAIL=bench@example.com",
                "GIT_COMMITTER_NAME=Bench", "GIT_COMMITTER_EMAIL=bench@example.com"});
}

void GitUser::Commit(const std::string& clone, const std::string& file,
                     int round) const {
  const std::string path = absl::StrCat(clone, "/", file);
  std::string page = ReadText(path);
  const size_t start = page.find("\"revision\": ");
  Demand(start != std::string::npos, "the page has no revision");
  const size_t digits = start + 12;
  page.replace(digits, page.find_first_not_of("0123456789", digits) - digits,
               absl::StrCat(round));
  WriteTestFile(path, page);
  Git({"-C", clone, "commit", "-q", "-a", "-m", absl::StrCat("round ", round)});
}

}  // namespace gitsync
