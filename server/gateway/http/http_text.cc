#include "server/gateway/http/http_text.h"

#include <boost/beast/http/status.hpp>
#include <cstdint>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "server/base/error.h"
#include "server/base/reason.h"

namespace gitsync::gateway {
namespace {

absl::Duration UnitOf(char unit) {
  switch (unit) {
    case 'H':
      return absl::Hours(1);
    case 'M':
      return absl::Minutes(1);
    case 'S':
      return absl::Seconds(1);
    case 'm':
      return absl::Milliseconds(1);
    case 'u':
      return absl::Microseconds(1);
    case 'n':
      return absl::Nanoseconds(1);
    default:
      return absl::ZeroDuration();
  }
}

}  // namespace

absl::string_view ReasonPhrase(int status) {
  if (status == 499) return "Client Closed Request";
  const auto phrase = boost::beast::http::obsolete_reason(
      boost::beast::http::int_to_status(static_cast<unsigned>(status)));
  return absl::string_view(phrase.data(), phrase.size());
}

absl::string_view HttpDate(absl::Time now) {
  // The date changes once a second, and every answer needs it.
  thread_local int64_t second = -1;
  thread_local std::string text;
  if (absl::ToUnixSeconds(now) != second) {
    second = absl::ToUnixSeconds(now);
    text = absl::FormatTime("%a, %d %b %Y %H:%M:%S GMT", now, absl::UTCTimeZone());
  }
  return text;
}

absl::StatusOr<absl::Duration> ParseGrpcTimeout(absl::string_view text) {
  uint32_t count = 0;
  if (text.size() >= 2 && text.size() <= 9) {
    const absl::string_view digits = text.substr(0, text.size() - 1);
    const absl::Duration unit = UnitOf(text.back());
    if (digits.find_first_not_of("0123456789") == absl::string_view::npos &&
        unit > absl::ZeroDuration() && absl::SimpleAtoi(digits, &count)) {
      return count * unit;
    }
  }
  return Error(
      absl::StatusCode::kInvalidArgument, reason::kInvalidRequest,
      "The header Grpc-Timeout must be at most 8 digits and a unit of H, M, S, "
      "m, u or n, such as \"10S\".");
}

bool IsJsonContentType(absl::string_view content_type) {
  if (content_type.empty()) return true;
  bool first = true;
  for (absl::string_view part : absl::StrSplit(content_type, ';')) {
    part = absl::StripAsciiWhitespace(part);
    if (first) {
      const bool json =
          absl::EqualsIgnoreCase(part, "application/json") ||
          (absl::StrContains(part, "/") && absl::EndsWithIgnoreCase(part, "+json"));
      if (!json) return false;
      first = false;
      continue;
    }
    if (!absl::StartsWithIgnoreCase(part, "charset=")) continue;
    absl::string_view charset = part.substr(8);
    absl::ConsumePrefix(&charset, "\"");
    absl::ConsumeSuffix(&charset, "\"");
    if (!absl::EqualsIgnoreCase(charset, "utf-8") &&
        !absl::EqualsIgnoreCase(charset, "utf8")) {
      return false;
    }
  }
  return true;
}

bool IsIdentityCoding(absl::string_view content_encoding) {
  for (const absl::string_view part : absl::StrSplit(content_encoding, ',')) {
    const absl::string_view coding = absl::StripAsciiWhitespace(part);
    if (!coding.empty() && !absl::EqualsIgnoreCase(coding, "identity")) return false;
  }
  return true;
}

bool AcceptsGzip(absl::string_view accept_encoding) {
  for (const absl::string_view part : absl::StrSplit(accept_encoding, ',')) {
    const size_t semicolon = part.find(';');
    const absl::string_view coding =
        absl::StripAsciiWhitespace(part.substr(0, semicolon));
    if (!absl::EqualsIgnoreCase(coding, "gzip")) continue;
    if (semicolon == absl::string_view::npos) return true;
    absl::string_view weight = absl::StripAsciiWhitespace(part.substr(semicolon + 1));
    double value = 0;
    return (absl::ConsumePrefix(&weight, "q=") || absl::ConsumePrefix(&weight, "Q=")) &&
           absl::SimpleAtod(weight, &value) && value > 0;
  }
  return false;
}

bool IsPlainHeaderValue(absl::string_view value) {
  for (const char c : value) {
    if (c < 0x20 || c > 0x7e) return false;
  }
  return true;
}

}  // namespace gitsync::gateway
