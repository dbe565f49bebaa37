// The operations of an OpenAPI document, by their paths.

#ifndef GITSYNC_SERVER_GATEWAY_CODEGEN_OPENAPI_OPERATIONS_H_
#define GITSYNC_SERVER_GATEWAY_CODEGEN_OPENAPI_OPERATIONS_H_

#include <string>
#include <vector>

#include "server/gateway/codegen/api.h"
#include "server/gateway/codegen/openapi_path.h"

namespace gitsync::gateway::codegen {

// An RPC by one of its HTTP forms.
struct Operation {
  const ApiMethod* method;
  const Binding* binding;
  OpenApiPath path;
  std::string id;
};

// The operations on one path.
struct PathItem {
  std::string text;
  std::string shape;
  std::vector<Operation> operations;
};

// The paths of `api`, which has to outlive them, in the order of its methods. Paths
// that differ in the names of their parameters alone are one. A second operation of the
// same HTTP method on a path has a path of its own, with a fragment.
std::vector<PathItem> CollectPaths(const Api& api);

}  // namespace gitsync::gateway::codegen

#endif  // GITSYNC_SERVER_GATEWAY_CODEGEN_OPENAPI_OPERATIONS_H_
