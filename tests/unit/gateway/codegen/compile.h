// Runs the plugin in this process over protos that are given as text.

#ifndef GITSYNC_TESTS_UNIT_GATEWAY_CODEGEN_COMPILE_H_
#define GITSYNC_TESTS_UNIT_GATEWAY_CODEGEN_COMPILE_H_

#include <map>
#include <string>
#include <vector>

namespace gitsync::gateway::codegen {

struct Compiled {
  std::string error;                         // what the plugin or the parser said
  std::map<std::string, std::string> files;  // that the plugin wrote
};

// `protos` are texts by name; what they import is found among them and where the build
// finds it. The plugin gets `names`, or all of `protos` if it is empty.
Compiled Compile(const std::map<std::string, std::string>& protos,
                 std::vector<std::string> names = {},
                 const std::string& parameter = "");

// The content of a file below the source folder; empty if there is none.
std::string ReadSourceFile(const std::string& name);

}  // namespace gitsync::gateway::codegen

#endif  // GITSYNC_TESTS_UNIT_GATEWAY_CODEGEN_COMPILE_H_
