// Binds the parts of an HTTP request to the message that its RPC takes.

#ifndef GITSYNC_SERVER_GATEWAY_TRANSCODING_REQUEST_BINDER_H_
#define GITSYNC_SERVER_GATEWAY_TRANSCODING_REQUEST_BINDER_H_

#include <google/protobuf/message.h>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "server/gateway/transcoding/route_matcher.h"
#include "server/gateway/transcoding/url_text.h"

namespace gitsync::gateway {

// Fills in `request`, a new message of the route's request type, from the matched
// parts. An empty `body` counts as no body, even where the whole request is the body.
//
// INVALID_ARGUMENT (INVALID_REQUEST), naming the field or parameter, if the body is not
// the field's proto3 JSON, or is given where none is taken; if a parameter is unknown,
// is given twice for a field that is not repeated, or has an invalid value; if a field
// of the path has another value in the query or the body; or if two fields of one oneof
// are given.
absl::Status BindRequest(const RouteMatch& match, const QueryParameters& query,
                         absl::string_view body, google::protobuf::Message* request);

// Stores the Idempotency-Key header in the field `request_id` of a request that has
// one. INVALID_ARGUMENT (INVALID_REQUEST) if the field already has another value.
absl::Status BindIdempotencyKey(absl::string_view key,
                                google::protobuf::Message* request);

}  // namespace gitsync::gateway

#endif  // GITSYNC_SERVER_GATEWAY_TRANSCODING_REQUEST_BINDER_H_
