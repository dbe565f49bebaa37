#ifndef GITSYNC_SERVER_GATEWAY_OPENAPI_H_
#define GITSYNC_SERVER_GATEWAY_OPENAPI_H_

#include "absl/strings/string_view.h"

namespace gitsync::gateway {

// The OpenAPI 3 document of all services, as JSON. Generated, like AllMethods().
absl::string_view OpenApiDocument();

}  // namespace gitsync::gateway

#endif  // GITSYNC_SERVER_GATEWAY_OPENAPI_H_
