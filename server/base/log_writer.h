// Takes lines to standard error, off the threads that have something to say.

#ifndef GITSYNC_SERVER_BASE_LOG_WRITER_H_
#define GITSYNC_SERVER_BASE_LOG_WRITER_H_

#include "absl/strings/string_view.h"

namespace gitsync {

// Starts the thread that writes; until then, lines are written by those who log them.
// Lines that wait are also written when the process exits or dies by a signal that it
// can catch, but not when it is killed: the last milliseconds' may be missing then.
// Call once, when signals are blocked that threads should not get.
void StartLogWriter();

// Writes `line`, which ends with a newline: before it returns if it is `urgent`, and
// with it all lines before; soon after otherwise. At most 1 MiB of lines wait: while
// whoever reads standard error is that far behind, others than urgent ones are dropped,
// and their number is logged. Thread-safe, keeps the order of each thread.
void WriteLogLine(absl::string_view line, bool urgent);

// Blocks until all lines before are written.
void FlushLog();

}  // namespace gitsync

#endif  // GITSYNC_SERVER_BASE_LOG_WRITER_H_
