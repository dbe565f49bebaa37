// Paths and parameters in OpenAPI's form.

#ifndef GITSYNC_SERVER_GATEWAY_CODEGEN_OPENAPI_PATH_H_
#define GITSYNC_SERVER_GATEWAY_CODEGEN_OPENAPI_PATH_H_

#include <google/protobuf/descriptor.h>

#include <set>
#include <string>
#include <vector>

#include "server/gateway/codegen/api.h"

namespace gitsync::gateway::codegen {

// A part of a path that the caller fills in.
struct PathParameter {
  std::string name;
  const google::protobuf::FieldDescriptor* field = nullptr;  // null: no field takes it
  bool any_count = false;                                    // may contain "/"
};

// A path template in OpenAPI's form, where each parameter is one segment:
// "/v1/{name=shelves/*}:close" becomes "/v1/shelves/{name}:close".
struct OpenApiPath {
  std::string text;
  std::string shape;  // `text` without parameter names; equal shapes are one path
  std::vector<PathParameter> parameters;
};
OpenApiPath PathOf(const ApiMethod& method, const Binding& binding);

// A field of the request that the query sets.
struct QueryParameter {
  std::string name;  // "author.name", in lowerCamelCase
  const google::protobuf::FieldDescriptor* field = nullptr;
  bool required = false;
};
std::vector<QueryParameter> QueryOf(const ApiMethod& method, const Binding& binding);

// The top-level fields of the request that the path sets; nested fields are left out.
std::set<const google::protobuf::FieldDescriptor*> PathFields(const ApiMethod& method,
                                                              const Binding& binding);

}  // namespace gitsync::gateway::codegen

#endif  // GITSYNC_SERVER_GATEWAY_CODEGEN_OPENAPI_PATH_H_
