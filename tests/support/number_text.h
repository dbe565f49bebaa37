#ifndef GITSYNC_TESTS_SUPPORT_NUMBER_TEXT_H_
#define GITSYNC_TESTS_SUPPORT_NUMBER_TEXT_H_

#include <string>

namespace gitsync {

// The JSON with each number as a string, "number 1e400": to compare their text, which
// parsers make values of.
std::string WithNumbersAsText(const std::string& json);

}  // namespace gitsync

#endif  // GITSYNC_TESTS_SUPPORT_NUMBER_TEXT_H_
