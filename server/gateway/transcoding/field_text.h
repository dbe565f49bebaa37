// Request fields that are given as text, in the path or the query.

#ifndef GITSYNC_SERVER_GATEWAY_TRANSCODING_FIELD_TEXT_H_
#define GITSYNC_SERVER_GATEWAY_TRANSCODING_FIELD_TEXT_H_

#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace gitsync::gateway {

// The path from a message to one of its fields, possibly nested. All elements but the
// last are singular messages.
using FieldPath = std::vector<const google::protobuf::FieldDescriptor*>;

// Finds a field by its dotted name, each part as in the proto or as in JSON.
// INVALID_ARGUMENT, bare, if there is no such field, or it can't be written as text: a
// message without a text form, a map, or a field inside a repeated message.
absl::StatusOr<FieldPath> ResolveFieldPath(const google::protobuf::Descriptor& type,
                                           absl::string_view names);

// The message that holds the path's last field, created if it does not exist yet.
google::protobuf::Message* MutableParent(const FieldPath& path,
                                         google::protobuf::Message* message);

// Sets a field of `message` from the text of a proto3 JSON value (json/scalar_text.h),
// or appends it to a repeated field. Wrappers take what they wrap; enums accept only
// known values. INVALID_ARGUMENT, bare, stating what the text must be.
absl::Status SetFromText(const google::protobuf::FieldDescriptor& field,
                         absl::string_view text, google::protobuf::Message* message);

// Whether the field is set or, where presence is not tracked, differs from its default.
bool IsSet(const google::protobuf::FieldDescriptor& field,
           const google::protobuf::Message& message);

}  // namespace gitsync::gateway

#endif  // GITSYNC_SERVER_GATEWAY_TRANSCODING_FIELD_TEXT_H_
