// The text forms that proto3 JSON defines for values without a JSON type of their own:
// 64-bit numbers, bytes, times, field masks. Query parameters and path variables use
// the same forms.
//
// A Parse function returns false if `text` is not such a value; it may have changed the
// target then. An Append function returns false if the value has no text because it is
// outside the range that the specification defines.

#ifndef GITSYNC_SERVER_GATEWAY_JSON_SCALAR_TEXT_H_
#define GITSYNC_SERVER_GATEWAY_JSON_SCALAR_TEXT_H_

#include <google/protobuf/duration.pb.h>
#include <google/protobuf/field_mask.pb.h>
#include <google/protobuf/timestamp.pb.h>

#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"

namespace gitsync::gateway {

// A JSON number that is an integer: "12", "-3", "1e3" and "2.0", but not "1.5".
bool ParseInteger(absl::string_view text, int32_t* value);
bool ParseInteger(absl::string_view text, int64_t* value);
bool ParseInteger(absl::string_view text, uint32_t* value);
bool ParseInteger(absl::string_view text, uint64_t* value);

// A JSON number in the type's range, or "NaN", "Infinity" or "-Infinity".
bool ParseFloat(absl::string_view text, float* value);
bool ParseFloat(absl::string_view text, double* value);
// The shortest text that parses back to the same number; not for infinities and NaN.
void AppendFloat(float value, std::string* out);
void AppendFloat(double value, std::string* out);

// Base64 with the standard or the URL alphabet, with padding or without.
bool ParseBytes(absl::string_view text, std::string* value);

// RFC 3339: "2026-01-31T10:00:00.5+02:00", years 1 to 9999, up to nanoseconds.
bool ParseTimestamp(absl::string_view text, google::protobuf::Timestamp* value);
// With "Z", and 0, 3, 6 or 9 digits after the second.
bool AppendTimestamp(const google::protobuf::Timestamp& value, std::string* out);

// Seconds with the suffix "s": "1.5s", "-0.000000001s".
bool ParseDuration(absl::string_view text, google::protobuf::Duration* value);
bool AppendDuration(const google::protobuf::Duration& value, std::string* out);

// Comma-separated paths in lowerCamelCase or as in the proto: "name,gitState.commitId".
// The mask gets them in snake_case, as in the proto.
bool ParseFieldMask(absl::string_view text, google::protobuf::FieldMask* value);
// False if a path would not survive a round trip.
bool AppendFieldMask(const google::protobuf::FieldMask& value, std::string* out);

}  // namespace gitsync::gateway

#endif  // GITSYNC_SERVER_GATEWAY_JSON_SCALAR_TEXT_H_
