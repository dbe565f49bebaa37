#include "server/gateway/transcoding/field_text.h"

#include <cstdint>
#include <limits>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "server/base/status_macros.h"
#include "server/gateway/json/scalar_text.h"

namespace gitsync::gateway {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;

absl::Status MustBe(absl::string_view what) {
  return absl::InvalidArgumentError(absl::StrCat("must be ", what));
}

bool IsWrapper(const Descriptor& type) {
  return type.well_known_type() >= Descriptor::WELLKNOWNTYPE_DOUBLEVALUE &&
         type.well_known_type() <= Descriptor::WELLKNOWNTYPE_BOOLVALUE;
}

bool HasTextForm(const FieldDescriptor& field) {
  if (field.cpp_type() != FieldDescriptor::CPPTYPE_MESSAGE) return true;
  const Descriptor& type = *field.message_type();
  switch (type.well_known_type()) {
    case Descriptor::WELLKNOWNTYPE_TIMESTAMP:
    case Descriptor::WELLKNOWNTYPE_DURATION:
    case Descriptor::WELLKNOWNTYPE_FIELDMASK:
      return true;
    default:
      return IsWrapper(type);
  }
}

const FieldDescriptor* FindField(const Descriptor& type, absl::string_view name) {
  const std::string text(name);
  if (const auto* field = type.FindFieldByName(text)) return field;
  const auto* field = type.FindFieldByCamelcaseName(text);
  if (field != nullptr && field->json_name() == text) return field;
  for (int i = 0; i < type.field_count(); ++i) {
    if (type.field(i)->json_name() == text) return type.field(i);
  }
  return nullptr;
}

template <typename T>
absl::Status ReadInteger(absl::string_view text, T* value) {
  if (ParseInteger(text, value)) return absl::OkStatus();
  return MustBe(absl::StrCat("a whole number from ", std::numeric_limits<T>::min(),
                             " to ", std::numeric_limits<T>::max()));
}

template <typename T>
absl::Status ReadFloat(absl::string_view text, T* value) {
  if (ParseFloat(text, value)) return absl::OkStatus();
  return MustBe("a number in the field's range, NaN, Infinity or -Infinity");
}

absl::Status ReadBytes(absl::string_view text, std::string* value) {
  if (ParseBytes(text, value)) return absl::OkStatus();
  // A "+" that was not percent-encoded arrives as a space.
  return MustBe(
      "base64 (\"+\" percent-encoded as \"%2B\", or in the URL-safe alphabet)");
}

template <typename T>
absl::Status ReadAs(bool (*parse)(absl::string_view, T*), absl::string_view text,
                    absl::string_view what, Message* message) {
  T value;
  if (!parse(text, &value)) return MustBe(what);
  message->CopyFrom(value);
  return absl::OkStatus();
}

absl::Status ReadWellKnown(absl::string_view text, Message* message) {
  switch (message->GetDescriptor()->well_known_type()) {
    case Descriptor::WELLKNOWNTYPE_TIMESTAMP:
      return ReadAs(&ParseTimestamp, text, "a time such as \"2024-01-31T12:00:00Z\"",
                    message);
    case Descriptor::WELLKNOWNTYPE_DURATION:
      return ReadAs(&ParseDuration, text, "a duration in seconds such as \"1.5s\"",
                    message);
    case Descriptor::WELLKNOWNTYPE_FIELDMASK:
      return ReadAs(&ParseFieldMask, text, "names of fields with commas between them",
                    message);
    default:
      return SetFromText(*message->GetDescriptor()->field(0), text, message);
  }
}

absl::Status SetEnum(const FieldDescriptor& field, absl::string_view text,
                     Message* message) {
  const google::protobuf::EnumDescriptor& type = *field.enum_type();
  const auto* value = type.FindValueByName(std::string(text));
  int32_t number = 0;
  if (value == nullptr && ParseInteger(text, &number)) {
    value = type.FindValueByNumber(number);
  }
  if (value == nullptr) {
    return MustBe(absl::StrCat("a value of ", type.full_name(),
                               ", by name or number, for example ",
                               type.value(type.value_count() - 1)->name()));
  }
  const Reflection& reflection = *message->GetReflection();
  if (field.is_repeated()) {
    reflection.AddEnum(message, &field, value);
  } else {
    reflection.SetEnum(message, &field, value);
  }
  return absl::OkStatus();
}

// Calls the reflection method for a singular or a repeated field.
template <typename T>
void Store(const FieldDescriptor& field, Message* message, T value,
           void (Reflection::*set)(Message*, const FieldDescriptor*, T) const,
           void (Reflection::*add)(Message*, const FieldDescriptor*, T) const) {
  const Reflection& reflection = *message->GetReflection();
  (reflection.*(field.is_repeated() ? add : set))(message, &field, std::move(value));
}

}  // namespace

absl::StatusOr<FieldPath> ResolveFieldPath(const Descriptor& type,
                                           absl::string_view names) {
  FieldPath path;
  const Descriptor* parent = &type;
  for (const absl::string_view name : absl::StrSplit(names, '.')) {
    if (!path.empty()) {
      const FieldDescriptor& last = *path.back();
      if (last.cpp_type() != FieldDescriptor::CPPTYPE_MESSAGE || last.is_repeated()) {
        return absl::InvalidArgumentError(absl::StrCat(
            "\"", last.json_name(), "\" has no fields to name one by one"));
      }
      parent = last.message_type();
    }
    const FieldDescriptor* field = FindField(*parent, name);
    if (field == nullptr) {
      return absl::InvalidArgumentError(
          absl::StrCat("there is no field \"", name, "\""));
    }
    path.push_back(field);
  }
  if (!HasTextForm(*path.back())) {
    return absl::InvalidArgumentError(
        absl::StrCat("\"", path.back()->json_name(),
                     "\" is a message: name one of its fields, after a dot"));
  }
  return path;
}

Message* MutableParent(const FieldPath& path, Message* message) {
  for (size_t i = 0; i + 1 < path.size(); ++i) {
    message = message->GetReflection()->MutableMessage(message, path[i]);
  }
  return message;
}

absl::Status SetFromText(const FieldDescriptor& field, absl::string_view text,
                         Message* message) {
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_INT32: {
      int32_t value = 0;
      RETURN_IF_ERROR(ReadInteger(text, &value));
      Store(field, message, value, &Reflection::SetInt32, &Reflection::AddInt32);
      return absl::OkStatus();
    }
    case FieldDescriptor::CPPTYPE_INT64: {
      int64_t value = 0;
      RETURN_IF_ERROR(ReadInteger(text, &value));
      Store(field, message, value, &Reflection::SetInt64, &Reflection::AddInt64);
      return absl::OkStatus();
    }
    case FieldDescriptor::CPPTYPE_UINT32: {
      uint32_t value = 0;
      RETURN_IF_ERROR(ReadInteger(text, &value));
      Store(field, message, value, &Reflection::SetUInt32, &Reflection::AddUInt32);
      return absl::OkStatus();
    }
    case FieldDescriptor::CPPTYPE_UINT64: {
      uint64_t value = 0;
      RETURN_IF_ERROR(ReadInteger(text, &value));
      Store(field, message, value, &Reflection::SetUInt64, &Reflection::AddUInt64);
      return absl::OkStatus();
    }
    case FieldDescriptor::CPPTYPE_DOUBLE: {
      double value = 0;
      RETURN_IF_ERROR(ReadFloat(text, &value));
      Store(field, message, value, &Reflection::SetDouble, &Reflection::AddDouble);
      return absl::OkStatus();
    }
    case FieldDescriptor::CPPTYPE_FLOAT: {
      float value = 0;
      RETURN_IF_ERROR(ReadFloat(text, &value));
      Store(field, message, value, &Reflection::SetFloat, &Reflection::AddFloat);
      return absl::OkStatus();
    }
    case FieldDescriptor::CPPTYPE_BOOL: {
      if (text != "true" && text != "false") return MustBe("true or false");
      Store(field, message, text == "true", &Reflection::SetBool, &Reflection::AddBool);
      return absl::OkStatus();
    }
    case FieldDescriptor::CPPTYPE_ENUM:
      return SetEnum(field, text, message);
    case FieldDescriptor::CPPTYPE_STRING: {
      std::string value;
      if (field.type() == FieldDescriptor::TYPE_BYTES) {
        RETURN_IF_ERROR(ReadBytes(text, &value));
      } else {
        value = std::string(text);
      }
      Store(field, message, std::move(value), &Reflection::SetString,
            &Reflection::AddString);
      return absl::OkStatus();
    }
    case FieldDescriptor::CPPTYPE_MESSAGE: {
      const Reflection& reflection = *message->GetReflection();
      return ReadWellKnown(text, field.is_repeated()
                                     ? reflection.AddMessage(message, &field)
                                     : reflection.MutableMessage(message, &field));
    }
  }
  return MustBe("of a type that this server knows");
}

bool IsSet(const FieldDescriptor& field, const Message& message) {
  const Reflection& reflection = *message.GetReflection();
  return field.is_repeated() ? reflection.FieldSize(message, &field) > 0
                             : reflection.HasField(message, &field);
}

}  // namespace gitsync::gateway
