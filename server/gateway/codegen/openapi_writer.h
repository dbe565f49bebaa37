#ifndef GITSYNC_SERVER_GATEWAY_CODEGEN_OPENAPI_WRITER_H_
#define GITSYNC_SERVER_GATEWAY_CODEGEN_OPENAPI_WRITER_H_

#include <string>

#include "absl/status/statusor.h"
#include "server/gateway/codegen/api.h"

namespace gitsync::gateway::codegen {

// Writes the OpenAPI 3.0 document of an API that has no problems.
//
// OpenAPI can't express two RPCs with the same path and HTTP method, so a fragment
// tells them apart: "/v1/books#mode=import". HTTP methods that OpenAPI does not know
// are omitted.
absl::StatusOr<std::string> WriteOpenApi(const Api& api, const std::string& title);

}  // namespace gitsync::gateway::codegen

#endif  // GITSYNC_SERVER_GATEWAY_CODEGEN_OPENAPI_WRITER_H_
