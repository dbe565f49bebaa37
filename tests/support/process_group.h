// Third-party servers that tests start.

#ifndef GITSYNC_TESTS_SUPPORT_PROCESS_GROUP_H_
#define GITSYNC_TESTS_SUPPORT_PROCESS_GROUP_H_

#include <sys/types.h>

#include <string>
#include <vector>

namespace gitsync {

// Starts a program as the leader of a process group that does not outlive the test. Its
// output is appended to the file `log`.
pid_t StartGroup(const std::vector<std::string>& arguments, const std::string& log);

// Kills the group and waits for its leader. Sets `pid` to -1; does nothing if it is -1.
void EndGroup(pid_t& pid);

// Returns `count` ports of the loopback on which nobody listens. Another process may
// take one before it is used.
std::vector<int> FreePorts(size_t count);

// Whether somebody listens on a port of the loopback.
bool IsListening(int port);

}  // namespace gitsync

#endif  // GITSYNC_TESTS_SUPPORT_PROCESS_GROUP_H_
