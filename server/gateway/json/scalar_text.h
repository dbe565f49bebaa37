// The text forms that proto3 JSON has for what is no JSON value of its own: 64-bit
// numbers, bytes, times, field masks. Query parameters and path variables have the
// same.
//
// A Parse function returns false if `text` is no such value, and may have changed the
// target then. An Append function returns false if the value has no text (out of the
// range that the specification gives it).

#ifndef GITSYNC_SERVER_GATEWAY_JSON_SCALAR_TEXT_H_
#define GITSYNC_SERVER_GATEWAY_JSON_SCALAR_TEXT_H_

#include <google/protobuf/duration.pb.h>
#include <google/protobuf/field_mask.pb.h>
#include <google/protobuf/timestamp.pb.h>

#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"

namespace gitsync::gateway {

// A JSON number that is a whole one: "12", "-3", "1e3" and "2.0", not "1.5".
bool ParseInteger(absl::string_view text, int32_t* value);
bool ParseInteger(absl::string_view text, int64_t* value);
bool ParseInteger(absl::string_view text, uint32_t* value);
bool ParseInteger(absl::string_view text, uint64_t* value);

// A JSON number in the type's range, "NaN", "Infinity" or "-Infinity".
bool ParseFloat(absl::string_view text, float* value);
bool ParseFloat(absl::string_view text, double* value);
// The shortest text that is the same number when read; not for infinities and NaN.
void AppendFloat(float value, std::string* out);
void AppendFloat(double value, std::string* out);

// Base64 with the standard or the URL alphabet, with padding or without.
bool ParseBytes(absl::string_view text, std::string* value);

// RFC 3339: "2026-01-31T10:00:00.5+02:00", years 1 to 9999, up to nanoseconds.
bool ParseTimestamp(absl::string_view text, google::protobuf::Timestamp* value);
// With "Z", and 0, 3, 6 or 9 digits after the second.
bool AppendTimestamp(const google::protobuf::Timestamp& value, std::string* out);

// Seconds with "s" at the end: "1.5s", "-0.000000001s".
bool ParseDuration(absl::string_view text, google::protobuf::Duration* value);
bool AppendDuration(const google::protobuf::Duration& value, std::string* out);

// Paths in lowerCamelCase or as in the proto, with commas between them:
// "name,gitState.commitId". The mask has them in snake_case, as in the proto.
bool ParseFieldMask(absl::string_view text, google::protobuf::FieldMask* value);
// False if a path would come back as another one.
bool AppendFieldMask(const google::protobuf::FieldMask& value, std::string* out);

}  // namespace gitsync::gateway

#endif  // GITSYNC_SERVER_GATEWAY_JSON_SCALAR_TEXT_H_
