// The programs under test: those of this build, or, where $GITSYNC_TESTED_PRESET names
// a preset, those of its build. So sanitizers watch the programs, and not the tests,
// which would take several times as long.

#ifndef GITSYNC_TESTS_SUPPORT_PROGRAMS_H_
#define GITSYNC_TESTS_SUPPORT_PROGRAMS_H_

#include <string>

#include "absl/strings/string_view.h"

namespace gitsync {

// The folder that the programs are in.
std::string ProgramFolder();

// The path of one of them.
std::string Program(absl::string_view name);

}  // namespace gitsync

#endif  // GITSYNC_TESTS_SUPPORT_PROGRAMS_H_
