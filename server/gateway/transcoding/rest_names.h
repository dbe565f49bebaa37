// Converts the names of fields, which have two: "app_id" in the protos and over gRPC,
// "appId" in JSON.

#ifndef GITSYNC_SERVER_GATEWAY_TRANSCODING_REST_NAMES_H_
#define GITSYNC_SERVER_GATEWAY_TRANSCODING_REST_NAMES_H_

#include <google/protobuf/descriptor.h>

#include <string>

#include "absl/strings/string_view.h"
#include "google/rpc/status.pb.h"
#include "server/gateway/transcoding/route.h"

namespace gitsync::gateway {

// The JSON form of a field path of `type`: "git_config.branch_name" becomes
// "gitConfig.branchName". From the first name that is not a field on, the path stays as
// it is.
std::string RestFieldPath(const google::protobuf::Descriptor& type,
                          absl::string_view path);

// Renames the fields in an error of the backend to the names that a REST caller knows.
// It does so in the violations of BadRequest, and where the message or a description
// names a field of the method's request or response. Text in quotation marks comes from
// others and is kept. Errors without BadRequest name no fields, and are not changed.
void UseRestNames(const Method& method, google::rpc::Status* error);

}  // namespace gitsync::gateway

#endif  // GITSYNC_SERVER_GATEWAY_TRANSCODING_REST_NAMES_H_
