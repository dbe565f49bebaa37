// gitsyncctl: the command line of GitSync.

#include <unistd.h>

#include <cstdlib>
#include <string>
#include <vector>

#include "client/cli/environment.h"
#include "client/cli/interrupt.h"
#include "client/cli/run.h"

int main(int argc, char** argv) {
  gitsync::cli::InterruptWatch interrupt;
  gitsync::cli::Environment environment;
  environment.in_is_terminal = isatty(STDIN_FILENO) == 1;
  environment.out_is_terminal = isatty(STDOUT_FILENO) == 1;
  environment.err_is_terminal = isatty(STDERR_FILENO) == 1;
  environment.stop = interrupt.token();
  for (const char* name : {"GITSYNC_SERVER", "GITSYNC_TOKEN", "NO_COLOR", "TERM"}) {
    if (const char* value = std::getenv(name)) environment.variables[name] = value;
  }
  return gitsync::cli::Run(std::vector<std::string>(argv + 1, argv + argc),
                           environment);
}
