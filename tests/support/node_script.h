#ifndef GITSYNC_TESTS_SUPPORT_NODE_SCRIPT_H_
#define GITSYNC_TESTS_SUPPORT_NODE_SCRIPT_H_

#include <string>
#include <vector>

#include "tests/support/test_remote.h"

namespace gitsync {

// Installs the npm packages that package-lock.json in a folder of tests/ names, if they
// are not there. Blocks until done, or until another process has done it. Runs in the
// environment of who runs the tests: it may say how npm gets to its registry, and whom
// it trusts there.
CommandResult InstallNpmPackages(const std::string& folder);

// Runs a script of that folder as RunCommand runs programs, with its packages, which it
// installs before. Where that fails, this is what it returns.
CommandResult RunNodeScript(const std::string& folder,
                            const std::vector<std::string>& script_and_arguments);

}  // namespace gitsync

#endif  // GITSYNC_TESTS_SUPPORT_NODE_SCRIPT_H_
