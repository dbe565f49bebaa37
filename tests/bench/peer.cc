#include "tests/bench/peer.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "tests/bench/demand.h"
#include "tests/support/test_remote.h"

namespace gitsync {

absl::StatusOr<std::unique_ptr<PeerProcess>> PeerProcess::Start(
    const std::vector<std::string>& arguments,
    const std::vector<std::string>& environment) {
  std::unique_ptr<PeerProcess> peer(new PeerProcess());
  int in[2] = {-1, -1};
  int out[2] = {-1, -1};
  Demand(pipe2(in, O_CLOEXEC) == 0 && pipe2(out, O_CLOEXEC) == 0, "no more pipes");
  peer->input_ = in[1];
  peer->output_ = out[0];
  posix_spawn_file_actions_t files;
  posix_spawn_file_actions_init(&files);
  posix_spawn_file_actions_adddup2(&files, in[0], 0);
  posix_spawn_file_actions_adddup2(&files, out[1], 1);
  posix_spawn_file_actions_addopen(&files, 2, (peer->dir_ / "stderr").c_str(),
                                   O_WRONLY | O_CREAT | O_APPEND, 0600);
  std::vector<std::string> variables = environment;
  AppendTestVariables(&variables);
  const int error =
      posix_spawnp(&peer->pid_, arguments[0].c_str(), &files, nullptr,
                   Pointers(arguments).data(), Pointers(variables).data());
  posix_spawn_file_actions_destroy(&files);
  close(in[0]);
  close(out[1]);
  if (error != 0) {
    peer->pid_ = -1;
    return absl::UnavailableError(absl::StrCat("there is no ", arguments[0]));
  }
  const std::string line = peer->ReadLine();
  absl::string_view greeting = line;
  if (!absl::ConsumePrefix(&greeting, "ready")) {
    return absl::UnavailableError(line.empty() ? peer->Complaint() : line);
  }
  peer->greeting_ = std::string(absl::StripLeadingAsciiWhitespace(greeting));
  return peer;
}

PeerProcess::~PeerProcess() {
  close(input_);
  close(output_);
  if (pid_ > 0) waitpid(pid_, nullptr, 0);
}

absl::Status PeerProcess::Ask(const std::string& line) {
  const std::string text = line + "\n";
  // A peer that has ended is found out by its silence; SIGPIPE is ignored.
  if (write(input_, text.data(), text.size()) < 0)
    return absl::InternalError(Complaint());
  const std::string answer = ReadLine();
  if (answer == "ok") return absl::OkStatus();
  return absl::InternalError(answer.empty() ? Complaint() : answer);
}

std::string PeerProcess::ReadLine() {
  std::string line;
  char c = 0;
  while (read(output_, &c, 1) == 1 && c != '\n') line.push_back(c);
  return line;
}

std::string PeerProcess::Complaint() const {
  const std::vector<std::string> lines =
      absl::StrSplit(ReadText(dir_ / "stderr"), '\n', absl::SkipWhitespace());
  return lines.empty() ? "it ended without a word" : lines.back();
}

}  // namespace gitsync
