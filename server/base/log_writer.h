// Writes lines to standard error without making the threads that log wait.

#ifndef GITSYNC_SERVER_BASE_LOG_WRITER_H_
#define GITSYNC_SERVER_BASE_LOG_WRITER_H_

#include "absl/strings/string_view.h"

namespace gitsync {

// Starts the writer thread; before that, each line is written by the thread that logs
// it. Pending lines are also written when the process exits or dies of a signal that it
// can catch. They are not written when it is killed: the lines of the last milliseconds
// may be missing then. Call once, when the signals that threads should not receive are
// blocked.
void StartLogWriter();

// Writes `line`, which must end with a newline. If it is `urgent`, it and all lines
// before it are written before this returns; otherwise it is written soon after. At
// most 1 MiB of lines may be pending. While the reader of standard error is that far
// behind, lines that are not urgent are dropped, and their number is logged.
// Thread-safe; keeps the order of each thread.
void WriteLogLine(absl::string_view line, bool urgent);

// Blocks until all earlier lines are written.
void FlushLog();

}  // namespace gitsync

#endif  // GITSYNC_SERVER_BASE_LOG_WRITER_H_
