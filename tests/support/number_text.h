#ifndef GITSYNC_TESTS_SUPPORT_NUMBER_TEXT_H_
#define GITSYNC_TESTS_SUPPORT_NUMBER_TEXT_H_

#include <string>

namespace gitsync {

// Returns the JSON with each number as a string, "number 1e400". Tests use it to
// compare the text of numbers, which parsers would convert to values.
std::string WithNumbersAsText(const std::string& json);

}  // namespace gitsync

#endif  // GITSYNC_TESTS_SUPPORT_NUMBER_TEXT_H_
