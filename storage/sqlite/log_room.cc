#include "storage/sqlite/log_room.h"

#include <sqlite3.h>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "server/base/error.h"
#include "server/base/logging.h"
#include "server/base/status_macros.h"

namespace gitsync {
namespace {

// Emptying the log of a busy database has a cost each time, and may have to wait until
// a read ends.
constexpr absl::Duration kPauseBetweenTries = absl::Milliseconds(200);

// The log's format: https://sqlite.org/fileformat2.html#the_write_ahead_log
constexpr int kHeaderBytes = 32;
constexpr int kFrameHeaderBytes = 24;
constexpr int kSaltBytes = 8;

uint32_t BigEndian(const unsigned char* bytes) {
  return uint32_t{bytes[0]} << 24 | uint32_t{bytes[1]} << 16 | uint32_t{bytes[2]} << 8 |
         uint32_t{bytes[3]};
}

absl::Status Failed(absl::string_view call, int code) {
  return InternalError(absl::StrCat("write-ahead log: ", call, ": sqlite ", code));
}

// SQLite's own handle of the log. Closing a second handle would release SQLite's locks.
absl::StatusOr<sqlite3_file*> LogFile(Connection& connection) {
  sqlite3_file* file = nullptr;
  const int code =
      sqlite3_file_control(connection.database().getHandle(), "main",
                           SQLITE_FCNTL_JOURNAL_POINTER, static_cast<void*>(&file));
  if (code != SQLITE_OK) return Failed("journal pointer", code);
  if (file == nullptr || file->pMethods == nullptr) return Failed("not open", code);
  return file;
}

absl::StatusOr<int64_t> SizeOf(sqlite3_file* file) {
  sqlite3_int64 size = 0;
  const int code = file->pMethods->xFileSize(file, &size);
  if (code != SQLITE_OK) return Failed("size", code);
  return size;
}

// Returns where the last committed frame ends. Frames of a failed write may lie before
// that point, never behind it: the next writer continues where the last commit ended.
absl::StatusOr<int64_t> EndOfCommits(sqlite3_file* file, int64_t size) {
  unsigned char header[kHeaderBytes];
  if (size < kHeaderBytes) return size;
  int code = file->pMethods->xRead(file, header, kHeaderBytes, 0);
  if (code != SQLITE_OK) return Failed("read", code);
  const int64_t page_bytes = BigEndian(header + 8);
  const absl::string_view salt(reinterpret_cast<char*>(header) + 16, kSaltBytes);
  int64_t end = 0;
  for (int64_t at = kHeaderBytes; at + kFrameHeaderBytes + page_bytes <= size;
       at += kFrameHeaderBytes + page_bytes) {
    unsigned char frame[kFrameHeaderBytes];
    code = file->pMethods->xRead(file, frame, kFrameHeaderBytes, at);
    if (code != SQLITE_OK) return Failed("read", code);
    // This frame is from an earlier round through the file.
    if (salt != absl::string_view(reinterpret_cast<char*>(frame) + 8, kSaltBytes))
      break;
    const bool ends_commit = BigEndian(frame + 4) != 0;
    if (ends_commit) end = at + kFrameHeaderBytes + page_bytes;
  }
  return end;
}

void LogFailure(const absl::Status& status) {
  if (status.ok()) return;
  Log(LogLevel::kWarning, "write-ahead log does not give its room back",
      {{"error", status}});
}

}  // namespace

absl::StatusOr<int64_t> LogBytes(Connection& connection) {
  ASSIGN_OR_RETURN(sqlite3_file* const file, LogFile(connection));
  return SizeOf(file);
}

absl::Status CutLog(Connection& writer) {
  TransactionScope scope(writer);
  // Nobody else writes in the meantime, not even another program.
  RETURN_IF_ERROR(scope.Begin("BEGIN IMMEDIATE"));
  ASSIGN_OR_RETURN(sqlite3_file* const file, LogFile(writer));
  ASSIGN_OR_RETURN(const int64_t size, SizeOf(file));
  ASSIGN_OR_RETURN(const int64_t end, EndOfCommits(file, size));
  if (end >= size) return absl::OkStatus();
  const int code = file->pMethods->xTruncate(file, end);
  return code == SQLITE_OK ? absl::OkStatus() : Failed("truncate", code);
}

absl::StatusOr<bool> EmptyLog(Connection& writer) {
  ASSIGN_OR_RETURN(const int64_t timeout, writer.RunForInt("PRAGMA busy_timeout"));
  RETURN_IF_ERROR(writer.Run("PRAGMA busy_timeout = 0"));
  const absl::Cleanup restore = [&writer, timeout] {
    writer.Run(absl::StrCat("PRAGMA busy_timeout = ", timeout)).IgnoreError();
  };
  ASSIGN_OR_RETURN(const int64_t busy,
                   writer.RunForInt("PRAGMA wal_checkpoint(TRUNCATE)"));
  return busy == 0;
}

void LogRoom::AfterWrite(Connection& writer, const absl::Status& status) {
  absl::StatusOr<int64_t> bytes = LogBytes(writer);
  const bool is_full = absl::IsResourceExhausted(status);
  if (bytes.ok() && *bytes <= kMaxLogBytes && !is_full) return;
  const absl::Time now = absl::Now();
  const bool soon = now >= last_try_ && now - last_try_ < kPauseBetweenTries;
  if (soon && !is_full) return;
  if (bytes.ok() && !status.ok()) {
    LogFailure(CutLog(writer));
    bytes = LogBytes(writer);
    if (bytes.ok() && *bytes <= kMaxLogBytes) return;
  }
  if (soon) return;
  last_try_ = now;
  LogFailure(bytes.ok() ? EmptyLog(writer).status() : bytes.status());
}

void LogRoom::GiveBack(Connection& writer) {
  LogFailure(CutLog(writer));
  LogFailure(EmptyLog(writer).status());
}

}  // namespace gitsync
