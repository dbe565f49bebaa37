// Puts the parts of an HTTP request into the message that its RPC takes.

#ifndef GITSYNC_SERVER_GATEWAY_TRANSCODING_REQUEST_BINDER_H_
#define GITSYNC_SERVER_GATEWAY_TRANSCODING_REQUEST_BINDER_H_

#include <google/protobuf/message.h>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "server/gateway/transcoding/route_matcher.h"
#include "server/gateway/transcoding/url_text.h"

namespace gitsync::gateway {

// Fills in `request`, a new message of the route's request type, from what was found.
// An empty `body` counts as none, also where the whole request is the body.
//
// INVALID_ARGUMENT (INVALID_REQUEST), naming the field or parameter: the body is not
// the field's proto3 JSON, or is given where none is taken; a parameter is unknown, is
// given twice for a field that is not repeated, or has a wrong value; a field of the
// path has another value in the query or the body; two fields of one oneof are given.
absl::Status BindRequest(const RouteMatch& match, const QueryParameters& query,
                         absl::string_view body, google::protobuf::Message* request);

// Makes the Idempotency-Key header the field `request_id` of a request that has one.
// INVALID_ARGUMENT (INVALID_REQUEST) if the field has another value already.
absl::Status BindIdempotencyKey(absl::string_view key,
                                google::protobuf::Message* request);

}  // namespace gitsync::gateway

#endif  // GITSYNC_SERVER_GATEWAY_TRANSCODING_REQUEST_BINDER_H_
