// One connection to the database, with the statements that were prepared on it.

#ifndef GITSYNC_STORAGE_SQLITE_CONNECTION_H_
#define GITSYNC_STORAGE_SQLITE_CONNECTION_H_

#include <SQLiteCpp/Database.h>
#include <SQLiteCpp/Statement.h>

#include <cstdint>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace gitsync {

// Used by one thread at a time. SQLiteCpp's exceptions don't leave this class and
// Query.
class Connection {
 public:
  // Opens the file, which must exist. Does not change it yet. DATA_LOSS if it is not a
  // database.
  static absl::StatusOr<std::unique_ptr<Connection>> Open(const std::string& path,
                                                          absl::Duration busy_timeout);

  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  // Runs one or more statements without keeping them prepared.
  absl::Status Run(const std::string& sql);
  // Runs one statement and returns the first column of its first row.
  absl::StatusOr<int64_t> RunForInt(const std::string& sql);
  absl::StatusOr<std::string> RunForText(const std::string& sql);

  // Returns the statement, which is prepared at its first use. Throws
  // SQLite::Exception. For Query.
  SQLite::Statement& Prepared(const std::string& sql);
  // Returns the texts of the prepared statements.
  std::vector<std::string> PreparedStatements() const;

  bool InTransaction() const;
  // `sql` is a form of BEGIN. First ends whatever remains of an earlier transaction.
  absl::Status Begin(const std::string& sql);
  // Ends the transaction, if there is one, and forgets its failure. If it can't be
  // rolled back now, Begin tries again.
  void Rollback();

  // The first error in this transaction that was not a constraint violation. SQLite may
  // have rolled back because of it, so the transaction can't do anything more, no
  // matter how its user handled the error.
  const absl::Status& failure() const { return failure_; }
  void set_failure(const absl::Status& failure) { failure_ = failure; }

  SQLite::Database& database() { return database_; }

 private:
  explicit Connection(SQLite::Database database) : database_(std::move(database)) {}

  // Declared before the statements, because it must outlive them.
  SQLite::Database database_;
  std::unordered_map<std::string, std::unique_ptr<SQLite::Statement>> statements_;
  absl::Status failure_;
};

// A transaction on a connection. It is rolled back on destruction unless it was
// committed.
class TransactionScope {
 public:
  explicit TransactionScope(Connection& connection) : connection_(connection) {}
  ~TransactionScope() { connection_.Rollback(); }
  TransactionScope(const TransactionScope&) = delete;
  TransactionScope& operator=(const TransactionScope&) = delete;

  absl::Status Begin(const std::string& sql) { return connection_.Begin(sql); }
  // Nothing is changed on error.
  absl::Status Commit();

 private:
  Connection& connection_;
};

}  // namespace gitsync

#endif  // GITSYNC_STORAGE_SQLITE_CONNECTION_H_
