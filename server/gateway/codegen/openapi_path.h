// Paths and parameters as OpenAPI has them.

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
  bool any_count = false;                                    // may hold "/"
};

// A path template as OpenAPI has it, where a parameter is one segment: that of
// "/v1/{name=shelves/*}:close" is "/v1/shelves/{name}:close".
struct OpenApiPath {
  std::string text;
  std::string shape;  // the text with no names of parameters: equal shapes are one path
  std::vector<PathParameter> parameters;
};
OpenApiPath PathOf(const ApiMethod& method, const Binding& binding);

// A field of the request that comes from the query.
struct QueryParameter {
  std::string name;  // "author.name", in lowerCamelCase
  const google::protobuf::FieldDescriptor* field = nullptr;
  bool required = false;
};
std::vector<QueryParameter> QueryOf(const ApiMethod& method, const Binding& binding);

// The fields of the request, not those inside of them, that the path has.
std::set<const google::protobuf::FieldDescriptor*> PathFields(const ApiMethod& method,
                                                              const Binding& binding);

}  // namespace gitsync::gateway::codegen

#endif  // GITSYNC_SERVER_GATEWAY_CODEGEN_OPENAPI_PATH_H_
