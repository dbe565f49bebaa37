#include "server/base/logging.h"

#include <atomic>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "server/base/error.h"
#include "server/base/log_writer.h"
#include "server/base/utf8.h"

namespace gitsync {
namespace {

std::atomic<LogLevel> g_level{LogLevel::kInfo};
std::atomic<LogFormat> g_format{LogFormat::kJson};
// Enough for most lines, which are then built without a second allocation.
constexpr size_t kUsualLineBytes = 512;

// Payload in which InternalError keeps the detail that only the log may contain.
constexpr absl::string_view kDetailUrl = "gitsync/internal-detail";

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

// Appends a JSON string, which can't break a line in the text format either.
void AppendQuoted(absl::string_view text, std::string& out) {
  if (!IsUtf8(text)) return AppendQuoted(ReplaceInvalidUtf8(text), out);
  out.push_back('"');
  size_t plain = 0;  // start of the text that can be copied unchanged
  for (size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    if (byte >= 0x20 && byte != '"' && byte != '\\' && byte != 0x7f) continue;
    out.append(text.data() + plain, i - plain);
    plain = i + 1;
    if (byte == '"' || byte == '\\') {
      out.push_back('\\');
      out.push_back(text[i]);
    } else if (byte == '\n') {
      out.append("\\n");
    } else {
      absl::StrAppendFormat(&out, "\\u%04x", byte);
    }
  }
  out.append(text.data() + plain, text.size() - plain);
  out.push_back('"');
}

// Appends the time as "2026-01-31T23:59:59.999Z". Each thread formats a second only
// once.
void AppendTime(absl::Time time, std::string& out) {
  static thread_local int64_t formatted_second = -1;
  static thread_local std::string text;
  const int64_t milliseconds = absl::ToUnixMillis(time);
  const int64_t second = milliseconds / 1000;
  if (second != formatted_second) {
    text = absl::FormatTime("%Y-%m-%dT%H:%M:%S", absl::FromUnixSeconds(second),
                            absl::UTCTimeZone());
    formatted_second = second;
  }
  const int part = static_cast<int>(milliseconds % 1000);
  const char digits[] = {'.', static_cast<char>('0' + part / 100),
                         static_cast<char>('0' + part / 10 % 10),
                         static_cast<char>('0' + part % 10), 'Z'};
  out.append(text);
  out.append(digits, sizeof(digits));
}

}  // namespace

LogField::LogField(absl::string_view k, const absl::Status& v) : key(k) {
  own = absl::StrCat(absl::StatusCodeToString(v.code()), " ", ReasonOf(v), ": ",
                     v.message());
  if (const auto detail = v.GetPayload(kDetailUrl)) {
    absl::StrAppend(&own, " (", std::string(*detail), ")");
  }
  text = own;
}

void ConfigureLogging(LogLevel level, LogFormat format) {
  g_level = level;
  g_format = format;
}

void Log(LogLevel level, absl::string_view event,
         std::initializer_list<LogField> fields) {
  if (level < g_level) return;
  const bool json = g_format == LogFormat::kJson;
  std::string line;
  line.reserve(kUsualLineBytes);
  if (json) line.append("{\"time\":\"");
  AppendTime(absl::Now(), line);
  if (json) {
    absl::StrAppend(&line, "\",\"level\":\"", Name(level), "\",\"event\":");
    AppendQuoted(event, line);
  } else {
    absl::StrAppend(&line, " ", Name(level), " ", event);
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
      absl::StrAppend(&line, field.text);
    } else {
      AppendQuoted(field.text, line);
    }
  }
  line.append(json ? "}\n" : "\n");
  WriteLogLine(line, /*urgent=*/level >= LogLevel::kWarning);
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
