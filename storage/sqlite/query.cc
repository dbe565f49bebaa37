#include "storage/sqlite/query.h"

#include <SQLiteCpp/Exception.h>
#include <sqlite3.h>

#include "server/base/error.h"
#include "server/base/utf8.h"
#include "storage/sqlite/sqlite_status.h"

namespace gitsync {

std::string Row::Text() {
  const bool is_blob = statement_.getColumn(column_).isBlob();
  std::string text = Bytes();
  if (!is_blob && !IsUtf8(text)) text = ReplaceInvalidUtf8(text);
  return text;
}

std::string Row::Bytes() {
  std::string bytes = statement_.getColumn(column_++).getString();
  text_bytes_ += bytes.size();
  return bytes;
}

std::optional<absl::Time> Row::OptionalTime() {
  if (IsNull()) {
    Skip(1);
    return std::nullopt;
  }
  return Time();
}

Query::~Query() {
  if (statement_ == nullptr) return;
  // tryReset repeats an error that was already reported. Clearing never fails.
  statement_->tryReset();
  statement_->clearBindings();
}

template <typename Action>
void Query::Guard(Action action) {
  if (!status_.ok()) return;
  try {
    action();
  } catch (const SQLite::Exception& exception) {
    status_ = StatusFromSqlite(exception, connection_.database().getHandle());
    // The transaction can continue after a constraint violation. After any other error,
    // SQLite may have ended it, and later statements would each be committed on their
    // own.
    if (exception.getErrorCode() != SQLITE_CONSTRAINT) connection_.set_failure(status_);
  }
}

bool Query::Prepare(const std::string& sql) {
  status_ = connection_.failure();
  Guard([&] { statement_ = &connection_.Prepared(sql); });
  return status_.ok();
}

void Query::CheckCount(int values) {
  if (status_.ok() && values != statement_->getBindParameterCount()) {
    status_ = InternalError("a statement was given too few or too many values");
  }
}

absl::StatusOr<bool> Query::Next() {
  bool found = false;
  Guard([&] { found = statement_->executeStep(); });
  if (!status_.ok()) return status_;
  return found;
}

void Query::Bind(int index, const std::string& value) {
  if (!IsUtf8(value)) return Bind(index, absl::string_view(value));
  Guard([&] { statement_->bindNoCopy(index, value); });
}

void Query::Bind(int index, absl::string_view value) {
  Guard([&] { statement_->bind(index, ReplaceInvalidUtf8(value)); });
}

void Query::Bind(int index, int64_t value) {
  Guard([&] { statement_->bind(index, value); });
}

void Query::Bind(int index, Blob value) {
  // A null pointer would be stored as NULL, not as an empty blob.
  const void* bytes = value.bytes.empty() ? "" : value.bytes.data();
  Guard([&] {
    statement_->bindNoCopy(index, bytes, static_cast<int>(value.bytes.size()));
  });
}

void Query::Bind(int index, BytesInText value) {
  Guard([&] { statement_->bindNoCopy(index, value.bytes); });
}

void Query::Bind(int index, NullIfEmpty value) {
  if (value.text.empty()) {
    BindNull(index);
  } else {
    Bind(index, value.text);
  }
}

void Query::BindNull(int index) {
  Guard([&] { statement_->bind(index); });
}

}  // namespace gitsync
