#ifndef GITSYNC_CLIENT_CLI_ENVIRONMENT_H_
#define GITSYNC_CLIENT_CLI_ENVIRONMENT_H_

#include <iostream>
#include <map>
#include <stop_token>
#include <string>

namespace gitsync::cli {

// What gitsyncctl gets from the process that it runs in.
struct Environment {
  std::istream& in = std::cin;
  std::ostream& out = std::cout;
  std::ostream& err = std::cerr;
  bool in_is_terminal = false;
  bool out_is_terminal = false;
  bool err_is_terminal = false;
  // The environment variables that are used, by name; those not set are not in it.
  std::map<std::string, std::string> variables = {};
  // Folder in which gitsync-data/admin.token is looked for.
  std::string working_directory = ".";
  // Cancels the call in progress.
  std::stop_token stop = {};
};

}  // namespace gitsync::cli

#endif  // GITSYNC_CLIENT_CLI_ENVIRONMENT_H_
