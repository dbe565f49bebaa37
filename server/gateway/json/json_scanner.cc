#include "server/gateway/json/json_scanner.h"

#include <algorithm>
#include <cstdint>
#include <cstring>

#include "absl/container/inlined_vector.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "server/base/utf8.h"
#include "server/gateway/json/utf8.h"

namespace gitsync::gateway {
namespace {

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

// The offset at or after `pos` where a run of plain ASCII in a string ends: at a quote,
// a backslash, a control character, or a non-ASCII byte.
size_t EndOfPlainRun(absl::string_view text, size_t pos) {
  constexpr uint64_t kOnes = 0x0101010101010101;
  for (; pos + sizeof(uint64_t) <= text.size(); pos += sizeof(uint64_t)) {
    uint64_t bytes;
    std::memcpy(&bytes, text.data() + pos, sizeof(bytes));
    // Each term sets the high bit of the lowest matching byte. A borrow may also set it
    // in higher bytes; the loop below sorts those out.
    const uint64_t special = bytes | (bytes - kOnes * 0x20) |
                             ((bytes ^ (kOnes * '"')) - kOnes) |
                             ((bytes ^ (kOnes * '\\')) - kOnes);
    if ((special & (kOnes * 0x80)) != 0) break;
  }
  while (pos < text.size()) {
    const auto c = static_cast<unsigned char>(text[pos]);
    if (c < 0x20 || c >= 0x80 || c == '"' || c == '\\') break;
    ++pos;
  }
  return pos;
}

// Parses the four hexadecimal digits at `pos`; -1 if they are not such digits.
int HexNumber(absl::string_view text, size_t pos) {
  if (text.size() - pos < 4) return -1;
  int number = 0;
  for (const char c : text.substr(pos, 4)) {
    const int digit = IsDigit(c)             ? c - '0'
                      : c >= 'a' && c <= 'f' ? c - 'a' + 10
                      : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                             : -1;
    if (digit < 0) return -1;
    number = number * 16 + digit;
  }
  return number;
}

bool IsHighSurrogate(int unit) { return unit >= 0xd800 && unit <= 0xdbff; }
bool IsLowSurrogate(int unit) { return unit >= 0xdc00 && unit <= 0xdfff; }

}  // namespace

char JsonScanner::Peek() {
  if (failed_) return '\0';
  while (pos_ < text_.size()) {
    const char c = text_[pos_];
    if (c != ' ' && c != '\n' && c != '\r' && c != '\t') return c;
    ++pos_;
  }
  return '\0';
}

bool JsonScanner::Take(char c) {
  if (Peek() != c || pos_ >= text_.size()) return false;
  ++pos_;
  return true;
}

bool JsonScanner::Expect(char c, absl::string_view expected) {
  return Take(c) || FailExpected(expected);
}

bool JsonScanner::SkipString(bool* escaped) {
  if (escaped != nullptr) *escaped = false;
  if (!Expect('"', "a string")) return false;
  while (true) {
    pos_ = EndOfPlainRun(text_, pos_);
    if (pos_ >= text_.size()) return Fail("the string does not end");
    const auto c = static_cast<unsigned char>(text_[pos_]);
    if (c == '"') {
      ++pos_;
      return true;
    }
    if (c == '\\') {
      if (escaped != nullptr) *escaped = true;
      if (!SkipEscape()) return false;
    } else if (c < 0x20) {
      return Fail("a control character in a string has to be escaped");
    } else {
      uint32_t character;
      const size_t size = DecodeUtf8(text_.substr(pos_), &character);
      if (size == 0) return Fail("the text is not UTF-8");
      pos_ += size;
    }
  }
}

bool JsonScanner::SkipEscape() {
  const char c = pos_ + 1 < text_.size() ? text_[pos_ + 1] : '\0';
  if (c != 'u') {
    if (c == '\0' ||
        absl::string_view("\"\\/bfnrt").find(c) == absl::string_view::npos) {
      return Fail("there is no such escape");
    }
    pos_ += 2;
    return true;
  }
  const int unit = HexNumber(text_, pos_ + 2);
  if (unit < 0) return Fail("expected four hexadecimal digits after \"\\u\"");
  if (IsLowSurrogate(unit)) return Fail("half of a surrogate pair");
  if (IsHighSurrogate(unit)) {
    if (!absl::StartsWith(text_.substr(pos_ + 6), "\\u") ||
        !IsLowSurrogate(HexNumber(text_, pos_ + 8))) {
      return Fail("half of a surrogate pair");
    }
    pos_ += 6;
  }
  pos_ += 6;
  return true;
}

bool JsonScanner::SkipNumber() {
  Peek();
  if (failed_) return false;
  const auto at = [&] { return pos_ < text_.size() ? text_[pos_] : '\0'; };
  const auto skip_digits = [&] {
    if (!IsDigit(at())) return FailExpected("a digit");
    while (IsDigit(at())) ++pos_;
    return true;
  };
  if (at() == '-') ++pos_;
  if (at() == '0') {
    ++pos_;
    if (IsDigit(at())) return Fail("a number can't begin with 0 and another digit");
  } else if (!skip_digits()) {
    return false;
  }
  if (at() == '.') {
    ++pos_;
    if (!skip_digits()) return false;
  }
  if (at() == 'e' || at() == 'E') {
    ++pos_;
    if (at() == '+' || at() == '-') ++pos_;
    if (!skip_digits()) return false;
  }
  return true;
}

bool JsonScanner::SkipWord(absl::string_view word) {
  Peek();
  if (failed_) return false;
  if (!absl::StartsWith(text_.substr(pos_), word)) return FailExpected("a value");
  pos_ += word.size();
  return true;
}

bool JsonScanner::SkipKey() {
  if (Peek() != '"') return FailExpected("the name of a member");
  return SkipString() && Expect(':', "':'");
}

bool JsonScanner::SkipValue(int max_depth) {
  absl::InlinedVector<char, kMaxJsonDepth> closers;
  while (true) {
    const char c = Peek();
    bool value_ended = true;
    if (c == '{' || c == '[') {
      if (closers.size() >= static_cast<size_t>(max_depth)) {
        return Fail(absl::StrCat("more than ", max_depth, " levels"));
      }
      ++pos_;
      closers.push_back(c == '{' ? '}' : ']');
      if (Take(closers.back())) {
        closers.pop_back();
      } else if (c == '{' && !SkipKey()) {
        return false;
      } else {
        value_ended = false;
      }
    } else if (!(c == '"'                 ? SkipString()
                 : c == 't'               ? SkipWord("true")
                 : c == 'f'               ? SkipWord("false")
                 : c == 'n'               ? SkipWord("null")
                 : c == '-' || IsDigit(c) ? SkipNumber()
                                          : FailExpected("a value"))) {
      return false;
    }
    while (value_ended) {
      if (closers.empty()) return true;
      if (Take(closers.back())) {
        closers.pop_back();
        continue;
      }
      if (!Expect(',', closers.back() == '}' ? "',' or '}'" : "',' or ']'")) {
        return false;
      }
      if (closers.back() == '}' && !SkipKey()) return false;
      value_ended = false;
    }
  }
}

bool JsonScanner::ExpectEnd() {
  Peek();
  if (failed_) return false;
  return pos_ == text_.size() || FailExpected("the end");
}

bool JsonScanner::Fail(absl::string_view problem) {
  if (failed_) return false;
  failed_ = true;
  fault_pos_ = pos_;
  fault_ = std::string(problem);
  return false;
}

bool JsonScanner::FailExpected(absl::string_view expected) {
  if (failed_) return false;
  if (pos_ >= text_.size())
    return Fail(absl::StrCat("expected ", expected, ", found the end"));
  uint32_t character;
  const size_t size = DecodeUtf8(text_.substr(pos_), &character);
  if (size == 0) return Fail("the text is not UTF-8");
  if (size == 1 && !absl::ascii_isprint(static_cast<unsigned char>(text_[pos_]))) {
    return Fail(absl::StrCat("expected ", expected, ", found a control character"));
  }
  return Fail(
      absl::StrCat("expected ", expected, ", found '", text_.substr(pos_, size), "'"));
}

void AppendUnescaped(absl::string_view inner, std::string* out) {
  while (true) {
    const size_t run = std::min(inner.find('\\'), inner.size());
    out->append(inner.data(), run);
    if (run == inner.size()) return;
    const char c = inner[run + 1];
    size_t size = 2;
    if (c == 'u') {
      char32_t character = static_cast<char32_t>(HexNumber(inner, run + 2));
      size = 6;
      if (IsHighSurrogate(static_cast<int>(character))) {
        const auto low = static_cast<char32_t>(HexNumber(inner, run + 8));
        character = 0x10000 + ((character - 0xd800) << 10) + (low - 0xdc00);
        size = 12;
      }
      AppendUtf8(character, out);
    } else {
      constexpr absl::string_view kEscapes = "bfnrt";
      const size_t known = kEscapes.find(c);
      out->push_back(known == absl::string_view::npos ? c : "\b\f\n\r\t"[known]);
    }
    inner.remove_prefix(run + size);
  }
}

std::string DescribePosition(absl::string_view text, size_t pos) {
  const absl::string_view before = text.substr(0, pos);
  const size_t line_start = before.rfind('\n') + 1;  // 0 if there is none
  const auto starts_character = [](char c) {
    return (static_cast<unsigned char>(c) & 0xc0) != 0x80;
  };
  return absl::StrCat("line ", std::count(before.begin(), before.end(), '\n') + 1,
                      ", column ",
                      std::count_if(before.begin() + static_cast<ptrdiff_t>(line_start),
                                    before.end(), starts_character) +
                          1);
}

}  // namespace gitsync::gateway
