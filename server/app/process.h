// Process setup that must happen before threads start, and signal handling.

#ifndef GITSYNC_SERVER_APP_PROCESS_H_
#define GITSYNC_SERVER_APP_PROCESS_H_

namespace gitsync {

// Makes new files private, keeps secrets in memory out of core dumps and away from the
// user's other processes, and ignores SIGPIPE. Raises the limit of open files as far as
// possible, because a gRPC server that runs out of them stops accepting. Sends gRPC's
// own messages to the log. Makes large blocks of memory go back to the system when they
// are freed. Blocks SIGTERM, SIGINT and SIGHUP for WaitForSignal. Call once, first,
// before threads start.
void PrepareProcess();

enum class Signal { kStop, kReload };

// Blocks until SIGTERM or SIGINT (kStop), or SIGHUP (kReload). After kStop, a second
// SIGTERM or SIGINT ends the process at once, with exit code 1.
Signal WaitForSignal();

}  // namespace gitsync

#endif  // GITSYNC_SERVER_APP_PROCESS_H_
