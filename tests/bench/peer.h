// Programs of others that do the same, each in a process that stays: a line on its
// standard input asks for something, a line on its standard output is the answer.

#ifndef GITSYNC_TESTS_BENCH_PEER_H_
#define GITSYNC_TESTS_BENCH_PEER_H_

#include <sys/types.h>

#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "tests/support/temp_dir.h"

namespace gitsync {

class PeerProcess {
 public:
  // Starts a program and blocks until it says "ready", followed by whatever.
  //
  // Errors:
  //   UNAVAILABLE  it said something else or nothing; the message has what it wrote
  //                last on its standard error.
  static absl::StatusOr<std::unique_ptr<PeerProcess>> Start(
      const std::vector<std::string>& arguments,
      const std::vector<std::string>& environment);
  // Ends it, by the end of its input.
  ~PeerProcess();
  PeerProcess(const PeerProcess&) = delete;
  PeerProcess& operator=(const PeerProcess&) = delete;

  // What followed "ready ".
  const std::string& greeting() const { return greeting_; }

  // Asks, and blocks for the answer. INTERNAL, with the answer, unless it is "ok".
  absl::Status Ask(const std::string& line);

 private:
  PeerProcess() = default;
  std::string ReadLine();
  // What it wrote last on its standard error, in a few words.
  std::string Complaint() const;

  TempDir dir_;
  pid_t pid_ = -1;
  int input_ = -1;
  int output_ = -1;
  std::string greeting_;
};

}  // namespace gitsync

#endif  // GITSYNC_TESTS_BENCH_PEER_H_
