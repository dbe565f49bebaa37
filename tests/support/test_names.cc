#include "tests/support/test_names.h"

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace gitsync {
namespace {

constexpr size_t kMaxTestNameChars = 60;

std::string WordOf(unsigned char c) {
  switch (c) {
    case '\0':
      return "Nul";
    case '\t':
      return "Tab";
    case '\n':
      return "Line";
    case '\r':
      return "Return";
    case ' ':
      return "Space";
    case '!':
      return "Bang";
    case '"':
      return "Quote";
    case '#':
      return "Hash";
    case '$':
      return "Dollar";
    case '%':
      return "Percent";
    case '&':
      return "And";
    case '\'':
      return "Apostrophe";
    case '(':
      return "Paren";
    case ')':
      return "ParenEnd";
    case '*':
      return "Star";
    case '+':
      return "Plus";
    case ',':
      return "Comma";
    case '-':
      return "Dash";
    case '.':
      return "Dot";
    case '/':
      return "Slash";
    case ':':
      return "Colon";
    case ';':
      return "Semicolon";
    case '<':
      return "Less";
    case '=':
      return "Equals";
    case '>':
      return "Greater";
    case '?':
      return "Question";
    case '@':
      return "At";
    case '[':
      return "Bracket";
    case '\\':
      return "Backslash";
    case ']':
      return "BracketEnd";
    case '^':
      return "Caret";
    case '_':
      return "Underscore";
    case '`':
      return "Backtick";
    case '{':
      return "Brace";
    case '|':
      return "Bar";
    case '}':
      return "BraceEnd";
    case '~':
      return "Tilde";
    default:
      return absl::StrFormat("Byte%02X", c);
  }
}

}  // namespace

std::string TestNameOf(absl::string_view text, size_t row) {
  std::string name;
  for (const char c : text) {
    if (absl::ascii_isalnum(static_cast<unsigned char>(c))) {
      name.push_back(c);
    } else {
      name.append(WordOf(static_cast<unsigned char>(c)));
    }
    if (name.size() > kMaxTestNameChars) {
      return absl::StrCat(name.substr(0, kMaxTestNameChars), "Row", row);
    }
  }
  return name.empty() ? "Nothing" : name;
}

}  // namespace gitsync
