#include "storage/sqlite/sqlite_store.h"

#include <sqlite3.h>

#include <algorithm>
#include <set>
#include <utility>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "server/base/error.h"
#include "server/base/fail_point/fail_point.h"
#include "server/base/status_macros.h"
#include "storage/sqlite/connection.h"
#include "storage/sqlite/database_file.h"
#include "storage/sqlite/migration.h"
#include "storage/sqlite/query.h"
#include "storage/sqlite/sqlite_transaction.h"

namespace gitsync {
namespace {

// For every connection. The page cache is 8 MiB. Nothing is mapped into memory, because
// an I/O error there would raise a signal instead of returning a status.
constexpr char kSettings[] =
    "PRAGMA foreign_keys = ON; PRAGMA temp_store = MEMORY; PRAGMA cache_size = -8192; "
    "PRAGMA mmap_size = 0; PRAGMA trusted_schema = OFF;";

// FULL: a commit is on the disk when it returns (but see WriteAhead).
std::string WriterSettings() {
  return absl::StrCat(
      "PRAGMA synchronous = FULL; PRAGMA journal_size_limit = ", kMaxLogBytes, ";");
}

constexpr char kReaderSettings[] = "PRAGMA query_only = ON;";

// The maximum age of a transaction that a read continues to use. The transaction misses
// nothing that is written here, but an operator's sqlite3 may write too.
constexpr absl::Duration kMaxTransactionAge = absl::Milliseconds(10);

absl::Status CheckIdentity(Connection& connection) {
  ASSIGN_OR_RETURN(const int64_t id, connection.RunForInt("PRAGMA application_id"));
  ASSIGN_OR_RETURN(const int64_t tables,
                   connection.RunForInt("SELECT COUNT(*) FROM sqlite_schema"));
  const bool is_new = id == 0 && tables == 0;
  if (id == kApplicationId || is_new) return absl::OkStatus();
  return absl::FailedPreconditionError(
      "The database file belongs to another program. Give GitSync a data folder of its "
      "own.");
}

// quick_check reads each page once, in order. This takes about a second for a gigabyte,
// and only at the start. It finds torn, lost and overwritten pages, and rows that break
// their table's rules. integrity_check would also look each row up in each index, which
// takes many times as long for faults that a disk does not cause.
absl::Status CheckIntegrity(Connection& connection) {
  ASSIGN_OR_RETURN(const std::string result,
                   connection.RunForText("PRAGMA quick_check(1)"));
  if (result == "ok") return absl::OkStatus();
  return absl::DataLossError(absl::StrCat("The database file is damaged (", result,
                                          "). Restore it from a backup."));
}

// Keeps the log and its index as empty files when the database is closed, because a
// full disk would leave no room to create them again.
absl::Status KeepLogFiles(Connection& connection) {
  int keep = 1;
  const int code = sqlite3_file_control(connection.database().getHandle(), "main",
                                        SQLITE_FCNTL_PERSIST_WAL, &keep);
  if (code == SQLITE_OK) return absl::OkStatus();
  return InternalError(absl::StrCat("sqlite ", code, ": persist WAL"));
}

absl::Status UseWriteAheadLog(Connection& connection) {
  ASSIGN_OR_RETURN(const std::string mode,
                   connection.RunForText("PRAGMA journal_mode = WAL"));
  if (mode == "wal") return absl::OkStatus();
  return absl::FailedPreconditionError(
      "The database's folder can't hold a write-ahead log. It has to be on a local "
      "file system.");
}

// Brings the file into the form that this program needs.
absl::Status Prepare(Connection& writer, bool inspect) {
  RETURN_IF_ERROR(CheckIdentity(writer));
  RETURN_IF_ERROR(CheckIntegrity(writer));
  if (inspect) {
    RETURN_IF_ERROR(CheckSchemaVersion(writer, Migrations()).status());
    return writer.Run(kSettings);
  }
  RETURN_IF_ERROR(UseWriteAheadLog(writer));
  RETURN_IF_ERROR(KeepLogFiles(writer));
  RETURN_IF_ERROR(writer.Run(WriterSettings()));
  // A process that was killed may have left this log, even on a disk that it had
  // filled.
  LogRoom().GiveBack(writer);
  RETURN_IF_ERROR(Migrate(writer, Migrations()));
  return writer.Run(kSettings);
}

}  // namespace

struct SqliteStore::Reader {
  // Ends its transaction, if it has one. If that fails now, the next read does it.
  void End() {
    connection->Rollback();
    begin = absl::InfinitePast();
  }

  std::unique_ptr<Connection> connection;
  absl::Time begin = absl::InfinitePast();  // of its transaction
};

// A write in progress. Meanwhile, idle readers have no transaction: it would keep the
// log from being emptied, and would not see what is written.
class SqliteStore::WriteTurn {
 public:
  explicit WriteTurn(const SqliteStore& store) : store_(store) {
    absl::MutexLock lock(&store_.readers_mutex_);
    store_.writing_ = true;
    for (Reader* reader : store_.idle_readers_) reader->End();
  }
  ~WriteTurn() {
    absl::MutexLock lock(&store_.readers_mutex_);
    store_.writing_ = false;
  }
  WriteTurn(const WriteTurn&) = delete;
  WriteTurn& operator=(const WriteTurn&) = delete;

 private:
  const SqliteStore& store_;
};

absl::StatusOr<std::unique_ptr<SqliteStore>> SqliteStore::Open(const Options& options) {
  ASSIGN_OR_RETURN(std::unique_ptr<DatabaseLock> lock,
                   DatabaseLock::Acquire(options.path));
  if (!options.inspect) {
    RETURN_IF_ERROR(CreateDatabaseFile(options.path));
  }
  ASSIGN_OR_RETURN(std::unique_ptr<Connection> writer,
                   Connection::Open(options.path, options.busy_timeout));
  RETURN_IF_ERROR(Prepare(*writer, options.inspect));
  if (!options.inspect) lock->MarkUsed();
  std::vector<std::unique_ptr<Reader>> readers;
  for (int i = 0; i < std::max(options.readers, 1); ++i) {
    ASSIGN_OR_RETURN(std::unique_ptr<Connection> reader,
                     Connection::Open(options.path, options.busy_timeout));
    RETURN_IF_ERROR(reader->Run(kSettings));
    RETURN_IF_ERROR(reader->Run(kReaderSettings));
    readers.push_back(std::make_unique<Reader>(Reader{std::move(reader)}));
  }
  return std::unique_ptr<SqliteStore>(
      new SqliteStore(std::move(lock), std::move(writer), std::move(readers)));
}

SqliteStore::SqliteStore(std::unique_ptr<DatabaseLock> lock,
                         std::unique_ptr<Connection> writer,
                         std::vector<std::unique_ptr<Reader>> readers)
    : lock_(std::move(lock)), writer_(std::move(writer)), readers_(std::move(readers)) {
  for (const std::unique_ptr<Reader>& reader : readers_) {
    idle_readers_.push_back(reader.get());
  }
}

SqliteStore::~SqliteStore() = default;

absl::Status SqliteStore::Read(
    absl::FunctionRef<absl::Status(const Transaction&)> body) const {
  Reader* reader = nullptr;
  int64_t changes = 0;
  {
    const auto is_idle = [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(readers_mutex_) {
      return !idle_readers_.empty();
    };
    absl::MutexLock lock(&readers_mutex_, absl::Condition(&is_idle));
    reader = idle_readers_.back();
    idle_readers_.pop_back();
    // Read under the lock: a write that begins after the lock is released is noticed at
    // the end.
    changes = ChangeCount();
  }
  Connection& connection = *reader->connection;
  const absl::Time now = absl::Now();
  absl::Status status;
  if (!connection.InTransaction() || now < reader->begin ||
      now - reader->begin > kMaxTransactionAge) {
    // Deferred: its first statement fixes the state that all statements see.
    status = connection.Begin("BEGIN");
    reader->begin = now;
  }
  if (status.ok()) status = body(SqliteTransaction(connection));
  absl::MutexLock lock(&readers_mutex_);
  if (writing_ || changes != ChangeCount() || !connection.failure().ok()) {
    reader->End();
  }
  idle_readers_.push_back(reader);
  return status;
}

absl::Status SqliteStore::Write(absl::FunctionRef<absl::Status(Transaction&)> body) {
  return WriteAs("FULL", body);
}

absl::Status SqliteStore::WriteAhead(
    absl::FunctionRef<absl::Status(Transaction&)> body) {
  // Appends to the log without waiting for the disk. The log is synchronized as a
  // whole, so the next commit with FULL makes this one durable too.
  return WriteAs("NORMAL", body);
}

absl::Status SqliteStore::WriteAs(const char* synchronous,
                                  absl::FunctionRef<absl::Status(Transaction&)> body) {
  absl::MutexLock lock(&writer_mutex_);
  // Destroyed after `count`: a read that ends between the two would miss the write.
  const WriteTurn turn(*this);
  // Counts regardless of the result: a commit that was reported as failed may still be
  // there.
  const absl::Cleanup count = [this] {
    change_count_.fetch_add(1, std::memory_order_release);
  };
  const absl::Status status = RunWrite(synchronous, body);
  log_room_.AfterWrite(*writer_, status);
  return status;
}

absl::Status SqliteStore::RunWrite(const char* synchronous,
                                   absl::FunctionRef<absl::Status(Transaction&)> body) {
  TransactionScope scope(*writer_);
  if (synchronous != synchronous_) {
    synchronous_.clear();
    RETURN_IF_ERROR(writer_->Run(absl::StrCat("PRAGMA synchronous = ", synchronous)));
    synchronous_ = synchronous;
  }
  RETURN_IF_ERROR(scope.Begin("BEGIN IMMEDIATE"));
  SqliteTransaction transaction(*writer_);
  RETURN_IF_ERROR(body(transaction));
  RETURN_IF_ERROR(transaction.versions().RemoveUnnamedDefinitions());
  RETURN_IF_ERROR(FailPoint("store/commit"));
  return scope.Commit();
}

int64_t SqliteStore::ChangeCount() const {
  return change_count_.load(std::memory_order_acquire);
}

absl::Status SqliteStore::CheckHealth() const {
  RETURN_IF_ERROR(Read([](const Transaction& transaction) {
    return transaction.organizations().List({0, 1}).status();
  }));
  absl::MutexLock lock(&writer_mutex_);
  const WriteTurn turn(*this);
  const absl::Status status = WriteHealth();
  log_room_.AfterWrite(*writer_, status);
  return status;
}

absl::Status SqliteStore::WriteHealth() const {
  TransactionScope scope(*writer_);
  RETURN_IF_ERROR(scope.Begin("BEGIN IMMEDIATE"));
  RETURN_IF_ERROR(
      ExecuteOne(*writer_, "UPDATE health SET checks = checks + 1 WHERE id = 1"));
  return scope.Commit();
}

std::vector<std::string> SqliteStore::PreparedStatements() const {
  std::set<std::string> statements;
  const auto add = [&statements](const Connection& connection) {
    const std::vector<std::string> texts = connection.PreparedStatements();
    statements.insert(texts.begin(), texts.end());
  };
  {
    absl::MutexLock lock(&writer_mutex_);
    add(*writer_);
  }
  const auto all_idle = [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(readers_mutex_) {
    return idle_readers_.size() == readers_.size();
  };
  absl::MutexLock lock(&readers_mutex_, absl::Condition(&all_idle));
  for (const Reader* reader : idle_readers_) add(*reader->connection);
  return {statements.begin(), statements.end()};
}

}  // namespace gitsync
