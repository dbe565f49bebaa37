#ifndef GITSYNC_TESTS_SUPPORT_GITSYNCD_PROCESS_H_
#define GITSYNC_TESTS_SUPPORT_GITSYNCD_PROCESS_H_

#include <sys/types.h>

#include <string>
#include <vector>

#include "tests/support/temp_dir.h"

namespace gitsync {

struct GitsyncdOptions {
  // Which of the programs built beside the tests: this one, or the one whose fail
  // points do what FAIL_POINTS says (tests/fail_points).
  std::string program = "gitsyncd";
  // Besides those that name the data folder and the addresses.
  std::vector<std::string> flags = {};
  // Added to the environment, "A=b". The test's own reaches the server only as far as
  // sanitizers need it.
  std::vector<std::string> environment = {};
  bool allow_private_remotes = true;
  // Where it keeps its data; empty: in a temporary folder.
  std::string data_dir = {};
  // How many files it may open; 0: as many as the test.
  int open_files = 0;
};

// The program gitsyncd, as it was built beside the tests, on a data folder of its own
// and a free port. That it does not start, or does not end in order, fails the test.
class GitsyncdProcess {
 public:
  // Starts it, and blocks until it says that it is ready.
  explicit GitsyncdProcess(GitsyncdOptions options = {});
  // Ends it, and deletes its data.
  ~GitsyncdProcess();
  GitsyncdProcess(const GitsyncdProcess&) = delete;
  GitsyncdProcess& operator=(const GitsyncdProcess&) = delete;

  // HOST:PORT of the gRPC server; another one after each Restart.
  const std::string& endpoint() const { return endpoint_; }
  // HOST:PORT of the HTTP gateway, likewise; "off" if there is none.
  const std::string& http_endpoint() const { return http_endpoint_; }
  std::string data_dir() const {
    return options_.data_dir.empty() ? dir_ / "data" : options_.data_dir;
  }
  // The token that the server wrote on its first start.
  std::string AdminToken() const;
  // What all runs wrote to standard error and to standard output.
  std::string Log() const;
  // The same without a wait for lines that are about to be written.
  std::string LogSoFar() const;
  std::string Output() const;
  pid_t pid() const { return pid_; }

  // Ends it with SIGKILL.
  void Kill9();
  // Sends SIGTERM. Wait then blocks until the end; it returns the exit code, or 128 and
  // the signal's number.
  void RequestStop();
  int Wait();
  // Both.
  int Terminate();
  // Starts it again on the same data, ending it first if it runs. `environment` is
  // added to that of the options, for this run only; with FAIL_POINTS among it,
  // the server may kill itself before it is ready.
  void Restart(const std::vector<std::string>& environment = {});
  // Whether it has ended by itself, or as asked.
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
