// Structured logs: one line per event, as JSON or text, on standard error.

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

// A named value of a log line. It is valid only during the call, because it does not
// copy the caller's text. Secret deliberately does not convert to any of these types.
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

// Sets the level and format for the process. Before this is called, lines of level info
// and above are written as JSON. Thread-safe.
void ConfigureLogging(LogLevel level, LogFormat format);

// Writes one line. `event` is constant text that people can search for; variable data
// goes into `fields`. Once the log has a thread (log_writer.h), warnings and errors are
// written before this returns, and other lines soon after. Thread-safe, does not throw.
void Log(LogLevel level, absl::string_view event,
         std::initializer_list<LogField> fields = {});

// Parses "debug", "info", "warning" or "error"; false for anything else.
bool ParseLogLevel(absl::string_view text, LogLevel* level);

}  // namespace gitsync

#endif  // GITSYNC_SERVER_BASE_LOGGING_H_
