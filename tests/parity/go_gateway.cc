#include "tests/parity/go_gateway.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>

namespace gitsync {

GoGateway::GoGateway(const std::string& backend) {
  std::ifstream(GITSYNC_GO_GATEWAY ".version") >> version_;
  EXPECT_TRUE(version_ == 1 || version_ == 2);
  int ends[2] = {-1, -1};
  EXPECT_EQ(pipe2(ends, O_CLOEXEC), 0);
  pid_ = fork();
  if (pid_ == 0) {
    // A test that is killed leaves no gateway behind.
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    dup2(ends[1], 1);
    execl(GITSYNC_GO_GATEWAY, GITSYNC_GO_GATEWAY, backend.c_str(),
          static_cast<char*>(nullptr));
    _exit(127);
  }
  close(ends[1]);
  char byte = 0;
  while (read(ends[0], &byte, 1) == 1 && byte != '\n') endpoint_ += byte;
  close(ends[0]);
  EXPECT_EQ(byte, '\n') << GITSYNC_GO_GATEWAY << " did not start";
}

GoGateway::~GoGateway() {
  kill(pid_, SIGKILL);
  waitpid(pid_, nullptr, 0);
}

}  // namespace gitsync
