#include "server/gateway/codegen/openapi_schema.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/strip.h"
#include "gitsync/options/v1/rest.pb.h"
#include "server/gateway/codegen/comments.h"
#include "server/gateway/codegen/messages.h"

namespace gitsync::gateway::codegen {
namespace {

using ::google::protobuf::Descriptor;
using ::google::protobuf::EnumDescriptor;
using ::google::protobuf::FieldDescriptor;

// Whether a single value of the field is described by a reference.
bool IsReference(const FieldDescriptor* field) {
  if (field->message_type() != nullptr) return !IsWellKnown(field->message_type());
  return field->enum_type() != nullptr && !TakesNull(field);
}

std::string DescriptionOf(const Descriptor* message) {
  std::string text = CommentOf(message);
  for (int i = 0; i < message->real_oneof_decl_count(); ++i) {
    std::vector<std::string> names;
    for (int k = 0; k < message->oneof_decl(i)->field_count(); ++k) {
      names.push_back(
          absl::StrCat("`", message->oneof_decl(i)->field(k)->json_name(), "`"));
    }
    absl::StrAppend(&text, text.empty() ? "" : "\n\n", "At most one of ",
                    absl::StrJoin(names, ", "), " is set.");
  }
  return text;
}

}  // namespace

std::string SchemaWriter::NameOf(absl::string_view full_name) const {
  absl::ConsumePrefix(&full_name, package_ + ".");
  return std::string(full_name);
}

void SchemaWriter::WriteMessage(const Message* message) {
  if (!IsWellKnown(message)) {
    if (known_.insert(message).second) messages_.push_back(message);
    return WriteReference(message->full_name());
  }
  out_.BeginObject();
  WriteMembers(message);
  out_.EndObject();
}

void SchemaWriter::WriteMessageWithout(const Message* message,
                                       const std::set<const Field*>& without) {
  WriteObject(message, without);
}

void SchemaWriter::WriteReference(absl::string_view full_name) {
  out_.BeginObject();
  out_.TextKey("$ref");
  out_.String(absl::StrCat("#/components/schemas/", NameOf(full_name)));
  out_.EndObject();
}

void SchemaWriter::WriteType(const char* type, const char* format) {
  out_.TextKey("type");
  out_.String(type);
  if (format == nullptr) return;
  out_.TextKey("format");
  out_.String(format);
}

void SchemaWriter::WriteField(const Field* field, bool described) {
  const std::string comment = described ? CommentOf(field) : "";
  if (comment.empty() && !field->is_repeated()) return WriteSingle(field);
  out_.BeginObject();
  if (!comment.empty()) {
    out_.TextKey("description");
    out_.String(comment);
  }
  if (field->is_map()) {
    WriteType("object");
    out_.TextKey("additionalProperties");
    WriteSingle(field->message_type()->map_value());
  } else if (field->is_repeated()) {
    WriteType("array");
    out_.TextKey("items");
    WriteSingle(field);
  } else if (IsReference(field)) {
    // A reference can't have siblings.
    out_.TextKey("allOf");
    out_.BeginArray();
    WriteSingle(field);
    out_.EndArray();
  } else {
    WriteMembers(field);
  }
  out_.EndObject();
}

void SchemaWriter::WriteSingle(const Field* field) {
  if (field->message_type() != nullptr) return WriteMessage(field->message_type());
  if (IsReference(field)) {
    if (known_.insert(field->enum_type()).second) enums_.push_back(field->enum_type());
    return WriteReference(field->enum_type()->full_name());
  }
  out_.BeginObject();
  WriteMembers(field);
  out_.EndObject();
}

void SchemaWriter::WriteMembers(const Field* field) {
  switch (field->cpp_type()) {
    case Field::CPPTYPE_INT32:
      return WriteType("integer", "int32");
    case Field::CPPTYPE_UINT32:
      WriteType("integer", "int64");
      out_.TextKey("minimum");
      return out_.Number(int32_t{0});
    case Field::CPPTYPE_INT64:
      return WriteType("string", "int64");
    case Field::CPPTYPE_UINT64:
      return WriteType("string", "uint64");
    case Field::CPPTYPE_DOUBLE:
      return WriteType("number", "double");
    case Field::CPPTYPE_FLOAT:
      return WriteType("number", "float");
    case Field::CPPTYPE_BOOL:
      return WriteType("boolean");
    case Field::CPPTYPE_STRING:
      if (IsNestedJson(field)) return WriteType("object");
      return field->type() == Field::TYPE_BYTES ? WriteType("string", "byte")
                                                : WriteType("string");
    case Field::CPPTYPE_MESSAGE:
      return WriteMembers(field->message_type());
    case Field::CPPTYPE_ENUM:
      return;  // google.protobuf.NullValue
  }
}

void SchemaWriter::WriteMembers(const Message* well_known) {
  const absl::string_view name = well_known->name();
  if (name == "Value") return;  // anything
  if (name == "Timestamp") return WriteType("string", "date-time");
  if (name == "Duration" || name == "FieldMask") return WriteType("string");
  if (name == "ListValue") {
    WriteType("array");
    out_.TextKey("items");
    out_.BeginObject();
    return out_.EndObject();
  }
  if (absl::EndsWith(name, "Value")) {
    return WriteMembers(well_known->FindFieldByName("value"));
  }
  WriteType("object");
}

void SchemaWriter::WriteObject(const Message* message,
                               const std::set<const Field*>& without) {
  out_.BeginObject();
  WriteType("object");
  if (const std::string text = DescriptionOf(message); !text.empty()) {
    out_.TextKey("description");
    out_.String(text);
  }
  std::vector<const Field*> fields;
  bool any_required = false;
  for (int i = 0; i < message->field_count(); ++i) {
    if (without.count(message->field(i)) > 0) continue;
    fields.push_back(message->field(i));
    any_required |= message->field(i)->options().GetExtension(options::v1::required);
  }
  if (any_required) {
    out_.TextKey("required");
    out_.BeginArray();
    for (const Field* field : fields) {
      if (field->options().GetExtension(options::v1::required)) {
        out_.String(field->json_name());
      }
    }
    out_.EndArray();
  }
  out_.TextKey("properties");
  out_.BeginObject();
  for (const Field* field : fields) {
    out_.TextKey(field->json_name());
    WriteField(field, true);
  }
  out_.EndObject();
  out_.EndObject();
}

void SchemaWriter::WriteEnum(const Enum* type) {
  out_.BeginObject();
  WriteType("string");
  std::string text = CommentOf(type);
  for (int i = 0; i < type->value_count(); ++i) {
    const std::string comment = SummaryOf(CommentOf(type->value(i)));
    if (i == 0 && !text.empty()) text.push_back('\n');
    absl::StrAppend(&text, "\n- `", type->value(i)->name(), "`",
                    comment.empty() ? "" : ": ", comment);
  }
  out_.TextKey("description");
  out_.String(text);
  out_.TextKey("enum");
  out_.BeginArray();
  for (int i = 0; i < type->value_count(); ++i) out_.String(type->value(i)->name());
  out_.EndArray();
  out_.EndObject();
}

void SchemaWriter::WriteReferenced() {
  // Writing one message may add references to more.
  for (size_t i = 0; i < messages_.size(); ++i) {
    const Message* message = messages_[i];
    out_.TextKey(NameOf(message->full_name()));
    WriteObject(message, {});
  }
  for (const Enum* type : enums_) {
    out_.TextKey(NameOf(type->full_name()));
    WriteEnum(type);
  }
}

}  // namespace gitsync::gateway::codegen
