// Checked JSON text, indexed just enough to write it in another order. No tree of
// values is built, so a definition of 32 MiB needs only a few times its size in memory.

#ifndef GITSYNC_SERVER_FORMAT_JSON_INDEX_H_
#define GITSYNC_SERVER_FORMAT_JSON_INDEX_H_

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>

#include "absl/strings/string_view.h"
#include "server/format/json_fault.h"

namespace gitsync {

// The requirements on a text, besides being JSON (RFC 8259).
struct JsonLimits {
  bool object_only = false;        // the outermost value is an object
  int depth_above = 0;             // levels that enclose this text elsewhere
  size_t max_bytes = 0;            // of the text
  size_t max_canonical_bytes = 0;  // of the text's canonical form
};

// Where the members of objects are, in the order of the canonical form.
struct JsonIndex {
  // A member of an object whose members are not in canonical order in the text.
  struct Member {
    uint32_t key;     // offset of the key's opening quote
    uint32_t object;  // number of the first object inside its value
  };
  // A nonempty object; objects are numbered in the order of the text.
  struct Object {
    uint32_t first_member = 0;  // into `members`
    uint32_t member_count = 0;  // 0 if the text has them in order
    uint32_t end = 0;           // offset after its closing brace
    uint32_t next_object = 0;   // number of the first object after it
  };
  // An upper bound for the size of the canonical form.
  size_t canonical_bytes = 0;
  std::deque<Object> objects;
  std::deque<Member> members;
};

// Checks `text`: it must be JSON in valid UTF-8 without unpaired surrogates and without
// duplicate keys, within `limits`, and at most kMaxDefinitionDepth deep. If there is no
// fault and `index` is not null, fills `index`.
std::optional<JsonFault> CheckJson(absl::string_view text, const JsonLimits& limits,
                                   JsonIndex* index);

// Writes the canonical form of a text that CheckJson has indexed, without the final
// newline.
void AppendCanonical(absl::string_view text, const JsonIndex& index, std::string& out);

// Writes the canonical form of `text` to `out`, or returns the fault of `text`.
std::optional<JsonFault> Canonicalize(absl::string_view text, const JsonLimits& limits,
                                      std::string& out);

}  // namespace gitsync

#endif  // GITSYNC_SERVER_FORMAT_JSON_INDEX_H_
