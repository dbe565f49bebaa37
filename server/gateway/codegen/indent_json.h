#ifndef GITSYNC_SERVER_GATEWAY_CODEGEN_INDENT_JSON_H_
#define GITSYNC_SERVER_GATEWAY_CODEGEN_INDENT_JSON_H_

#include <string>

#include "absl/strings/string_view.h"

namespace gitsync::gateway::codegen {

// Formats valid JSON with one line per member and element.
std::string IndentJson(absl::string_view json);

}  // namespace gitsync::gateway::codegen

#endif  // GITSYNC_SERVER_GATEWAY_CODEGEN_INDENT_JSON_H_
