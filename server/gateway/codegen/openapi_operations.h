// The operations of an OpenAPI document, grouped by path.

#ifndef GITSYNC_SERVER_GATEWAY_CODEGEN_OPENAPI_OPERATIONS_H_
#define GITSYNC_SERVER_GATEWAY_CODEGEN_OPENAPI_OPERATIONS_H_

#include <string>
#include <vector>

#include "server/gateway/codegen/api.h"
#include "server/gateway/codegen/openapi_path.h"

namespace gitsync::gateway::codegen {

// An RPC in one of its HTTP forms.
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

// The paths of `api`, in the order of its methods; `api` must outlive them. Paths that
// differ only in the names of their parameters are merged. If a path already has an
// operation of the same HTTP method, the second one gets its own path, with a fragment.
std::vector<PathItem> CollectPaths(const Api& api);

}  // namespace gitsync::gateway::codegen

#endif  // GITSYNC_SERVER_GATEWAY_CODEGEN_OPENAPI_OPERATIONS_H_
