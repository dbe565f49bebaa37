#ifndef GITSYNC_TESTS_SUPPORT_NODE_SCRIPT_H_
#define GITSYNC_TESTS_SUPPORT_NODE_SCRIPT_H_

#include <string>
#include <vector>

#include "tests/support/test_remote.h"

namespace gitsync {

// Installs the npm packages that package-lock.json in a folder of tests/ names, unless
// they are already installed. Blocks until done, or until another process has done it.
// Runs in the environment of the user who runs the tests: it may say how npm reaches
// its registry, and whom to trust there.
CommandResult InstallNpmPackages(const std::string& folder);

// Runs a script of that folder in the way that RunCommand runs programs. First installs
// its packages; if that fails, returns the result of the installation.
CommandResult RunNodeScript(const std::string& folder,
                            const std::vector<std::string>& script_and_arguments);

}  // namespace gitsync

#endif  // GITSYNC_TESTS_SUPPORT_NODE_SCRIPT_H_
