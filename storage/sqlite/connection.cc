#include "storage/sqlite/connection.h"

#include <sqlite3.h>

#include <utility>

#include "server/base/status_macros.h"
#include "storage/sqlite/query.h"
#include "storage/sqlite/sqlite_status.h"

namespace gitsync {
namespace {

absl::Status StatusOf(const SQLite::Exception& exception, sqlite3* handle) {
  if (IsDamage(exception)) {
    return absl::DataLossError(
        "The database file is damaged, or is no database. Restore it from a backup.");
  }
  return StatusFromSqlite(exception, handle);
}

}  // namespace

absl::StatusOr<std::unique_ptr<Connection>> Connection::Open(
    const std::string& path, absl::Duration busy_timeout) {
  // By default, SQLite counts its allocations under a lock that all threads'
  // connections share. SQLite accepts this setting before its first use and rejects it
  // later, which is fine.
  [[maybe_unused]] static const int uncounted =
      sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
  try {
    // No mutex: the pool lends a connection to one thread at a time.
    SQLite::Database database(
        path, SQLite::OPEN_READWRITE | SQLite::OPEN_NOMUTEX,
        static_cast<int>(absl::ToInt64Milliseconds(busy_timeout)));
    // Opening reads nothing; this does.
    database.execAndGet("PRAGMA schema_version");
    return std::unique_ptr<Connection>(new Connection(std::move(database)));
  } catch (const SQLite::Exception& exception) {
    return StatusOf(exception, nullptr);
  }
}

absl::Status Connection::Run(const std::string& sql) {
  try {
    database_.exec(sql);
    return absl::OkStatus();
  } catch (const SQLite::Exception& exception) {
    return StatusOf(exception, database_.getHandle());
  }
}

absl::StatusOr<int64_t> Connection::RunForInt(const std::string& sql) {
  try {
    return database_.execAndGet(sql).getInt64();
  } catch (const SQLite::Exception& exception) {
    return StatusOf(exception, database_.getHandle());
  }
}

absl::StatusOr<std::string> Connection::RunForText(const std::string& sql) {
  try {
    return database_.execAndGet(sql).getString();
  } catch (const SQLite::Exception& exception) {
    return StatusOf(exception, database_.getHandle());
  }
}

SQLite::Statement& Connection::Prepared(const std::string& sql) {
  std::unique_ptr<SQLite::Statement>& statement = statements_[sql];
  if (statement == nullptr) {
    statement = std::make_unique<SQLite::Statement>(database_, sql);
  }
  return *statement;
}

std::vector<std::string> Connection::PreparedStatements() const {
  std::vector<std::string> texts;
  for (const auto& [text, statement] : statements_) texts.push_back(text);
  return texts;
}

bool Connection::InTransaction() const {
  return sqlite3_get_autocommit(database_.getHandle()) == 0;
}

absl::Status Connection::Begin(const std::string& sql) {
  if (InTransaction()) {
    RETURN_IF_ERROR(Execute(*this, "ROLLBACK").status());
  }
  return Execute(*this, sql).status();
}

void Connection::Rollback() {
  set_failure(absl::OkStatus());
  // SQLite has rolled back by itself after some errors.
  if (InTransaction()) Execute(*this, "ROLLBACK").status().IgnoreError();
  set_failure(absl::OkStatus());
}

absl::Status TransactionScope::Commit() {
  RETURN_IF_ERROR(connection_.failure());
  return Execute(connection_, "COMMIT").status();
}

}  // namespace gitsync
