// Makes a repeated mutation harmless. The same request id of the same access token gets
// the first answer, even after a restart, because the answer is stored in the
// transaction of the change itself.
//
// The operations of sync_service.h store their requests themselves; they take the
// RequestKey that is made here.

#ifndef GITSYNC_SERVER_RPC_IDEMPOTENCY_H_
#define GITSYNC_SERVER_RPC_IDEMPOTENCY_H_

#include <google/protobuf/message.h>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "server/operation/operation_runner.h"
#include "server/resource/caller.h"
#include "storage/store.h"

namespace gitsync {

// The key of a request, from its field `request_id`; empty if the field is empty.
RequestKey KeyOf(const Caller& caller, const google::protobuf::Message& request);

// Finds the earlier answer to a request; false if there is none. INVALID_ARGUMENT
// (REQUEST_ID_REUSED) if the id was used for another request.
absl::StatusOr<bool> FindAnswer(const Transaction& tx, const RequestKey& key,
                                google::protobuf::Message* response);

// Stores the answer to a request, in the transaction that makes it true. Does nothing
// for an empty key.
absl::Status KeepAnswer(Transaction& tx, const RequestKey& key,
                        const google::protobuf::Message& response, absl::Time now);

// Answers a mutation of the store: with the earlier answer, or by running `use_case` in
// a write transaction. The use case fills in `response`, which is then stored. Returns
// whether the use case ran. Blocks on the store.
absl::StatusOr<bool> WriteOnce(Store& store, const RequestKey& key, absl::Time now,
                               google::protobuf::Message* response,
                               absl::FunctionRef<absl::Status(Transaction&)> use_case);

}  // namespace gitsync

#endif  // GITSYNC_SERVER_RPC_IDEMPOTENCY_H_
