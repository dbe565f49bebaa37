// How the stores run their statements: values in, rows out, and a status for errors.

#ifndef GITSYNC_STORAGE_SQLITE_QUERY_H_
#define GITSYNC_STORAGE_SQLITE_QUERY_H_

#include <SQLiteCpp/Statement.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "server/base/status_macros.h"
#include "storage/page.h"
#include "storage/sqlite/connection.h"

namespace gitsync {

// Values that a statement accepts, in addition to strings, integers and times.
struct Blob {
  absl::string_view bytes;
};
// Bytes in a column of type TEXT, stored unchanged.
struct BytesInText {
  const std::string& bytes;
};
struct NullIfEmpty {
  absl::string_view text;
};

// The current row of a query; its columns are read from left to right.
class Row {
 public:
  explicit Row(const SQLite::Statement& statement) : statement_(statement) {}

  bool IsNull() const { return statement_.isColumnNull(column_); }
  void Skip(int columns) { column_ += columns; }

  // A text or a blob. Invalid UTF-8 in a text, as older versions stored it, becomes
  // U+FFFD.
  std::string Text();
  // A column exactly as it is stored.
  std::string Bytes();
  // How many bytes Text and Bytes have returned.
  size_t text_bytes() const { return text_bytes_; }
  int64_t Int() { return statement_.getColumn(column_++).getInt64(); }
  bool Bool() { return Int() != 0; }
  absl::Time Time() { return absl::FromUnixMicros(Int()); }
  std::optional<absl::Time> OptionalTime();
  template <typename Enum>
  Enum As() {
    return static_cast<Enum>(Int());
  }

 private:
  const SQLite::Statement& statement_;
  int column_ = 0;
  size_t text_bytes_ = 0;
};

// One run of a statement, which is prepared once for each connection. The query refers
// to the values that it was given, so they must outlive it. Invalid UTF-8 in a text is
// stored as U+FFFD; a blob is stored unchanged.
class Query {
 public:
  template <typename... Values>
  Query(Connection& connection, const std::string& sql, const Values&... values)
      : connection_(connection) {
    if (!Prepare(sql)) return;
    int index = 0;
    (Bind(++index, values), ...);
    CheckCount(index);
  }
  ~Query();
  Query(const Query&) = delete;
  Query& operator=(const Query&) = delete;

  // Moves to the next row; false if there is none.
  absl::StatusOr<bool> Next();
  Row row() const { return Row(*statement_); }
  // How many rows the statement changed.
  int changes() const { return statement_->getChanges(); }

 private:
  bool Prepare(const std::string& sql);
  // Without this check, a parameter without a value would silently be NULL.
  void CheckCount(int values);
  template <typename Action>
  void Guard(Action action);

  void Bind(int index, const std::string& value);
  void Bind(int index, absl::string_view value);
  void Bind(int index, int64_t value);
  void Bind(int index, int value) { Bind(index, int64_t{value}); }
  void Bind(int index, bool value) { Bind(index, int64_t{value}); }
  void Bind(int index, absl::Time value) { Bind(index, absl::ToUnixMicros(value)); }
  void Bind(int index, Blob value);
  void Bind(int index, BytesInText value);
  void Bind(int index, NullIfEmpty value);
  void BindNull(int index);
  template <typename Value>
  void Bind(int index, const std::optional<Value>& value) {
    if (value.has_value()) {
      Bind(index, *value);
    } else {
      BindNull(index);
    }
  }

  Connection& connection_;
  SQLite::Statement* statement_ = nullptr;
  absl::Status status_;
};

// Runs a statement that changes rows; returns how many rows it changed.
template <typename... Values>
absl::StatusOr<int> Execute(Connection& connection, const std::string& sql,
                            const Values&... values) {
  Query query(connection, sql, values...);
  ASSIGN_OR_RETURN(bool more, query.Next());
  while (more) {
    ASSIGN_OR_RETURN(more, query.Next());
  }
  return query.changes();
}

// The same for a statement that has to change a row. NOT_FOUND, bare, if it changed
// none.
template <typename... Values>
absl::Status ExecuteOne(Connection& connection, const std::string& sql,
                        const Values&... values) {
  ASSIGN_OR_RETURN(const int changes, Execute(connection, sql, values...));
  return changes == 0 ? absl::NotFoundError("") : absl::OkStatus();
}

// Returns the first row, as `read` reads it; NOT_FOUND, bare, if there is none.
template <typename Result, typename... Values>
absl::StatusOr<Result> QueryOne(Connection& connection, Result (*read)(Row&),
                                const std::string& sql, const Values&... values) {
  Query query(connection, sql, values...);
  ASSIGN_OR_RETURN(const bool found, query.Next());
  if (!found) return absl::NotFoundError("");
  Row row = query.row();
  return read(row);
}

// Returns all rows.
template <typename Result, typename... Values>
absl::StatusOr<std::vector<Result>> QueryAll(Connection& connection,
                                             Result (*read)(Row&),
                                             const std::string& sql,
                                             const Values&... values) {
  Query query(connection, sql, values...);
  std::vector<Result> results;
  while (true) {
    ASSIGN_OR_RETURN(const bool found, query.Next());
    if (!found) return results;
    Row row = query.row();
    results.push_back(read(row));
  }
}

// Returns a page. The statement's first column is the sequence, and its last parameter
// is the limit.
template <typename Result, typename... Values>
absl::StatusOr<Page<Result>> QueryPage(Connection& connection, int limit,
                                       Result (*read)(Row&), const std::string& sql,
                                       const Values&... values) {
  Page<Result> page;
  int64_t last = 0;
  size_t bytes = 0;
  // Asking for one extra row tells whether there is a next page.
  const int64_t one_more = int64_t{limit} + 1;
  Query query(connection, sql, values..., one_more);
  while (true) {
    ASSIGN_OR_RETURN(const bool found, query.Next());
    if (!found) return page;
    if (static_cast<int64_t>(page.rows.size()) == limit || bytes >= kMaxPageBytes) {
      page.next = last;
      return page;
    }
    Row row = query.row();
    last = Row(row).Int();
    page.rows.push_back(read(row));
    bytes += row.text_bytes();
  }
}

// For QueryOne.
inline bool ReadBool(Row& row) { return row.Bool(); }
inline int64_t ReadInt(Row& row) { return row.Int(); }
inline std::string ReadText(Row& row) { return row.Text(); }

}  // namespace gitsync

#endif  // GITSYNC_STORAGE_SQLITE_QUERY_H_
