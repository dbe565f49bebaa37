#ifndef GITSYNC_STORAGE_SQLITE_STRING_LIST_H_
#define GITSYNC_STORAGE_SQLITE_STRING_LIST_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace gitsync {

// Encodes a list of strings for one column: each string as its length in decimal, ":"
// and its bytes, so that a string may hold any text. Invalid UTF-8 becomes U+FFFD.
std::string EncodeStringList(const std::vector<std::string>& strings);

// Decodes a list that EncodeStringList encoded. Everything after the first fault is
// left out. Invalid UTF-8, as older versions stored it, becomes U+FFFD.
std::vector<std::string> DecodeStringList(absl::string_view encoded);

}  // namespace gitsync

#endif  // GITSYNC_STORAGE_SQLITE_STRING_LIST_H_
