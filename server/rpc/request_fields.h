// Fields that requests have in common: request ids and field masks.

#ifndef GITSYNC_SERVER_RPC_REQUEST_FIELDS_H_
#define GITSYNC_SERVER_RPC_REQUEST_FIELDS_H_

#include <google/protobuf/field_mask.pb.h>
#include <google/protobuf/message.h>

#include <initializer_list>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "server/resource/validation.h"

namespace gitsync {

// Checks the field `request_id`, if the request has one.
Violations CheckRequestId(const google::protobuf::Message& request);

// Combines `found` and the violations of `check`, the error of a Check function, into
// one error; OK if there is neither.
absl::Status MergeViolations(Violations found, const absl::Status& check);

// Which fields an update changes: those that its mask names, or without a mask those
// that are set.
class UpdateMask {
 public:
  // `fields` are all fields that may be updated. Other paths are added to `violations`.
  UpdateMask(const google::protobuf::FieldMask& mask,
             std::initializer_list<absl::string_view> fields, Violations& violations);

  // The new value of a field: `value` if the update changes it, otherwise nullopt. The
  // value is empty if the mask names a field that is not set.
  template <typename T>
  std::optional<T> Take(absl::string_view field, bool is_set, const T& value) const {
    return Takes(field, is_set) ? std::optional<T>(value) : std::nullopt;
  }

  bool Takes(absl::string_view field, bool is_set) const;

 private:
  const google::protobuf::FieldMask& mask_;
};

}  // namespace gitsync

#endif  // GITSYNC_SERVER_RPC_REQUEST_FIELDS_H_
