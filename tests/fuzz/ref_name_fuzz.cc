// Names of branches and refs, and path prefixes, as a caller gives them. libgit2 is the
// judge of what is accepted.

#include <git2.h>

#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "server/resource/validation.h"
#include "tests/fuzz/fuzz_target.h"

using gitsync::Violations;

namespace {

bool IsRef(const std::string& name) {
  int valid = 0;
  return git_reference_name_is_valid(&valid, name.c_str()) == 0 && valid == 1;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const int kStarted = git_libgit2_init();
  FUZZ_CHECK(kStarted > 0);
  const std::string input(reinterpret_cast<const char*>(data), size);
  if (Violations().RequireBranch("branch_name", input).empty()) {
    FUZZ_CHECK(IsRef(absl::StrCat("refs/heads/", input)));
    FUZZ_CHECK(input.find('\0') == std::string::npos);
  }
  if (Violations().RequireRef("ref", input).empty()) {
    FUZZ_CHECK(IsRef(input) || IsRef(absl::StrCat("refs/heads/", input)));
  }
  if (Violations().CheckPathPrefix("path_prefix", input).empty()) {
    const std::string path =
        absl::StrCat("/", absl::AsciiStrToLower(gitsync::TidyPathPrefix(input)), "/");
    for (const char* bad : {"/../", "/./", "/.git/", "/-", "\\", ":", "//"}) {
      FUZZ_CHECK(path == "//" || !absl::StrContains(path, bad));
    }
  }
  return 0;
}
