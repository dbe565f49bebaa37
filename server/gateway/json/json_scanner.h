// Scans and checks JSON text (RFC 8259) without building anything.

#ifndef GITSYNC_SERVER_GATEWAY_JSON_JSON_SCANNER_H_
#define GITSYNC_SERVER_GATEWAY_JSON_JSON_SCANNER_H_

#include <cstddef>
#include <string>

#include "absl/strings/string_view.h"

namespace gitsync::gateway {

// The maximum nesting depth of arrays and objects.
inline constexpr int kMaxJsonDepth = 100;

// A position in a text that has been checked up to that point. After the first fault,
// every function returns false and no longer moves. It is stricter than the grammar in
// one respect: an escaped surrogate must be half of a pair, because UTF-8 can't
// represent a lone one.
class JsonScanner {
 public:
  // `text` must outlive the scanner.
  explicit JsonScanner(absl::string_view text) : text_(text) {}

  absl::string_view text() const { return text_; }
  size_t pos() const { return pos_; }
  bool failed() const { return failed_; }
  // The position of the fault, and its description: a clause without the position.
  size_t fault_pos() const { return fault_pos_; }
  const std::string& fault() const { return fault_; }

  // Skips white space and returns the next character; 0 at the end and after a fault.
  char Peek();
  // Skips `c` if it comes next after white space.
  bool Take(char c);
  // Like Take, but anything else is a fault. `expected` names what should follow.
  bool Expect(char c, absl::string_view expected);

  // Skips a string. Unless `escaped` is null, sets it to whether the string has
  // escapes.
  bool SkipString(bool* escaped = nullptr);
  // Skips a number.
  bool SkipNumber();
  // Skips `word`: "true", "false" or "null".
  bool SkipWord(absl::string_view word);
  // Skips any value of at most `max_depth` levels, without recursion.
  bool SkipValue(int max_depth = kMaxJsonDepth);
  // Anything but white space that follows is a fault.
  bool ExpectEnd();

  // Records `problem` as the fault at the current position. Returns false.
  bool Fail(absl::string_view problem);
  // Fails with "expected <what>, found <what follows>".
  bool FailExpected(absl::string_view expected);

 private:
  bool SkipEscape();
  bool SkipKey();

  absl::string_view text_;
  size_t pos_ = 0;
  size_t fault_pos_ = 0;
  bool failed_ = false;
  std::string fault_;
};

// Appends the value of a string that SkipString has skipped to `out`. `inner` excludes
// the quotes.
void AppendUnescaped(absl::string_view inner, std::string* out);

// "line 3, column 7". Both count from 1; columns count characters.
std::string DescribePosition(absl::string_view text, size_t pos);

}  // namespace gitsync::gateway

#endif  // GITSYNC_SERVER_GATEWAY_JSON_JSON_SCANNER_H_
