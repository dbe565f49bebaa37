// What a server process sets up before it has threads, and how it hears signals.

#ifndef GITSYNC_SERVER_APP_PROCESS_H_
#define GITSYNC_SERVER_APP_PROCESS_H_

namespace gitsync {

// Makes new files private, keeps secrets in memory out of core dumps and away from
// other processes of the user, ignores SIGPIPE, raises the limit of open files as far
// as it goes (a gRPC server that runs out of them stops accepting), and sends gRPC's
// own messages to the log. Makes large blocks of memory go back to the system when they
// are freed. Blocks SIGTERM and SIGINT for WaitForStopSignal. Call once,
// first, before threads start.
void PrepareProcess();

// Blocks until SIGTERM or SIGINT. A second one ends the process at once, with exit
// code 1.
void WaitForStopSignal();

}  // namespace gitsync

#endif  // GITSYNC_SERVER_APP_PROCESS_H_
