// Names in any script. All functions take UTF-8; other input is returned unchanged.

#ifndef GITSYNC_SERVER_BASE_UNICODE_H_
#define GITSYNC_SERVER_BASE_UNICODE_H_

#include <string>

#include "absl/strings/string_view.h"

namespace gitsync {

// The text in normalization form C, in which a character has only one spelling: "é" is
// never "e" and an accent.
std::string ToNfc(absl::string_view text);

// The key by which names are compared. Different spellings of the same characters have
// the same key, and so do names that differ only in the case of ASCII letters.
std::string NameKey(absl::string_view name);

// The text in lowercase Latin letters without accents, as far as its script has a
// common transliteration: "Überblick" becomes "uberblick", and "Заказы" becomes
// "zakazy". Characters without one (emoji) are kept. Thread-safe.
std::string ToPlainLatin(absl::string_view text);

}  // namespace gitsync

#endif  // GITSYNC_SERVER_BASE_UNICODE_H_
