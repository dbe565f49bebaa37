#include "server/gateway/transcoding/path_template.h"

#include <algorithm>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "server/base/status_macros.h"

namespace gitsync::gateway {
namespace {

// RFC 3986's pchar except ":", which begins the verb, and "*" and "=", which have a
// meaning here.
bool IsLiteralChar(char c) {
  return absl::ascii_isalnum(static_cast<unsigned char>(c)) ||
         absl::string_view("-._~!$&'()+,;@").find(c) != absl::string_view::npos;
}

int HexDigit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

}  // namespace

class PathTemplate::Parser {
 public:
  explicit Parser(absl::string_view text) : text_(text) {
    result_.text_ = std::string(text);
  }

  absl::StatusOr<PathTemplate> Parse() {
    if (!Take('/')) return Fail("it has to begin with '/'");
    RETURN_IF_ERROR(ParseSegments(/*in_variable=*/false));
    if (Take(':')) {
      ASSIGN_OR_RETURN(result_.verb_, ParseLiteral("a verb"));
    }
    if (pos_ != text_.size()) {
      return Fail(absl::StrCat("'", text_.substr(pos_, 1), "' can't be here"));
    }
    return std::move(result_);
  }

 private:
  absl::Status Fail(absl::string_view problem) const {
    return absl::InvalidArgumentError(absl::StrCat(
        "bad path template \"", text_, "\", column ", pos_ + 1, ": ", problem));
  }

  char Peek() const { return pos_ < text_.size() ? text_[pos_] : '\0'; }

  bool Take(char c) {
    if (Peek() != c || pos_ == text_.size()) return false;
    ++pos_;
    return true;
  }

  absl::Status ParseSegments(bool in_variable) {
    do {
      RETURN_IF_ERROR(ParseSegment(in_variable));
    } while (Take('/'));
    return absl::OkStatus();
  }

  absl::Status CheckNotAfterAnyCount() const {
    if (result_.segments_.empty() || result_.segments_.back().kind != Kind::kAnyCount) {
      return absl::OkStatus();
    }
    return Fail("\"**\" has to be the last segment");
  }

  absl::Status ParseSegment(bool in_variable) {
    RETURN_IF_ERROR(CheckNotAfterAnyCount());
    if (Take('*')) {
      result_.segments_.push_back({Take('*') ? Kind::kAnyCount : Kind::kAny, ""});
      return absl::OkStatus();
    }
    if (Peek() == '{') {
      if (in_variable) return Fail("a variable can't be inside a variable");
      return ParseVariable();
    }
    ASSIGN_OR_RETURN(std::string literal, ParseLiteral("a segment"));
    result_.segments_.push_back({Kind::kLiteral, std::move(literal)});
    return absl::OkStatus();
  }

  absl::Status ParseVariable() {
    ++pos_;
    Variable variable;
    variable.begin = result_.segments_.size();
    do {
      ASSIGN_OR_RETURN(std::string name, ParseIdentifier());
      variable.field_path.push_back(std::move(name));
    } while (Take('.'));
    if (Take('=')) {
      RETURN_IF_ERROR(ParseSegments(/*in_variable=*/true));
    } else {
      RETURN_IF_ERROR(CheckNotAfterAnyCount());
      result_.segments_.push_back({Kind::kAny, ""});
    }
    if (!Take('}')) return Fail("expected '}' at the end of the variable");
    variable.end = result_.segments_.size();
    variable.multi_segment = variable.end - variable.begin != 1 ||
                             result_.segments_.back().kind == Kind::kAnyCount;
    for (const Variable& other : result_.variables_) {
      if (other.field_path == variable.field_path) {
        return Fail(absl::StrCat("the field \"", absl::StrJoin(other.field_path, "."),
                                 "\" is there twice"));
      }
    }
    result_.variables_.push_back(std::move(variable));
    return absl::OkStatus();
  }

  absl::StatusOr<std::string> ParseIdentifier() {
    const size_t begin = pos_;
    while (absl::ascii_isalnum(static_cast<unsigned char>(Peek())) || Peek() == '_') {
      ++pos_;
    }
    if (begin == pos_ ||
        absl::ascii_isdigit(static_cast<unsigned char>(text_[begin]))) {
      pos_ = begin;
      return Fail("expected the name of a field");
    }
    return std::string(text_.substr(begin, pos_ - begin));
  }

  absl::StatusOr<std::string> ParseLiteral(absl::string_view what) {
    std::string literal;
    while (pos_ < text_.size()) {
      if (IsLiteralChar(Peek())) {
        literal.push_back(text_[pos_++]);
        continue;
      }
      if (Peek() != '%') break;
      const int high = pos_ + 2 < text_.size() ? HexDigit(text_[pos_ + 1]) : -1;
      const int low = high >= 0 ? HexDigit(text_[pos_ + 2]) : -1;
      if (low < 0) return Fail("expected two hexadecimal digits after '%'");
      literal.push_back(static_cast<char>(high * 16 + low));
      pos_ += 3;
    }
    if (literal.empty()) return Fail(absl::StrCat("expected ", what));
    return literal;
  }

  absl::string_view text_;
  size_t pos_ = 0;
  PathTemplate result_;
};

absl::StatusOr<PathTemplate> PathTemplate::Parse(absl::string_view text) {
  return Parser(text).Parse();
}

}  // namespace gitsync::gateway
