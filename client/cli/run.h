#ifndef GITSYNC_CLIENT_CLI_RUN_H_
#define GITSYNC_CLIENT_CLI_RUN_H_

#include <string>
#include <vector>

#include "client/cli/environment.h"

namespace gitsync::cli {

// Runs gitsyncctl with `arguments`, the program's name left out, and returns its exit
// code (see report_error.h). Blocks until done; asks nothing.
int Run(const std::vector<std::string>& arguments, Environment& environment);

}  // namespace gitsync::cli

#endif  // GITSYNC_CLIENT_CLI_RUN_H_
