// Moves over JSON text (RFC 8259) and checks it, without building anything.

#ifndef GITSYNC_SERVER_GATEWAY_JSON_JSON_SCANNER_H_
#define GITSYNC_SERVER_GATEWAY_JSON_JSON_SCANNER_H_

#include <cstddef>
#include <string>

#include "absl/strings/string_view.h"

namespace gitsync::gateway {

// Levels of arrays and objects that a text may have.
inline constexpr int kMaxJsonDepth = 100;

// A position in a text that is checked up to there. After the first fault every
// function returns false and moves no more. Stricter than the grammar in one thing: an
// escaped surrogate has to be half of a pair, as UTF-8 has no form for it otherwise.
class JsonScanner {
 public:
  // `text` has to outlive the scanner.
  explicit JsonScanner(absl::string_view text) : text_(text) {}

  absl::string_view text() const { return text_; }
  size_t pos() const { return pos_; }
  bool failed() const { return failed_; }
  // Where the fault is, and what it is: a clause, without the position.
  size_t fault_pos() const { return fault_pos_; }
  const std::string& fault() const { return fault_; }

  // Moves over white space and returns the character that follows; 0 at the end and
  // after a fault.
  char Peek();
  // Moves over `c` if that is what follows after white space.
  bool Take(char c);
  // Like Take, but it is a fault if something else follows. `expected` names it.
  bool Expect(char c, absl::string_view expected);

  // Moves over a string. `*escaped`, unless null, says whether it has escapes.
  bool SkipString(bool* escaped = nullptr);
  // Moves over a number.
  bool SkipNumber();
  // Moves over `word`: "true", "false" or "null".
  bool SkipWord(absl::string_view word);
  // Moves over any value of at most `max_depth` levels. Needs no stack for them.
  bool SkipValue(int max_depth = kMaxJsonDepth);
  // It is a fault if anything but white space follows.
  bool ExpectEnd();

  // Makes `problem`, at the current position, the fault. Returns false.
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

// The value of a string that SkipString has passed, appended to `out`. `inner` is
// without the quotes.
void AppendUnescaped(absl::string_view inner, std::string* out);

// "line 3, column 7". Both count from 1, columns in characters.
std::string DescribePosition(absl::string_view text, size_t pos);

}  // namespace gitsync::gateway

#endif  // GITSYNC_SERVER_GATEWAY_JSON_JSON_SCANNER_H_
