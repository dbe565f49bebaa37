#include "tests/support/programs.h"

#include <cstdlib>

#include "absl/strings/str_cat.h"

namespace gitsync {

std::string ProgramFolder() {
  const char* const preset = std::getenv("GITSYNC_TESTED_PRESET");
  if (preset == nullptr) return GITSYNC_BIN_DIR;
  return absl::StrCat(GITSYNC_SOURCE_DIR "/build/", preset, "/bin");
}

std::string Program(absl::string_view name) {
  return absl::StrCat(ProgramFolder(), "/", name);
}

}  // namespace gitsync
