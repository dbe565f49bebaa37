#include "server/http_client/http_message.h"

#include <algorithm>
#include <cstdint>

#include "absl/strings/numbers.h"
#include "absl/time/clock.h"

namespace gitsync {
namespace {

constexpr absl::Duration kLongestWait = absl::Hours(24);

}  // namespace

std::optional<absl::Time> ParseHttpDate(absl::string_view text) {
  absl::Time time;
  if (!absl::ParseTime("%a, %d %b %Y %H:%M:%S GMT", text, &time, nullptr)) {
    return std::nullopt;
  }
  return time;
}

std::optional<absl::Duration> RetryAfterOf(const HttpResponse& response) {
  const absl::string_view text = response.Header("retry-after");
  absl::Duration wait;
  if (uint32_t seconds = 0; absl::SimpleAtoi(text, &seconds)) {
    wait = absl::Seconds(seconds);
  } else if (const auto when = ParseHttpDate(text)) {
    wait = *when - ParseHttpDate(response.Header("date")).value_or(absl::Now());
  } else {
    return std::nullopt;
  }
  return std::clamp(wait, absl::ZeroDuration(), kLongestWait);
}

}  // namespace gitsync
