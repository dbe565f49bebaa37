#ifndef GITSYNC_STORAGE_SQLITE_SQLITE_STORE_H_
#define GITSYNC_STORAGE_SQLITE_SQLITE_STORE_H_

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "storage/sqlite/log_room.h"
#include "storage/store.h"

namespace gitsync {

class DatabaseLock;

// The store in one SQLite file: one connection that writes, and a pool of connections
// that read.
class SqliteStore : public Store {
 public:
  struct Options {
    // The database file; created with mode 0600 if it does not exist. Its folder must
    // exist and must be on a local file system. "-wal", "-shm" and ".lock" files lie
    // beside it.
    std::string path;
    // The maximum number of concurrent reads; at least 1.
    int readers = 4;
    // How long to wait if another program, such as an operator's sqlite3, has the
    // database locked.
    absl::Duration busy_timeout = absl::Seconds(5);
    // Opens an existing database only to look at it: its schema is checked, but not
    // brought up to date.
    bool inspect = false;
  };

  // Opens the database, checks it, and brings its schema up to date. Blocks for as
  // long as it takes to read the file once.
  //
  // Errors:
  //   UNAVAILABLE          another process has it open.
  //   FAILED_PRECONDITION  it was written by a newer GitSync, it is another program's,
  //                        or its folder can't be used.
  //   DATA_LOSS            it is damaged.
  //   RESOURCE_EXHAUSTED, INTERNAL  as in store.h.
  static absl::StatusOr<std::unique_ptr<SqliteStore>> Open(const Options& options);

  ~SqliteStore() override;
  SqliteStore(const SqliteStore&) = delete;
  SqliteStore& operator=(const SqliteStore&) = delete;

  absl::Status Read(
      absl::FunctionRef<absl::Status(const Transaction&)> body) const override;
  absl::Status Write(absl::FunctionRef<absl::Status(Transaction&)> body) override;
  absl::Status WriteAhead(absl::FunctionRef<absl::Status(Transaction&)> body) override;
  int64_t ChangeCount() const override;
  // Writes a row, and so detects a full disk. Gives back disk space that the log no
  // longer needs.
  absl::Status CheckHealth() const override;

  // Returns the statements that have run so far, each once. For looking at their query
  // plans.
  std::vector<std::string> PreparedStatements() const;

 private:
  struct Reader;
  class WriteTurn;

  SqliteStore(std::unique_ptr<DatabaseLock> lock, std::unique_ptr<Connection> writer,
              std::vector<std::unique_ptr<Reader>> readers);

  // Declared before the connections, because it must be released after they are closed.
  std::unique_ptr<DatabaseLock> lock_;
  // Runs a transaction with this setting of PRAGMA synchronous.
  absl::Status WriteAs(const char* synchronous,
                       absl::FunctionRef<absl::Status(Transaction&)> body);
  absl::Status RunWrite(const char* synchronous,
                        absl::FunctionRef<absl::Status(Transaction&)> body)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(writer_mutex_);
  absl::Status WriteHealth() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(writer_mutex_);

  mutable absl::Mutex writer_mutex_;
  const std::unique_ptr<Connection> writer_ ABSL_PT_GUARDED_BY(writer_mutex_);
  // The writer's PRAGMA synchronous; empty if it is not known.
  std::string synchronous_ ABSL_GUARDED_BY(writer_mutex_) = "FULL";
  mutable LogRoom log_room_ ABSL_GUARDED_BY(writer_mutex_);
  std::atomic<int64_t> change_count_ = 0;
  mutable absl::Mutex readers_mutex_;
  const std::vector<std::unique_ptr<Reader>> readers_;
  // The readers that no read is using. Last in, first out, so that few stay warm. If an
  // idle reader has a transaction, it sees the newest state, and the next read
  // continues it.
  mutable std::vector<Reader*> idle_readers_ ABSL_GUARDED_BY(readers_mutex_);
  mutable bool writing_ ABSL_GUARDED_BY(readers_mutex_) = false;
};

}  // namespace gitsync

#endif  // GITSYNC_STORAGE_SQLITE_SQLITE_STORE_H_
