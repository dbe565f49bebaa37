#include <charconv>
#include <cmath>
#include <cstdlib>
#include <limits>
#include <type_traits>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "server/gateway/json/json_scanner.h"
#include "server/gateway/json/scalar_text.h"

namespace gitsync::gateway {
namespace {

bool IsJsonNumber(absl::string_view text) {
  JsonScanner scanner(text);
  // The scanner would skip white space before a value.
  if (text.empty() || (text[0] != '-' && (text[0] < '0' || text[0] > '9')))
    return false;
  return scanner.SkipNumber() && scanner.pos() == text.size();
}

// The digits of a JSON number that is an integer, without its sign; empty if it is not
// an integer or exceeds 64 bits.
std::string WholeDigits(absl::string_view number) {
  std::string digits;
  int64_t exponent = 0;
  bool in_fraction = false;
  for (size_t i = 0; i < number.size(); ++i) {
    const char c = number[i];
    if (c == '.') {
      in_fraction = true;
    } else if (c == 'e' || c == 'E') {
      int64_t written = 0;
      const absl::string_view text = number.substr(i + 1);
      if (!absl::SimpleAtoi(text, &written) || std::abs(written) > 1'000'000'000) {
        // Far out of range, unless the number is zero.
        written = text[0] == '-' ? -1'000'000'000 : 1'000'000'000;
      }
      exponent += written;
      break;
    } else {
      if (c != '0' || !digits.empty()) digits.push_back(c);
      if (in_fraction) --exponent;
    }
  }
  while (!digits.empty() && digits.back() == '0') {
    digits.pop_back();
    ++exponent;
  }
  if (digits.empty()) return "0";
  constexpr int64_t kMaxDigits = 20;
  if (exponent < 0 || static_cast<int64_t>(digits.size()) + exponent > kMaxDigits) {
    return "";
  }
  digits.append(static_cast<size_t>(exponent), '0');
  return digits;
}

template <typename Integer>
bool ParseIntegerAs(absl::string_view text, Integer* value) {
  if (!IsJsonNumber(text)) return false;
  if (text.find_first_of(".eE") == absl::string_view::npos) {
    if (std::is_unsigned_v<Integer> && text == "-0") {
      *value = 0;
      return true;
    }
    return absl::SimpleAtoi(text, value);
  }
  const bool negative = text[0] == '-';
  const std::string digits = WholeDigits(negative ? text.substr(1) : text);
  if (digits == "0") {
    *value = 0;
    return true;
  }
  return absl::SimpleAtoi(absl::StrCat(negative ? "-" : "", digits), value);
}

template <typename Float>
bool ParseFloatAs(absl::string_view text, Float* value) {
  using Limits = std::numeric_limits<Float>;
  if (text == "NaN") {
    *value = Limits::quiet_NaN();
  } else if (text == "Infinity" || text == "-Infinity") {
    *value = text[0] == '-' ? -Limits::infinity() : Limits::infinity();
  } else {
    if (!IsJsonNumber(text)) return false;
    const auto result = std::from_chars(text.data(), text.data() + text.size(), *value);
    if (result.ec == std::errc::result_out_of_range) {
      // A value too small becomes zero; a value too large is refused.
      double wide = 0;
      if (!absl::SimpleAtod(text, &wide) || std::abs(wide) > 1) return false;
      *value = static_cast<Float>(wide);
    }
  }
  return true;
}

template <typename Float>
void AppendFloatAs(Float value, std::string* out) {
  // Like ECMAScript: uses an exponent only where there would be many zeros.
  const Float size = std::abs(value);
  const bool fixed = value == 0 || (size >= static_cast<Float>(1e-6) &&
                                    size < static_cast<Float>(1e21));
  char text[64];
  const auto end =
      std::to_chars(text, text + sizeof(text), value,
                    fixed ? std::chars_format::fixed : std::chars_format::scientific);
  out->append(text, static_cast<size_t>(end.ptr - text));
}

}  // namespace

bool ParseInteger(absl::string_view text, int32_t* value) {
  return ParseIntegerAs(text, value);
}
bool ParseInteger(absl::string_view text, int64_t* value) {
  return ParseIntegerAs(text, value);
}
bool ParseInteger(absl::string_view text, uint32_t* value) {
  return ParseIntegerAs(text, value);
}
bool ParseInteger(absl::string_view text, uint64_t* value) {
  return ParseIntegerAs(text, value);
}

bool ParseFloat(absl::string_view text, float* value) {
  return ParseFloatAs(text, value);
}
bool ParseFloat(absl::string_view text, double* value) {
  return ParseFloatAs(text, value);
}

void AppendFloat(float value, std::string* out) { AppendFloatAs(value, out); }
void AppendFloat(double value, std::string* out) { AppendFloatAs(value, out); }

}  // namespace gitsync::gateway
