// The path of a `google.api.http` rule, parsed: "/v1/{name=shelves/*}:close".

#ifndef GITSYNC_SERVER_GATEWAY_TRANSCODING_PATH_TEMPLATE_H_
#define GITSYNC_SERVER_GATEWAY_TRANSCODING_PATH_TEMPLATE_H_

#include <cstddef>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace gitsync::gateway {

// What paths a rule matches, and which parts of them are fields of the request. The
// grammar is that of google/api/http.proto:
//
//   Template  = "/" Segments [ ":" LITERAL ] ;
//   Segments  = Segment { "/" Segment } ;
//   Segment   = "*" | "**" | LITERAL | Variable ;
//   Variable  = "{" FieldPath [ "=" Segments ] "}" ;
//   FieldPath = IDENT { "." IDENT } ;
//
// LITERAL is of the characters that RFC 3986 allows in a segment, less ":" and "*";
// "%2F" stands for "/" in a name. Immutable, so safe to share between threads.
class PathTemplate {
 public:
  enum class Kind {
    kLiteral,   // this text
    kAny,       // "*": one segment, whatever it is
    kAnyCount,  // "**": any number of segments, none included; only the last
  };

  struct Segment {
    Kind kind = Kind::kLiteral;
    std::string literal;  // without percent-encoding; empty unless kLiteral

    bool operator==(const Segment&) const = default;
  };

  // The segments from `begin` to before `end` are the value of a field.
  struct Variable {
    std::vector<std::string> field_path;  // {"book", "name"} for "book.name"
    size_t begin = 0;
    size_t end = 0;
    // Whether its value may hold "/": it is not exactly one segment. Then "%2F" in the
    // request is left as it is in the value, so that it differs from a "/".
    bool multi_segment = false;
  };

  // Parses `text`. INVALID_ARGUMENT, with the column, if it does not follow the
  // grammar, has "**" before its end, or names a field twice.
  static absl::StatusOr<PathTemplate> Parse(absl::string_view text);

  // What was parsed.
  const std::string& text() const { return text_; }
  // In order, those inside variables too.
  const std::vector<Segment>& segments() const { return segments_; }
  // In the order of the text.
  const std::vector<Variable>& variables() const { return variables_; }
  // What follows ":" at the end, without percent-encoding; empty if nothing does.
  const std::string& verb() const { return verb_; }

 private:
  class Parser;

  PathTemplate() = default;

  std::string text_;
  std::vector<Segment> segments_;
  std::vector<Variable> variables_;
  std::string verb_;
};

}  // namespace gitsync::gateway

#endif  // GITSYNC_SERVER_GATEWAY_TRANSCODING_PATH_TEMPLATE_H_
