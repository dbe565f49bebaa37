#include "tests/support/process_group.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <list>

#include "tests/support/test_remote.h"

namespace gitsync {
namespace {

// A TCP socket: bound to a port of the loopback (0: a free one), or connected to one.
class LoopbackSocket {
 public:
  LoopbackSocket() : fd_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {}
  ~LoopbackSocket() { close(fd_); }

  int BindToFreePort() {
    sockaddr_in address = AddressOf(0);
    socklen_t size = sizeof(address);
    bind(fd_, reinterpret_cast<sockaddr*>(&address), size);
    getsockname(fd_, reinterpret_cast<sockaddr*>(&address), &size);
    return ntohs(address.sin_port);
  }

  bool Connect(int port) {
    const sockaddr_in address = AddressOf(port);
    return connect(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) ==
           0;
  }

 private:
  static sockaddr_in AddressOf(int port) {
    sockaddr_in address = {};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(static_cast<uint16_t>(port));
    return address;
  }

  const int fd_;
};

}  // namespace

pid_t StartGroup(const std::vector<std::string>& arguments, const std::string& log) {
  const std::vector<char*> argv = Pointers(arguments);
  const std::vector<std::string> environment = {"PATH=/usr/local/bin:/usr/bin:/bin"};
  const std::vector<char*> envp = Pointers(environment);
  const int out = open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  const pid_t pid = fork();
  if (pid == 0) {
    setpgid(0, 0);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    dup2(open("/dev/null", O_RDONLY), 0);
    dup2(out, 1);
    dup2(out, 2);
    // Git must not inherit the signals that the test ignores.
    signal(SIGPIPE, SIG_DFL);
    execve(argv[0], argv.data(), envp.data());
    _exit(127);
  }
  setpgid(pid, pid);
  close(out);
  return pid;
}

void EndGroup(pid_t& pid) {
  if (pid < 0) return;
  kill(-pid, SIGKILL);
  waitpid(pid, nullptr, 0);
  pid = -1;
}

std::vector<int> FreePorts(size_t count) {
  // All sockets are held until the last one is found, so that no port is returned
  // twice.
  std::list<LoopbackSocket> sockets;
  std::vector<int> ports;
  while (ports.size() < count) {
    ports.push_back(sockets.emplace_back().BindToFreePort());
  }
  return ports;
}

bool IsListening(int port) { return LoopbackSocket().Connect(port); }

}  // namespace gitsync
