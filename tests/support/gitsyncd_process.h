#ifndef GITSYNC_TESTS_SUPPORT_GITSYNCD_PROCESS_H_
#define GITSYNC_TESTS_SUPPORT_GITSYNCD_PROCESS_H_

#include <sys/types.h>

#include <string>
#include <vector>

#include "tests/support/temp_dir.h"

namespace gitsync {

struct GitsyncdOptions {
  // Which of the programs built beside the tests to run: this one, or the one whose
  // fail points do what FAIL_POINTS says (tests/fail_points).
  std::string program = "gitsyncd";
  // In addition to the flags that name the data folder and the addresses.
  std::vector<std::string> flags = {};
  // Added to the environment, "A=b". The server gets only the part of the test's own
  // environment that sanitizers need.
  std::vector<std::string> environment = {};
  bool allow_private_remotes = true;
  // Where the server stores its data; empty: a temporary folder.
  std::string data_dir = {};
  // How many files the server may open; 0: as many as the test.
  int open_files = 0;
};

// The program gitsyncd, as built beside the tests, with its own data folder and a free
// port. The test fails if gitsyncd does not start, or does not end in order.
class GitsyncdProcess {
 public:
  // Starts gitsyncd, and blocks until it reports that it is ready.
  explicit GitsyncdProcess(GitsyncdOptions options = {});
  // Ends gitsyncd, and deletes its data.
  ~GitsyncdProcess();
  GitsyncdProcess(const GitsyncdProcess&) = delete;
  GitsyncdProcess& operator=(const GitsyncdProcess&) = delete;

  // HOST:PORT of the gRPC server; it changes with each Restart.
  const std::string& endpoint() const { return endpoint_; }
  // HOST:PORT of the HTTP gateway, likewise; "off" if there is none.
  const std::string& http_endpoint() const { return http_endpoint_; }
  std::string data_dir() const {
    return options_.data_dir.empty() ? dir_ / "data" : options_.data_dir;
  }
  // The token that the server wrote on its first start.
  std::string AdminToken() const;
  // Returns what all runs wrote to standard error and to standard output.
  std::string Log() const;
  // The same, but does not wait for lines that are about to be written.
  std::string LogSoFar() const;
  std::string Output() const;
  pid_t pid() const { return pid_; }

  // Ends gitsyncd with SIGKILL.
  void Kill9();
  // RequestStop sends SIGTERM. Wait then blocks until the end and returns the exit
  // code, or 128 plus the signal's number.
  void RequestStop();
  int Wait();
  // Calls both.
  int Terminate();
  // Starts gitsyncd again on the same data, and ends it first if it is running.
  // `environment` is added to that of the options, for this run only. If it sets
  // FAIL_POINTS, the server may kill itself before it is ready.
  void Restart(const std::vector<std::string>& environment = {});
  // Whether gitsyncd has ended, by itself or on request.
  bool HasEnded();

 private:
  void Start(const std::vector<std::string>& added_environment);

  TempDir dir_;
  const GitsyncdOptions options_;
  std::string endpoint_;
  std::string http_endpoint_;
  pid_t pid_ = -1;
  int exit_code_ = 0;
};

}  // namespace gitsync

#endif  // GITSYNC_TESTS_SUPPORT_GITSYNCD_PROCESS_H_
