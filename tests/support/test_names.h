// Names for the rows of a table test, from what is in them.

#ifndef GITSYNC_TESTS_SUPPORT_TEST_NAMES_H_
#define GITSYNC_TESTS_SUPPORT_TEST_NAMES_H_

#include <cstddef>
#include <string>

#include "absl/strings/string_view.h"

namespace gitsync {

// `text` as a name that GoogleTest takes: letters and digits stay, of the rest each
// character is a word ("[1,]" is "Bracket1CommaBracketEnd"). A long one is cut, and
// ends with `row`, the number of the row. For INSTANTIATE_TEST_SUITE_P:
//
//   [](const auto& test) { return TestNameOf(test.param.text, test.index); }
//
// Without a name of its own a row is called by its bytes, which may hold addresses and
// then differ from run to run.
std::string TestNameOf(absl::string_view text, size_t row);

}  // namespace gitsync

#endif  // GITSYNC_TESTS_SUPPORT_TEST_NAMES_H_
