// Structured logs: one line an event, as JSON or text, on standard error.

#ifndef GITSYNC_SERVER_BASE_LOGGING_H_
#define GITSYNC_SERVER_BASE_LOGGING_H_

#include <cstdint>
#include <initializer_list>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace gitsync {

enum class LogLevel { kDebug, kInfo, kWarning, kError };
enum class LogFormat { kJson, kText };

// A named value of a log line, for the time of the call: it keeps no text of others. A
// Secret converts to none of these on purpose.
struct LogField {
  LogField(absl::string_view k, absl::string_view v) : key(k), text(v) {}
  LogField(absl::string_view k, const char* v) : key(k), text(v) {}
  LogField(absl::string_view k, const std::string& v) : key(k), text(v) {}
  LogField(absl::string_view k, int64_t v)
      : key(k), own(std::to_string(v)), text(own), is_number(true) {}
  LogField(absl::string_view k, int v) : LogField(k, static_cast<int64_t>(v)) {}
  LogField(absl::string_view k, bool v)
      : key(k), text(v ? "true" : "false"), is_number(true) {}
  // Code, reason, message and, for an InternalError, its detail.
  LogField(absl::string_view k, const absl::Status& v);
  LogField(const LogField&) = delete;
  LogField& operator=(const LogField&) = delete;

  absl::string_view key;
  std::string own;
  absl::string_view text;
  // Whether `text` is written to JSON as it is, without quotes.
  bool is_number = false;
};

// Sets level and form for the process. Before it is called, lines of level info
// and above go out as JSON. Thread-safe.
void ConfigureLogging(LogLevel level, LogFormat format);

// Writes one line. `event` is constant text, for people to search by; what varies is
// in `fields`. Once the log has a thread (log_writer.h), warnings and errors are
// written when it returns, others soon after. Thread-safe, does not throw.
void Log(LogLevel level, absl::string_view event,
         std::initializer_list<LogField> fields = {});

// Reads "debug", "info", "warning" or "error"; false if it is none.
bool ParseLogLevel(absl::string_view text, LogLevel* level);

}  // namespace gitsync

#endif  // GITSYNC_SERVER_BASE_LOGGING_H_
