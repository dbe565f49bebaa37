// Makes a repeated mutation harmless: the same request id of the same access token
// gives the first answer, also after a restart, as that is kept in the transaction of
// the change itself.
//
// The operations of sync_service.h keep their requests by themselves; they take the
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

// The key of a request, by its field `request_id`; empty if that is.
RequestKey KeyOf(const Caller& caller, const google::protobuf::Message& request);

// Finds the answer that a request was given before; false if there is none.
// INVALID_ARGUMENT (REQUEST_ID_REUSED) if its id was used for another request.
absl::StatusOr<bool> FindAnswer(const Transaction& tx, const RequestKey& key,
                                google::protobuf::Message* response);

// Keeps the answer to a request, in the transaction that makes it true. Nothing to do
// for an empty key.
absl::Status KeepAnswer(Transaction& tx, const RequestKey& key,
                        const google::protobuf::Message& response, absl::Time now);

// Answers a mutation of the store: with what it was answered before, or by running
// `use_case` in a write transaction, which fills in `response`, and keeping that.
// Returns whether the use case ran. Blocks on the store.
absl::StatusOr<bool> WriteOnce(Store& store, const RequestKey& key, absl::Time now,
                               google::protobuf::Message* response,
                               absl::FunctionRef<absl::Status(Transaction&)> use_case);

}  // namespace gitsync

#endif  // GITSYNC_SERVER_RPC_IDEMPOTENCY_H_
