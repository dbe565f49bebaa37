// Definitions: one JSON object as text, which is checked and made canonical without
// converting its numbers.

#ifndef GITSYNC_SERVER_FORMAT_DEFINITION_H_
#define GITSYNC_SERVER_FORMAT_DEFINITION_H_

#include <cstddef>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace gitsync {

inline constexpr size_t kMaxDefinitionBytes = size_t{32} << 20;
inline constexpr int kMaxDefinitionDepth = 100;
// The limit for the canonical form, which is longer. Without it, a deep and narrow
// definition of 32 MiB would take gigabytes to write.
inline constexpr size_t kMaxCanonicalBytes = 4 * kMaxDefinitionBytes;

// Checks that `text` is one JSON object (RFC 8259) in valid UTF-8, without duplicate
// keys, at most kMaxDefinitionDepth deep (the object itself is level 1) and
// kMaxDefinitionBytes long, and that its canonical form is within kMaxCanonicalBytes.
//
// Otherwise INVALID_ARGUMENT (INVALID_DEFINITION), with the line and column of the
// fault.
absl::Status CheckDefinition(absl::string_view text);

// Returns the canonical form of any JSON value: keys sorted by their UTF-8 bytes, an
// indent of two spaces, "\n" at the end, no escape that JSON does not require, numbers
// as they were written. Equal values have equal forms; key order, escapes and white
// space do not matter, but numbers are equal only if they are spelled the same. `text`
// may be as long as a canonical form, so that the canonical form of a canonical form is
// itself. Errors as CheckDefinition.
absl::StatusOr<std::string> CanonicalJson(absl::string_view text);

}  // namespace gitsync

#endif  // GITSYNC_SERVER_FORMAT_DEFINITION_H_
