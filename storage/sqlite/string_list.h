#ifndef GITSYNC_STORAGE_SQLITE_STRING_LIST_H_
#define GITSYNC_STORAGE_SQLITE_STRING_LIST_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace gitsync {

// A list of strings in one column: each as its length in decimal, ":" and its bytes,
// so that a string may hold any text. What is no UTF-8 in it becomes U+FFFD.
std::string EncodeStringList(const std::vector<std::string>& strings);

// The list that EncodeStringList made `encoded` of; what follows the first fault is
// left out, and what is no UTF-8, as older versions stored it, becomes U+FFFD.
std::vector<std::string> DecodeStringList(absl::string_view encoded);

}  // namespace gitsync

#endif  // GITSYNC_STORAGE_SQLITE_STRING_LIST_H_
