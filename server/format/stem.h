// Derives file names for the elements of an array from their names.

#ifndef GITSYNC_SERVER_FORMAT_STEM_H_
#define GITSYNC_SERVER_FORMAT_STEM_H_

#include <cstddef>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace gitsync {

// `name` in lower case, with "-" for each run of characters other than ASCII letters
// and digits, no "-" at the ends, cut to `max_bytes`. May be empty.
std::string PlainStem(absl::string_view name, size_t max_bytes);

// The first 8 hexadecimal digits of the name's SHA-256.
std::string ShortHash(absl::string_view name);

// Whether no file or folder may have this name, in any letter case: Windows' device
// names, and names that the format itself uses.
bool IsReservedName(absl::string_view name);

// Whether the member `key` may become a folder: [A-Za-z][A-Za-z0-9_-]{0,63} and not
// reserved.
bool IsFolderKey(absl::string_view key);

// Returns file names without ".json", one for each of `names`, which must be unique.
// The results are unique too, and none depends on the order of `names`.
std::vector<std::string> StemsOf(const std::vector<std::string>& names);

}  // namespace gitsync

#endif  // GITSYNC_SERVER_FORMAT_STEM_H_
