#include "tests/bench/demand.h"

#include <unistd.h>

#include <fstream>
#include <iostream>
#include <sstream>

#include "absl/strings/str_cat.h"
#include "tests/support/test_remote.h"

namespace gitsync {

void Demand(bool good, const std::string& what) {
  if (good) return;
  std::cerr << absl::StrCat("bench: ", what, "\n") << std::flush;
  // At once: other threads may be in the middle of what destructors would take away.
  _exit(1);
}

std::string RunOrEnd(const std::vector<std::string>& arguments,
                     const std::vector<std::string>& environment) {
  CommandResult result = RunCommand(arguments, environment);
  Demand(result.status == 0,
         absl::StrCat(arguments[0], " ", arguments[1], " failed: ", result.output));
  return std::move(result.output);
}

std::string ReadText(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  // A process may end while its files in /proc are read.
  text << file.rdbuf();
  return text.str();
}

}  // namespace gitsync
