// Tables in which generated code describes the RPCs that have an HTTP form.
// protoc-gen-gitsync-gateway (codegen/) writes a MethodTable for each service.

#ifndef GITSYNC_SERVER_GATEWAY_TRANSCODING_ROUTE_H_
#define GITSYNC_SERVER_GATEWAY_TRANSCODING_ROUTE_H_

#include <google/protobuf/message.h>

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace gitsync::gateway {

// One HTTP form of an RPC: its `google.api.http` rule, or one of the rule's
// additional_bindings. Texts are as written in the proto.
struct HttpBinding {
  absl::string_view http_method;    // "GET", or the kind that `custom` gives
  absl::string_view path_template;  // "/v1/{name=shelves/*}:close"
  // A query parameter that the request must have to reach this RPC; empty if there is
  // none. It is not a field of the request.
  absl::string_view required_query_name;
  absl::string_view required_query_value;
  // The request field that the body holds; "*" if the body is the whole request, empty
  // if there is no body. Fields that are in neither the body nor the path come from the
  // query, unless this is "*".
  absl::string_view body;
  // Reads proto3 JSON into the request, a message of the type of Method::request. Null
  // if `body` is empty. INVALID_ARGUMENT with field violations.
  absl::Status (*read_body)(absl::string_view json, google::protobuf::Message* request);
  // Appends the response, or the response field that forms the body, as proto3 JSON.
  // INTERNAL if that is impossible (a string that is not UTF-8, an invalid time).
  absl::Status (*write_response)(const google::protobuf::Message& response,
                                 std::string* json);
};

struct Method {
  absl::string_view full_name;  // "/gitsync.v1.OperationService/WatchOperation"
  const google::protobuf::Message& (*request)();   // the default instance
  const google::protobuf::Message& (*response)();  // the default instance
  bool server_streaming = false;
  int success_status = 200;
  std::vector<HttpBinding> bindings;
};

// The methods of one service.
using MethodTable = std::vector<Method>;

// The tables of all the services in the API. Generated.
const std::vector<const MethodTable*>& AllMethods();

}  // namespace gitsync::gateway

#endif  // GITSYNC_SERVER_GATEWAY_TRANSCODING_ROUTE_H_
