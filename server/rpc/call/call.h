// A running call: what all RPCs have in common, whatever their reactor.

#ifndef GITSYNC_SERVER_RPC_CALL_CALL_H_
#define GITSYNC_SERVER_RPC_CALL_CALL_H_

#include <google/protobuf/message.h>
#include <grpcpp/server_context.h>

#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "server/base/clock.h"
#include "server/base/context.h"
#include "server/resource/caller.h"
#include "server/rpc/call/caller_cache.h"

namespace gitsync {

// What a handler knows about its call.
struct CallScope {
  Caller caller;
  // Ends with the caller's deadline, or at the server's limit if that is sooner.
  // Cancelled when the caller goes away.
  Context context;
  // The caller's x-request-id, or a generated one.
  std::string request_id;
};

// One call's scope, its credentials, and its line in the log. Used by one thread at a
// time, except `scope().context`.
class Call {
 public:
  // Reads the call's metadata and deadline, and adds x-request-id to the response
  // metadata. Keeps `context`, which must live until End has been called. With a
  // `time_limit` of InfiniteDuration only the caller's deadline applies.
  Call(grpc::CallbackServerContext* context, const google::protobuf::Message& request,
       absl::Duration time_limit);

  const CallScope& scope() const { return scope_; }

  // Identifies the caller. Blocks on the store. UNAUTHENTICATED (MISSING_CREDENTIALS,
  // INVALID_CREDENTIALS).
  absl::Status Authenticate(CallerCache& callers, const Clock& clock);

  // Ends the call: logs it and returns the status to finish the reactor with.
  grpc::Status End(const absl::Status& status);

 private:
  grpc::CallbackServerContext* const context_;
  const absl::Time start_;
  std::string method_;           // "gitsync.v1.AppService.GetApp"
  std::string organization_id_;  // from the request; empty if it is not an id
  CallScope scope_;
};

// The full name of the method that this request belongs to.
std::string MethodOf(const google::protobuf::Message& request);

// The value of the request's string field, or empty if it has none.
std::string StringField(const google::protobuf::Message& request,
                        absl::string_view field);

}  // namespace gitsync

#endif  // GITSYNC_SERVER_RPC_CALL_CALL_H_
