#include <chrono>
#include <cstdlib>

#include "absl/strings/str_cat.h"
#include "server/gateway/json/scalar_text.h"

namespace gitsync::gateway {
namespace {

constexpr int64_t kMinTimestamp = -62135596800;  // 0001-01-01T00:00:00Z
constexpr int64_t kMaxTimestamp = 253402300799;  // 9999-12-31T23:59:59Z
constexpr int64_t kMaxDuration = 315576000000;   // 10,000 years
constexpr int32_t kNanosPerSecond = 1'000'000'000;
constexpr int64_t kSecondsPerDay = 86400;

// Consumes exactly `count` digits at the front of `text`.
bool TakeDigits(absl::string_view& text, size_t count, int* value) {
  if (text.size() < count) return false;
  *value = 0;
  for (const char c : text.substr(0, count)) {
    if (c < '0' || c > '9') return false;
    *value = *value * 10 + (c - '0');
  }
  text.remove_prefix(count);
  return true;
}

bool TakeChar(absl::string_view& text, char c) {
  if (text.empty() || text[0] != c) return false;
  text.remove_prefix(1);
  return true;
}

// Consumes "." and 1 to 9 digits at the front, if there is a ".".
bool TakeFraction(absl::string_view& text, int32_t* nanos) {
  *nanos = 0;
  if (!TakeChar(text, '.')) return true;
  int32_t unit = kNanosPerSecond / 10;
  size_t count = 0;
  for (; count < text.size() && text[count] >= '0' && text[count] <= '9'; ++count) {
    if (count == 9) return false;
    *nanos += (text[count] - '0') * unit;
    unit /= 10;
  }
  text.remove_prefix(count);
  return count > 0;
}

void AppendPadded(int number, int width, std::string* out) {
  char digits[12];
  for (int i = width - 1; i >= 0; --i) {
    digits[i] = static_cast<char>('0' + number % 10);
    number /= 10;
  }
  out->append(digits, static_cast<size_t>(width));
}

// Appends 0, 3, 6 or 9 digits: as many as the value needs.
void AppendFraction(int32_t nanos, std::string* out) {
  if (nanos == 0) return;
  out->push_back('.');
  if (nanos % 1'000'000 == 0) {
    AppendPadded(nanos / 1'000'000, 3, out);
  } else if (nanos % 1000 == 0) {
    AppendPadded(nanos / 1000, 6, out);
  } else {
    AppendPadded(nanos, 9, out);
  }
}

// Consumes "Z" or "+hh:mm" at the front.
bool TakeZone(absl::string_view& text, int64_t* offset_seconds) {
  *offset_seconds = 0;
  if (TakeChar(text, 'Z')) return true;
  const bool west = !text.empty() && text[0] == '-';
  int hours = 0;
  int minutes = 0;
  if (!(TakeChar(text, '+') || TakeChar(text, '-')) || !TakeDigits(text, 2, &hours) ||
      !TakeChar(text, ':') || !TakeDigits(text, 2, &minutes) || hours > 23 ||
      minutes > 59) {
    return false;
  }
  *offset_seconds = (hours * 60 + minutes) * (west ? -60 : 60);
  return true;
}

}  // namespace

bool ParseTimestamp(absl::string_view text, google::protobuf::Timestamp* value) {
  int year = 0;
  int month = 0;
  int day = 0;
  int hour = 0;
  int minute = 0;
  int second = 0;
  int32_t nanos = 0;
  int64_t offset = 0;
  if (!TakeDigits(text, 4, &year) || !TakeChar(text, '-') ||
      !TakeDigits(text, 2, &month) || !TakeChar(text, '-') ||
      !TakeDigits(text, 2, &day) || !TakeChar(text, 'T') ||
      !TakeDigits(text, 2, &hour) || !TakeChar(text, ':') ||
      !TakeDigits(text, 2, &minute) || !TakeChar(text, ':') ||
      !TakeDigits(text, 2, &second) || !TakeFraction(text, &nanos) ||
      !TakeZone(text, &offset) || !text.empty() || hour > 23 || minute > 59 ||
      second > 59) {
    return false;
  }
  const std::chrono::year_month_day date(
      std::chrono::year(year), std::chrono::month(static_cast<unsigned>(month)),
      std::chrono::day(static_cast<unsigned>(day)));
  if (!date.ok()) return false;
  const int64_t days = std::chrono::sys_days(date).time_since_epoch().count();
  const int64_t seconds =
      days * kSecondsPerDay + hour * 3600 + minute * 60 + second - offset;
  if (seconds < kMinTimestamp || seconds > kMaxTimestamp) return false;
  value->set_seconds(seconds);
  value->set_nanos(nanos);
  return true;
}

bool AppendTimestamp(const google::protobuf::Timestamp& value, std::string* out) {
  const int64_t seconds = value.seconds();
  if (seconds < kMinTimestamp || seconds > kMaxTimestamp || value.nanos() < 0 ||
      value.nanos() >= kNanosPerSecond) {
    return false;
  }
  int64_t days = seconds / kSecondsPerDay;
  int second_of_day = static_cast<int>(seconds % kSecondsPerDay);
  if (second_of_day < 0) {
    second_of_day += kSecondsPerDay;
    --days;
  }
  const std::chrono::year_month_day date{
      std::chrono::sys_days(std::chrono::days(days))};
  AppendPadded(static_cast<int>(date.year()), 4, out);
  out->push_back('-');
  AppendPadded(static_cast<int>(static_cast<unsigned>(date.month())), 2, out);
  out->push_back('-');
  AppendPadded(static_cast<int>(static_cast<unsigned>(date.day())), 2, out);
  out->push_back('T');
  AppendPadded(second_of_day / 3600, 2, out);
  out->push_back(':');
  AppendPadded(second_of_day / 60 % 60, 2, out);
  out->push_back(':');
  AppendPadded(second_of_day % 60, 2, out);
  AppendFraction(value.nanos(), out);
  out->push_back('Z');
  return true;
}

bool ParseDuration(absl::string_view text, google::protobuf::Duration* value) {
  const bool negative = TakeChar(text, '-');
  int64_t seconds = 0;
  size_t count = 0;
  for (; count < text.size() && text[count] >= '0' && text[count] <= '9'; ++count) {
    seconds = seconds * 10 + (text[count] - '0');
    if (seconds > kMaxDuration) return false;
  }
  if (count == 0) return false;
  text.remove_prefix(count);
  int32_t nanos = 0;
  if (!TakeFraction(text, &nanos) || text != "s") return false;
  if (seconds == kMaxDuration && nanos > 0) return false;
  value->set_seconds(negative ? -seconds : seconds);
  value->set_nanos(negative ? -nanos : nanos);
  return true;
}

bool AppendDuration(const google::protobuf::Duration& value, std::string* out) {
  const int64_t seconds = value.seconds();
  const int32_t nanos = value.nanos();
  if (seconds < -kMaxDuration || seconds > kMaxDuration || nanos <= -kNanosPerSecond ||
      nanos >= kNanosPerSecond || (seconds < 0 && nanos > 0) ||
      (seconds > 0 && nanos < 0)) {
    return false;
  }
  if (seconds < 0 || nanos < 0) out->push_back('-');
  absl::StrAppend(out, std::abs(seconds));
  AppendFraction(std::abs(nanos), out);
  out->push_back('s');
  return true;
}

}  // namespace gitsync::gateway
