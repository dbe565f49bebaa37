// The path of a `google.api.http` rule, parsed: "/v1/{name=shelves/*}:close".

#ifndef GITSYNC_SERVER_GATEWAY_TRANSCODING_PATH_TEMPLATE_H_
#define GITSYNC_SERVER_GATEWAY_TRANSCODING_PATH_TEMPLATE_H_

#include <cstddef>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace gitsync::gateway {

// The paths that a rule matches, and the parts of them that are fields of the request.
// The grammar is that of google/api/http.proto:
//
//   Template  = "/" Segments [ ":" LITERAL ] ;
//   Segments  = Segment { "/" Segment } ;
//   Segment   = "*" | "**" | LITERAL | Variable ;
//   Variable  = "{" FieldPath [ "=" Segments ] "}" ;
//   FieldPath = IDENT { "." IDENT } ;
//
// LITERAL consists of the characters that RFC 3986 allows in a segment, except ":" and
// "*"; "%2F" stands for "/" in a name. Immutable, and therefore safe to share between
// threads.
class PathTemplate {
 public:
  enum class Kind {
    kLiteral,   // this text
    kAny,       // "*": exactly one segment, with any text
    kAnyCount,  // "**": zero or more segments; only as the last
  };

  struct Segment {
    Kind kind = Kind::kLiteral;
    std::string literal;  // percent-decoded; empty unless kLiteral

    bool operator==(const Segment&) const = default;
  };

  // The segments in [begin, end) are the value of a field.
  struct Variable {
    std::vector<std::string> field_path;  // {"book", "name"} for "book.name"
    size_t begin = 0;
    size_t end = 0;
    // Whether its value may contain "/", because it is not exactly one segment. If so,
    // the value keeps "%2F" from the request as it is, so that it differs from a "/".
    bool multi_segment = false;
  };

  // Parses `text`. INVALID_ARGUMENT, with the column, if it does not follow the
  // grammar, has "**" before its end, or names a field twice.
  static absl::StatusOr<PathTemplate> Parse(absl::string_view text);

  // The parsed text.
  const std::string& text() const { return text_; }
  // In order, including those inside variables.
  const std::vector<Segment>& segments() const { return segments_; }
  // In the order of the text.
  const std::vector<Variable>& variables() const { return variables_; }
  // The part after ":" at the end, percent-decoded; empty if there is none.
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
