#include "tests/bench/git_user.h"

#include <filesystem>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "tests/support/test_remote.h"

namespace gitsync {

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
  RunOrEnd({"ssh-keygen", "-q", "-t", "ecdsa", "-m", "PEM", "-N", "", "-C", "bench",
            "-f", KeyFile()});
  WriteTestFile(KnownHostsFile(),
                absl::StrCat("[127.0.0.1]:", sshd->port(), " ", sshd->HostKey(), "\n"));
  sshd->Authorize(ReadText(KeyFile() + ".pub"));
  ssh_ =
      absl::StrCat("ssh -F none -i ", KeyFile(),
                   " -o IdentitiesOnly=yes -o UserKnownHostsFile=", KnownHostsFile());
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

std::vector<std::string> GitUser::Environment(bool multiplexed) const {
  return {absl::StrCat("HOME=", dir_ / "home"),
          "GIT_CONFIG_NOSYSTEM=1",
          "GIT_TERMINAL_PROMPT=0",
          absl::StrCat("GIT_SSH_COMMAND=", multiplexed ? multiplexed_ssh_ : ssh_),
          "GIT_AUTHOR_NAME=Bench",
          "GIT_AUTHOR_EMAIL=bench@example.com",
          "GIT_COMMITTER_NAME=Bench",
          "GIT_COMMITTER_EMAIL=bench@example.com"};
}

std::string GitUser::Git(const std::vector<std::string>& arguments,
                         bool multiplexed) const {
  std::vector<std::string> command = {"git"};
  command.insert(command.end(), arguments.begin(), arguments.end());
  return RunOrEnd(command, Environment(multiplexed));
}

}  // namespace gitsync
