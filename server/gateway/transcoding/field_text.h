// Fields of a request that come as text, from the path or the query.

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

// From a message to one of its fields, or to one of a message in it. All but the last
// are singular messages.
using FieldPath = std::vector<const google::protobuf::FieldDescriptor*>;

// Finds a field by its names with dots between, each as in the proto or as in JSON.
// INVALID_ARGUMENT, bare, if there is none, or it can't be written as text: a message
// that has no text form, a map, or a field of a repeated message.
absl::StatusOr<FieldPath> ResolveFieldPath(const google::protobuf::Descriptor& type,
                                           absl::string_view names);

// The message that holds the path's last field, made if it is not there yet.
google::protobuf::Message* MutableParent(const FieldPath& path,
                                         google::protobuf::Message* message);

// Sets a field of `message` from text, or adds it to a repeated one, as the text of a
// proto3 JSON value (json/scalar_text.h): wrappers as what they wrap, and of enums only
// values that are known. INVALID_ARGUMENT, bare, with what the text must be.
absl::Status SetFromText(const google::protobuf::FieldDescriptor& field,
                         absl::string_view text, google::protobuf::Message* message);

// Whether the field is there: set, or other than its default where that can't be told.
bool IsSet(const google::protobuf::FieldDescriptor& field,
           const google::protobuf::Message& message);

}  // namespace gitsync::gateway

#endif  // GITSYNC_SERVER_GATEWAY_TRANSCODING_FIELD_TEXT_H_
