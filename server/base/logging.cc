#include "server/base/logging.h"

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <atomic>
#include <memory>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "server/base/error.h"
#include "server/base/utf8.h"

namespace gitsync {
namespace {

std::atomic<LogFormat> g_format{LogFormat::kJson};

// Where InternalError keeps what only the log may have.
constexpr absl::string_view kDetailUrl = "gitsync/internal-detail";

spdlog::logger& Logger() {
  // Never destroyed: threads may log until the process ends.
  static spdlog::logger* const logger = [] {
    auto* created = new spdlog::logger(
        "gitsync", std::make_shared<spdlog::sinks::stderr_sink_mt>());
    created->set_pattern("%v");
    created->flush_on(spdlog::level::info);
    return created;
  }();
  return *logger;
}

spdlog::level::level_enum ToSpdlog(LogLevel level) {
  switch (level) {
    case LogLevel::kDebug:
      return spdlog::level::debug;
    case LogLevel::kInfo:
      return spdlog::level::info;
    case LogLevel::kWarning:
      return spdlog::level::warn;
    case LogLevel::kError:
      return spdlog::level::err;
  }
  return spdlog::level::err;
}

absl::string_view Name(LogLevel level) {
  switch (level) {
    case LogLevel::kDebug:
      return "debug";
    case LogLevel::kInfo:
      return "info";
    case LogLevel::kWarning:
      return "warning";
    case LogLevel::kError:
      return "error";
  }
  return "error";
}

// A JSON string, which is also a form of text that can't break a line.
void AppendQuoted(absl::string_view text, std::string& out) {
  if (!IsUtf8(text)) return AppendQuoted(ReplaceInvalidUtf8(text), out);
  out.push_back('"');
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out.push_back('\\');
      out.push_back(c);
    } else if (c == '\n') {
      out.append("\\n");
    } else if (byte < 0x20 || byte == 0x7f) {
      absl::StrAppendFormat(&out, "\\u%04x", byte);
    } else {
      out.push_back(c);
    }
  }
  out.push_back('"');
}

}  // namespace

LogField::LogField(absl::string_view k, const absl::Status& v) : key(k) {
  text = absl::StrCat(absl::StatusCodeToString(v.code()), " ", ReasonOf(v), ": ",
                      v.message());
  if (const auto detail = v.GetPayload(kDetailUrl)) {
    absl::StrAppend(&text, " (", std::string(*detail), ")");
  }
}

void ConfigureLogging(LogLevel level, LogFormat format) {
  Logger().set_level(ToSpdlog(level));
  g_format = format;
}

void Log(LogLevel level, absl::string_view event,
         std::initializer_list<LogField> fields) {
  if (!Logger().should_log(ToSpdlog(level))) return;
  const std::string now =
      absl::FormatTime("%Y-%m-%dT%H:%M:%E3SZ", absl::Now(), absl::UTCTimeZone());
  const bool json = g_format == LogFormat::kJson;
  std::string line;
  if (json) {
    absl::StrAppend(&line, "{\"time\":\"", now, "\",\"level\":\"", Name(level),
                    "\",\"event\":");
    AppendQuoted(event, line);
  } else {
    absl::StrAppend(&line, now, " ", Name(level), " ", event);
  }
  for (const LogField& field : fields) {
    if (json) {
      line.push_back(',');
      AppendQuoted(field.key, line);
      line.push_back(':');
    } else {
      absl::StrAppend(&line, " ", field.key, "=");
    }
    if (field.is_number) {
      line.append(field.text);
    } else {
      AppendQuoted(field.text, line);
    }
  }
  if (json) line.push_back('}');
  Logger().log(ToSpdlog(level), spdlog::string_view_t(line));
}

bool ParseLogLevel(absl::string_view text, LogLevel* level) {
  for (const LogLevel candidate :
       {LogLevel::kDebug, LogLevel::kInfo, LogLevel::kWarning, LogLevel::kError}) {
    if (text == Name(candidate)) {
      *level = candidate;
      return true;
    }
  }
  return false;
}

absl::Status InternalError(absl::string_view detail) {
  absl::Status status =
      Error(absl::StatusCode::kInternal, "INTERNAL",
            "GitSync failed on its own account. Its log has the cause under the "
            "request id; repeating the request may help.");
  status.SetPayload(kDetailUrl, absl::Cord(detail));
  return status;
}

}  // namespace gitsync
