#include "server/rpc/idempotency.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "server/base/error.h"
#include "server/base/status_macros.h"
#include "server/rpc/call/call.h"
#include "server/rpc/hash.h"

namespace gitsync {

RequestKey KeyOf(const Caller& caller, const google::protobuf::Message& request) {
  const std::string request_id = StringField(request, "request_id");
  if (request_id.empty()) return RequestKey();
  return RequestKey{absl::StrCat(caller.token_id, "/", request_id),
                    HashMessage(request)};
}

absl::StatusOr<bool> FindAnswer(const Transaction& tx, const RequestKey& key,
                                google::protobuf::Message* response) {
  if (key.key.empty()) return false;
  const absl::StatusOr<RequestRow> row = tx.requests().Get(key.key);
  if (absl::IsNotFound(row.status())) return false;
  RETURN_IF_ERROR(row.status());
  RETURN_IF_ERROR(CheckSameRequest(*row, key));
  if (!response->ParseFromString(row->response)) {
    return InternalError("a kept answer can't be read");
  }
  return true;
}

absl::Status KeepAnswer(Transaction& tx, const RequestKey& key,
                        const google::protobuf::Message& response, absl::Time now) {
  if (key.key.empty()) return absl::OkStatus();
  RequestRow row;
  row.key = key.key;
  row.fingerprint = key.fingerprint;
  row.response = response.SerializeAsString();
  row.create_time = now;
  return tx.requests().Insert(row);
}

absl::StatusOr<bool> WriteOnce(Store& store, const RequestKey& key, absl::Time now,
                               google::protobuf::Message* response,
                               absl::FunctionRef<absl::Status(Transaction&)> use_case) {
  bool ran = false;
  RETURN_IF_ERROR(store.Write([&](Transaction& tx) -> absl::Status {
    ASSIGN_OR_RETURN(const bool answered, FindAnswer(tx, key, response));
    if (answered) return absl::OkStatus();
    ran = true;
    RETURN_IF_ERROR(use_case(tx));
    return KeepAnswer(tx, key, *response, now);
  }));
  return ran;
}

}  // namespace gitsync
