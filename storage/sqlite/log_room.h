#ifndef GITSYNC_STORAGE_SQLITE_LOG_ROOM_H_
#define GITSYNC_STORAGE_SQLITE_LOG_ROOM_H_

#include <cstdint>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "storage/sqlite/connection.h"

namespace gitsync {

// Above this size, the write-ahead log gives disk space back. SQLite moves its content
// to the database from 4 MB on, so only large transactions make it grow this far.
inline constexpr int64_t kMaxLogBytes = 8 << 20;

// Keeps the write-ahead log from occupying disk space for good. SQLite rewrites its log
// from the beginning over and over, and never shrinks it by itself. The space that a
// large transaction needed stays taken, and so does the space of a write that failed
// because the disk was full.
//
// Used with the connection that writes, outside its transactions, by one thread at a
// time.
class LogRoom {
 public:
  // To be called after a write that ended with `status`. Does not wait for readers: if
  // one of them needs the log, the log is checked again after the next write. Blocks on
  // the disk. Failures are logged and do not change the result of the write.
  void AfterWrite(Connection& writer, const absl::Status& status);

  // Gives back as much space as possible, whatever the size. Blocks and logs likewise.
  void GiveBack(Connection& writer);

 private:
  absl::Time last_try_ = absl::InfinitePast();
};

// The log's size on the disk.
absl::StatusOr<int64_t> LogBytes(Connection& connection);

// Cuts off what was written behind the last commit, which nobody reads. Unlike emptying
// the log, this needs no disk space. Errors as in store.h.
absl::Status CutLog(Connection& writer);

// Moves the content of the log to the database and empties the log. Returns false if a
// reader still needs the log; this does not wait for readers. Errors as in store.h.
absl::StatusOr<bool> EmptyLog(Connection& writer);

}  // namespace gitsync

#endif  // GITSYNC_STORAGE_SQLITE_LOG_ROOM_H_
