// Names for the rows of a table test, derived from their content.

#ifndef GITSYNC_TESTS_SUPPORT_TEST_NAMES_H_
#define GITSYNC_TESTS_SUPPORT_TEST_NAMES_H_

#include <cstddef>
#include <string>

#include "absl/strings/string_view.h"

namespace gitsync {

// Converts `text` to a name that GoogleTest accepts. Letters and digits stay; each
// other character becomes a word ("[1,]" is "Bracket1CommaBracketEnd"). A long name is
// cut and ends with `row`, the number of the row. For INSTANTIATE_TEST_SUITE_P:
//
//   [](const auto& test) { return TestNameOf(test.param.text, test.index); }
//
// Without its own name, a row is named by its bytes. These may contain addresses, and
// then differ from run to run.
std::string TestNameOf(absl::string_view text, size_t row);

}  // namespace gitsync

#endif  // GITSYNC_TESTS_SUPPORT_TEST_NAMES_H_
