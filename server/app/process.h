// What a server process sets up before it has threads, and how it hears signals.

#ifndef GITSYNC_SERVER_APP_PROCESS_H_
#define GITSYNC_SERVER_APP_PROCESS_H_

namespace gitsync {

// Makes new files private, keeps secrets in memory out of core dumps and away from
// other processes of the user, ignores SIGPIPE, raises the limit of open files as far
// as it goes (a gRPC server that runs out of them stops accepting), and sends gRPC's
// own messages to the log. Makes large blocks of memory go back to the system when they
// are freed. Blocks SIGTERM, SIGINT and SIGHUP for WaitForSignal. Call once,
// first, before threads start.
void PrepareProcess();

enum class Signal { kStop, kReload };

// Blocks until SIGTERM or SIGINT, which are kStop, or SIGHUP, which is kReload. After
// kStop a second one of those ends the process at once, with exit code 1.
Signal WaitForSignal();

}  // namespace gitsync

#endif  // GITSYNC_SERVER_APP_PROCESS_H_
