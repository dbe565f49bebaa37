#ifndef GITSYNC_SERVER_GITHUB_JSON_H_
#define GITSYNC_SERVER_GITHUB_JSON_H_

#include <rapidjson/document.h>

#include <initializer_list>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace gitsync {

// A JSON object from an external source. Movable.
class JsonObject {
 public:
  // Parses `text`. Returns false, and has no members, if it is not a JSON object in
  // UTF-8.
  bool Parse(absl::string_view text);

  // Returns the string at the end of `path`, a list of nested member names; empty if
  // there is none.
  std::string Text(std::initializer_list<absl::string_view> path) const;

 private:
  rapidjson::Document root_;
};

// `text` as a JSON string with its quotes; INTERNAL if it is not UTF-8.
absl::StatusOr<std::string> QuoteJson(absl::string_view text);

}  // namespace gitsync

#endif  // GITSYNC_SERVER_GITHUB_JSON_H_
