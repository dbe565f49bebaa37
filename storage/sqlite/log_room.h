#ifndef GITSYNC_STORAGE_SQLITE_LOG_ROOM_H_
#define GITSYNC_STORAGE_SQLITE_LOG_ROOM_H_

#include <cstdint>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "storage/sqlite/connection.h"

namespace gitsync {

// Above this the write-ahead log gives its room on the disk back. SQLite moves what is
// in it to the database from 4 MB on, so only large transactions make it grow so far.
inline constexpr int64_t kMaxLogBytes = 8 << 20;

// Keeps the write-ahead log from holding room on the disk for good. SQLite writes its
// log over and over from the beginning, and never makes it smaller by itself: what a
// large transaction needed stays taken, and so does what one wrote that failed because
// the disk was full.
//
// Used with the connection that writes, outside its transactions, by one thread at a
// time.
class LogRoom {
 public:
  // Looks after a write that ended with `status`. Does not wait for readers: a log that
  // one of them needs is looked at again after the next write. Blocks on the disk.
  // Failures are logged; the write ended as it did.
  void AfterWrite(Connection& writer, const absl::Status& status);

  // Gives back as much as can be, whatever the size. Blocks and logs likewise.
  void GiveBack(Connection& writer);

 private:
  absl::Time last_try_ = absl::InfinitePast();
};

// The log's size on the disk.
absl::StatusOr<int64_t> LogBytes(Connection& connection);

// Cuts off what was written behind the last commit, which nobody reads. Needs no room,
// unlike emptying the log. Errors as in store.h.
absl::Status CutLog(Connection& writer);

// Moves what is in the log to the database, and makes it empty; false if a reader still
// needs it, for which this does not wait. Errors as in store.h.
absl::StatusOr<bool> EmptyLog(Connection& writer);

}  // namespace gitsync

#endif  // GITSYNC_STORAGE_SQLITE_LOG_ROOM_H_
