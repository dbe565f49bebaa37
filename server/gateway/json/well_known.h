// The messages of google/protobuf that have a JSON form of their own. These overloads
// match the functions generated for all other messages.

#ifndef GITSYNC_SERVER_GATEWAY_JSON_WELL_KNOWN_H_
#define GITSYNC_SERVER_GATEWAY_JSON_WELL_KNOWN_H_

#include <google/protobuf/duration.pb.h>
#include <google/protobuf/empty.pb.h>
#include <google/protobuf/field_mask.pb.h>
#include <google/protobuf/struct.pb.h>
#include <google/protobuf/timestamp.pb.h>
#include <google/protobuf/wrappers.pb.h>

#include "server/gateway/json/json_reader.h"
#include "server/gateway/json/json_writer.h"

namespace gitsync::gateway {

// The names of google.protobuf.NullValue, for fields of that type.
absl::Span<const EnumName> EnumNames(google::protobuf::NullValue);

void WriteJson(const google::protobuf::Timestamp& message, JsonWriter& writer);
void WriteJson(const google::protobuf::Duration& message, JsonWriter& writer);
void WriteJson(const google::protobuf::FieldMask& message, JsonWriter& writer);
void WriteJson(const google::protobuf::Empty& message, JsonWriter& writer);
void WriteJson(const google::protobuf::Struct& message, JsonWriter& writer);
void WriteJson(const google::protobuf::Value& message, JsonWriter& writer);
void WriteJson(const google::protobuf::ListValue& message, JsonWriter& writer);
void WriteJson(const google::protobuf::BoolValue& message, JsonWriter& writer);
void WriteJson(const google::protobuf::Int32Value& message, JsonWriter& writer);
void WriteJson(const google::protobuf::Int64Value& message, JsonWriter& writer);
void WriteJson(const google::protobuf::UInt32Value& message, JsonWriter& writer);
void WriteJson(const google::protobuf::UInt64Value& message, JsonWriter& writer);
void WriteJson(const google::protobuf::FloatValue& message, JsonWriter& writer);
void WriteJson(const google::protobuf::DoubleValue& message, JsonWriter& writer);
void WriteJson(const google::protobuf::StringValue& message, JsonWriter& writer);
void WriteJson(const google::protobuf::BytesValue& message, JsonWriter& writer);

void ReadJson(JsonReader& reader, google::protobuf::Timestamp* message);
void ReadJson(JsonReader& reader, google::protobuf::Duration* message);
void ReadJson(JsonReader& reader, google::protobuf::FieldMask* message);
void ReadJson(JsonReader& reader, google::protobuf::Empty* message);
void ReadJson(JsonReader& reader, google::protobuf::Struct* message);
void ReadJson(JsonReader& reader, google::protobuf::Value* message);
void ReadJson(JsonReader& reader, google::protobuf::ListValue* message);
void ReadJson(JsonReader& reader, google::protobuf::BoolValue* message);
void ReadJson(JsonReader& reader, google::protobuf::Int32Value* message);
void ReadJson(JsonReader& reader, google::protobuf::Int64Value* message);
void ReadJson(JsonReader& reader, google::protobuf::UInt32Value* message);
void ReadJson(JsonReader& reader, google::protobuf::UInt64Value* message);
void ReadJson(JsonReader& reader, google::protobuf::FloatValue* message);
void ReadJson(JsonReader& reader, google::protobuf::DoubleValue* message);
void ReadJson(JsonReader& reader, google::protobuf::StringValue* message);
void ReadJson(JsonReader& reader, google::protobuf::BytesValue* message);

}  // namespace gitsync::gateway

#endif  // GITSYNC_SERVER_GATEWAY_JSON_WELL_KNOWN_H_
