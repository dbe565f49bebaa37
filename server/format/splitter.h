// Decides which arrays of an object become folders, and under which names.

#ifndef GITSYNC_SERVER_FORMAT_SPLITTER_H_
#define GITSYNC_SERVER_FORMAT_SPLITTER_H_

#include <cstddef>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace gitsync {

// The maximum number of files made from one definition. Arrays beyond that stay inline,
// because git, and people, handle folders of millions of files badly.
inline constexpr size_t kMaxElementFiles = 20000;

// A member whose value becomes a folder.
struct SplitMember {
  std::string key;
  std::vector<absl::string_view> elements;  // objects, as in the text
  std::vector<std::string> stems;           // one for each element
};

// Returns the members of `object` that become folders, by key. `object` is JSON that
// CheckJson has accepted. Subtracts their files from `budget`; a member that does not
// fit stays inline.
std::vector<SplitMember> SplitMembers(absl::string_view object, size_t* budget);

// `object` without the members that `split` names.
std::string Without(absl::string_view object, const std::vector<SplitMember>& split);

}  // namespace gitsync

#endif  // GITSYNC_SERVER_FORMAT_SPLITTER_H_
