// Servers of others that tests start.

#ifndef GITSYNC_TESTS_SUPPORT_PROCESS_GROUP_H_
#define GITSYNC_TESTS_SUPPORT_PROCESS_GROUP_H_

#include <sys/types.h>

#include <string>
#include <vector>

namespace gitsync {

// Starts a program as the head of a process group that does not outlive the test. Its
// output is appended to the file `log`.
pid_t StartGroup(const std::vector<std::string>& arguments, const std::string& log);

// Kills the group and waits for its head; sets it to -1, for which nothing is done.
void EndGroup(pid_t& pid);

// Ports of the loopback that nobody listens on, as many as are asked for. Somebody may
// take one before its user does.
std::vector<int> FreePorts(size_t count);

// Whether somebody listens on a port of the loopback.
bool IsListening(int port);

}  // namespace gitsync

#endif  // GITSYNC_TESTS_SUPPORT_PROCESS_GROUP_H_
