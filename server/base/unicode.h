// Names in any script. All of these take UTF-8; what is none is returned as it is.

#ifndef GITSYNC_SERVER_BASE_UNICODE_H_
#define GITSYNC_SERVER_BASE_UNICODE_H_

#include <string>

#include "absl/strings/string_view.h"

namespace gitsync {

// The text in normalization form C, in which a character has one spelling: "é" is not
// also "e" and an accent.
std::string ToNfc(absl::string_view text);

// What names are compared by: two spellings of the same characters, and names that
// differ in the case of ASCII letters only, have the same key.
std::string NameKey(absl::string_view name);

// The text in small Latin letters without accents, as far as its script has a common
// transliteration: "Überblick" becomes "uberblick", and "Заказы" "zakazy". What has
// none (emoji) stays. Thread-safe.
std::string ToPlainLatin(absl::string_view text);

}  // namespace gitsync

#endif  // GITSYNC_SERVER_BASE_UNICODE_H_
