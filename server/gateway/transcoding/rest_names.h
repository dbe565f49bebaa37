// Fields have two names: "app_id" in the protos and over gRPC, "appId" in JSON.

#ifndef GITSYNC_SERVER_GATEWAY_TRANSCODING_REST_NAMES_H_
#define GITSYNC_SERVER_GATEWAY_TRANSCODING_REST_NAMES_H_

#include <google/protobuf/descriptor.h>

#include <string>

#include "absl/strings/string_view.h"
#include "google/rpc/status.pb.h"
#include "server/gateway/transcoding/route.h"

namespace gitsync::gateway {

// The path of a field of `type` as JSON has it: "git_config.branch_name" becomes
// "gitConfig.branchName". From the first name on that is no field, it stays as it is.
std::string RestFieldPath(const google::protobuf::Descriptor& type,
                          absl::string_view path);

// Gives the fields in an error of the backend the names that a REST caller knows. In
// BadRequest's violations, and where the message or a description names a field of the
// method's request or response; what stands in quotation marks is somebody's text and
// stays. Errors without BadRequest name no fields, and are left alone.
void UseRestNames(const Method& method, google::rpc::Status* error);

}  // namespace gitsync::gateway

#endif  // GITSYNC_SERVER_GATEWAY_TRANSCODING_REST_NAMES_H_
