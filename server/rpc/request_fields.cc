#include "server/rpc/request_fields.h"

#include <algorithm>

#include "absl/strings/cord.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "google/rpc/error_details.pb.h"
#include "server/rpc/call/call.h"

namespace gitsync {

Violations CheckRequestId(const google::protobuf::Message& request) {
  Violations violations;
  violations.CheckRequestId("request_id", StringField(request, "request_id"));
  return violations;
}

absl::Status MergeViolations(Violations found, const absl::Status& check) {
  if (found.empty()) return check;
  const auto payload = check.GetPayload("type.googleapis.com/google.rpc.BadRequest");
  google::rpc::BadRequest bad_request;
  if (payload) bad_request.ParseFromString(std::string(*payload));
  for (const auto& violation : bad_request.field_violations()) {
    found.Add(violation.field(), absl::string_view(violation.description()));
  }
  return found.ToStatus();
}

UpdateMask::UpdateMask(const google::protobuf::FieldMask& mask,
                       std::initializer_list<absl::string_view> fields,
                       Violations& violations)
    : mask_(mask) {
  for (const std::string& path : mask.paths()) {
    if (std::find(fields.begin(), fields.end(), path) != fields.end()) continue;
    violations.Add("update_mask",
                   absl::string_view(absl::StrCat(
                       "must name fields of ", absl::StrJoin(fields, ", "), " only")));
    return;
  }
}

bool UpdateMask::Takes(absl::string_view field, bool is_set) const {
  if (mask_.paths().empty()) return is_set;
  return std::find(mask_.paths().begin(), mask_.paths().end(), field) !=
         mask_.paths().end();
}

}  // namespace gitsync
