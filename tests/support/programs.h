// The programs under test: those of this build or, if $GITSYNC_TESTED_PRESET names a
// preset, those of that preset's build. So sanitizers watch only the programs and not
// the tests, which would take several times as long.

#ifndef GITSYNC_TESTS_SUPPORT_PROGRAMS_H_
#define GITSYNC_TESTS_SUPPORT_PROGRAMS_H_

#include <string>

#include "absl/strings/string_view.h"

namespace gitsync {

// The folder that contains the programs.
std::string ProgramFolder();

// The path of one of the programs.
std::string Program(absl::string_view name);

}  // namespace gitsync

#endif  // GITSYNC_TESTS_SUPPORT_PROGRAMS_H_
