#ifndef GITSYNC_CLIENT_CLI_ENVIRONMENT_H_
#define GITSYNC_CLIENT_CLI_ENVIRONMENT_H_

#include <iostream>
#include <map>
#include <stop_token>
#include <string>

namespace gitsync::cli {

// What gitsyncctl gets from its process.
struct Environment {
  std::istream& in = std::cin;
  std::ostream& out = std::cout;
  std::ostream& err = std::cerr;
  bool in_is_terminal = false;
  bool out_is_terminal = false;
  bool err_is_terminal = false;
  // The environment variables that are used, by name; variables that are not set are
  // absent.
  std::map<std::string, std::string> variables = {};
  // The folder in which gitsync-data/admin.token is looked up.
  std::string working_directory = ".";
  // Cancels the call in progress.
  std::stop_token stop = {};
};

}  // namespace gitsync::cli

#endif  // GITSYNC_CLIENT_CLI_ENVIRONMENT_H_
