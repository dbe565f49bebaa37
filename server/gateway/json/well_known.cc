#include "server/gateway/json/well_known.h"

#include <cmath>
#include <string>

#include "server/gateway/json/codec.h"
#include "server/gateway/json/scalar_text.h"

namespace gitsync::gateway {
namespace {

// Reads a string with one of scalar_text.h's functions.
template <typename Message>
void ReadAsText(JsonReader& reader, bool (*parse)(absl::string_view, Message*),
                absl::string_view type, Message* message) {
  std::string text;
  if (reader.Read(&text) && !parse(text, message)) reader.Refuse(type);
}

template <typename Wrapper>
void ReadWrapped(JsonReader& reader, Wrapper* message) {
  decltype(message->value()) value{};
  if (reader.Read(&value)) message->set_value(value);
}

}  // namespace

absl::Span<const EnumName> EnumNames(google::protobuf::NullValue) {
  static constexpr EnumName kNames[] = {{"NULL_VALUE", google::protobuf::NULL_VALUE}};
  return kNames;
}

void WriteJson(const google::protobuf::Timestamp& message, JsonWriter& writer) {
  writer.Quoted([&](std::string* out) { return AppendTimestamp(message, out); });
}

void WriteJson(const google::protobuf::Duration& message, JsonWriter& writer) {
  writer.Quoted([&](std::string* out) { return AppendDuration(message, out); });
}

void WriteJson(const google::protobuf::FieldMask& message, JsonWriter& writer) {
  writer.Quoted([&](std::string* out) { return AppendFieldMask(message, out); });
}

void WriteJson(const google::protobuf::Empty&, JsonWriter& writer) {
  writer.BeginObject();
  writer.EndObject();
}

void WriteJson(const google::protobuf::Struct& message, JsonWriter& writer) {
  WriteMap(message.fields(), writer,
           [&](const google::protobuf::Value& value) { WriteJson(value, writer); });
}

void WriteJson(const google::protobuf::Value& message, JsonWriter& writer) {
  using google::protobuf::Value;
  switch (message.kind_case()) {
    case Value::kBoolValue:
      return writer.Bool(message.bool_value());
    case Value::kNumberValue:
      if (!std::isfinite(message.number_value())) {
        return writer.Fail("a google.protobuf.Value that is no JSON number");
      }
      return writer.Number(message.number_value());
    case Value::kStringValue:
      return writer.String(message.string_value());
    case Value::kStructValue:
      return WriteJson(message.struct_value(), writer);
    case Value::kListValue:
      return WriteJson(message.list_value(), writer);
    case Value::kNullValue:
    case Value::KIND_NOT_SET:
      return writer.Null();
  }
}

void WriteJson(const google::protobuf::ListValue& message, JsonWriter& writer) {
  writer.BeginArray();
  for (const google::protobuf::Value& value : message.values())
    WriteJson(value, writer);
  writer.EndArray();
}

void WriteJson(const google::protobuf::BoolValue& message, JsonWriter& writer) {
  writer.Bool(message.value());
}
void WriteJson(const google::protobuf::Int32Value& message, JsonWriter& writer) {
  writer.Number(message.value());
}
void WriteJson(const google::protobuf::Int64Value& message, JsonWriter& writer) {
  writer.Number(message.value());
}
void WriteJson(const google::protobuf::UInt32Value& message, JsonWriter& writer) {
  writer.Number(message.value());
}
void WriteJson(const google::protobuf::UInt64Value& message, JsonWriter& writer) {
  writer.Number(message.value());
}
void WriteJson(const google::protobuf::FloatValue& message, JsonWriter& writer) {
  writer.Number(message.value());
}
void WriteJson(const google::protobuf::DoubleValue& message, JsonWriter& writer) {
  writer.Number(message.value());
}
void WriteJson(const google::protobuf::StringValue& message, JsonWriter& writer) {
  writer.String(message.value());
}
void WriteJson(const google::protobuf::BytesValue& message, JsonWriter& writer) {
  writer.Bytes(message.value());
}

void ReadJson(JsonReader& reader, google::protobuf::Timestamp* message) {
  ReadAsText(reader, &ParseTimestamp,
             "has to be a time as in \"2026-01-31T10:00:00Z\", years 1 to 9999",
             message);
}

void ReadJson(JsonReader& reader, google::protobuf::Duration* message) {
  ReadAsText(reader, &ParseDuration,
             "has to be seconds as in \"1.5s\", at most 315576000000", message);
}

void ReadJson(JsonReader& reader, google::protobuf::FieldMask* message) {
  ReadAsText(reader, &ParseFieldMask,
             "has to be names of fields with commas between them", message);
}

void ReadJson(JsonReader& reader, google::protobuf::Empty*) {
  if (!reader.BeginObject()) return;
  absl::string_view key;
  while (reader.NextMember(&key)) reader.UnknownField();
}

void ReadJson(JsonReader& reader, google::protobuf::Struct* message) {
  ReadMap(reader, message->mutable_fields(),
          [&](google::protobuf::Value* value) { ReadJson(reader, value); });
}

void ReadJson(JsonReader& reader, google::protobuf::Value* message) {
  switch (reader.Peek()) {
    case 'n':
      if (reader.TakeNull()) message->set_null_value(google::protobuf::NULL_VALUE);
      return;
    case 't':
    case 'f': {
      bool value = false;
      if (reader.Read(&value)) message->set_bool_value(value);
      return;
    }
    case '"':
      reader.Read(message->mutable_string_value());
      return;
    case '{':
      return ReadJson(reader, message->mutable_struct_value());
    case '[':
      return ReadJson(reader, message->mutable_list_value());
    default: {
      double value = 0;
      if (reader.Read(&value)) message->set_number_value(value);
    }
  }
}

void ReadJson(JsonReader& reader, google::protobuf::ListValue* message) {
  if (!reader.BeginArray()) return;
  while (reader.NextElement()) ReadJson(reader, message->add_values());
}

void ReadJson(JsonReader& reader, google::protobuf::BoolValue* message) {
  ReadWrapped(reader, message);
}
void ReadJson(JsonReader& reader, google::protobuf::Int32Value* message) {
  ReadWrapped(reader, message);
}
void ReadJson(JsonReader& reader, google::protobuf::Int64Value* message) {
  ReadWrapped(reader, message);
}
void ReadJson(JsonReader& reader, google::protobuf::UInt32Value* message) {
  ReadWrapped(reader, message);
}
void ReadJson(JsonReader& reader, google::protobuf::UInt64Value* message) {
  ReadWrapped(reader, message);
}
void ReadJson(JsonReader& reader, google::protobuf::FloatValue* message) {
  ReadWrapped(reader, message);
}
void ReadJson(JsonReader& reader, google::protobuf::DoubleValue* message) {
  ReadWrapped(reader, message);
}
void ReadJson(JsonReader& reader, google::protobuf::StringValue* message) {
  reader.Read(message->mutable_value());
}
void ReadJson(JsonReader& reader, google::protobuf::BytesValue* message) {
  reader.ReadBytes(message->mutable_value());
}

}  // namespace gitsync::gateway
