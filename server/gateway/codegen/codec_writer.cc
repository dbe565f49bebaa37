#include "server/gateway/codegen/codec_writer.h"

#include <google/protobuf/compiler/cpp/names.h>

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "server/gateway/codegen/messages.h"

namespace gitsync::gateway::codegen {
namespace {

using ::google::protobuf::Descriptor;
using ::google::protobuf::EnumDescriptor;
using ::google::protobuf::FieldDescriptor;
using ::google::protobuf::io::Printer;
namespace cpp = ::google::protobuf::compiler::cpp;

using Variables = std::map<std::string, std::string>;

std::string Quoted(absl::string_view text) {
  return absl::StrCat("\"", absl::CEscape(text), "\"");
}

std::string ScalarType(const FieldDescriptor* field) {
  switch (field->cpp_type()) {
    case FieldDescriptor::CPPTYPE_INT32:
      return "int32_t";
    case FieldDescriptor::CPPTYPE_INT64:
      return "int64_t";
    case FieldDescriptor::CPPTYPE_UINT32:
      return "uint32_t";
    case FieldDescriptor::CPPTYPE_UINT64:
      return "uint64_t";
    case FieldDescriptor::CPPTYPE_DOUBLE:
      return "double";
    case FieldDescriptor::CPPTYPE_FLOAT:
      return "float";
    case FieldDescriptor::CPPTYPE_BOOL:
      return "bool";
    default:
      return "std::string";
  }
}

bool IsText(const FieldDescriptor* field) {
  return field->cpp_type() == FieldDescriptor::CPPTYPE_STRING;
}

// Code that reads the value into `target`, an expression for a pointer to it.
std::string ReadInto(const FieldDescriptor* field, const std::string& target) {
  if (field->message_type() != nullptr) {
    return absl::StrCat("ReadJson(reader, ", target, ");");
  }
  if (field->type() == FieldDescriptor::TYPE_BYTES) {
    return absl::StrCat("reader.ReadBytes(", target, ");");
  }
  if (IsNestedJson(field)) {
    return absl::StrCat("if (absl::string_view json; reader.ReadRaw(&json)) ", target,
                        "->assign(json.data(), json.size());");
  }
  return absl::StrCat("reader.Read(", target, ");");
}

// Code that reads a non-text scalar and passes it to `setter`.
std::string ReadAndSet(const FieldDescriptor* field, const std::string& setter) {
  if (field->enum_type() != nullptr) {
    const std::string type = cpp::QualifiedClassName(field->enum_type());
    const std::string null = TakesNull(field) ? "reader.TakeNull() || " : "";
    return absl::StrCat("if (int value = 0; ", null, "reader.ReadEnum(EnumNames(", type,
                        "()), &value)) ", setter, "(static_cast<", type, ">(value));");
  }
  return absl::StrCat("if (", ScalarType(field), " value{}; reader.Read(&value)) ",
                      setter, "(value);");
}

std::string WriteValue(const FieldDescriptor* field, const std::string& value) {
  if (field->message_type() != nullptr) {
    return absl::StrCat("WriteJson(", value, ", writer);");
  }
  if (field->enum_type() != nullptr) {
    if (field->enum_type()->full_name() == "google.protobuf.NullValue") {
      return "writer.Null();";
    }
    return absl::StrCat("writer.Enum(EnumNames(",
                        cpp::QualifiedClassName(field->enum_type()), "()), ", value,
                        ");");
  }
  if (IsNestedJson(field)) return absl::StrCat("writer.Raw(", value, ");");
  if (field->type() == FieldDescriptor::TYPE_BYTES) {
    return absl::StrCat("writer.Bytes(", value, ");");
  }
  return absl::StrCat(IsText(field) ? "writer.String("
                      : field->cpp_type() == FieldDescriptor::CPPTYPE_BOOL
                          ? "writer.Bool("
                          : "writer.Number(",
                      value, ");");
}

Variables FieldVariables(const FieldDescriptor* field) {
  return {{"name", cpp::FieldName(field)},
          {"key", Quoted(absl::StrCat("\"", field->json_name(), "\":"))}};
}

// Defines the function that maps field names to their positions in the message.
void DefineFieldOf(const Descriptor* message, Printer& out) {
  std::map<size_t, std::vector<std::pair<std::string, int>>> by_size;
  for (int i = 0; i < message->field_count(); ++i) {
    const FieldDescriptor* field = message->field(i);
    by_size[field->json_name().size()].emplace_back(field->json_name(), i);
    if (field->json_name() != field->name()) {
      by_size[field->name().size()].emplace_back(field->name(), i);
    }
  }
  out.Print(
      "namespace {\n\n"
      "int FieldOf(absl::string_view key, const $type$*) {\n"
      "  switch (key.size()) {\n",
      "type", cpp::QualifiedClassName(message));
  for (const auto& [size, names] : by_size) {
    out.Print("    case $size$:\n", "size", absl::StrCat(size));
    for (const auto& [name, index] : names) {
      out.Print("      if (key == $name$) return $index$;\n", "name", Quoted(name),
                "index", absl::StrCat(index));
    }
    out.Print("      break;\n");
  }
  out.Print("  }\n  return -1;\n}\n\n}  // namespace\n\n");
}

void DefineReader(const Descriptor* message, Printer& out) {
  std::string null_is_value;
  for (int i = 0; i < message->field_count(); ++i) {
    if (TakesNull(message->field(i))) {
      absl::StrAppend(&null_is_value, "field != ", i, " && ");
    }
  }
  out.Print(
      "void ReadJson(JsonReader& reader, $type$* message) {\n"
      "  if (!reader.BeginObject()) return;\n"
      "  SeenFields<$count$> seen;\n",
      "type", cpp::QualifiedClassName(message), "count",
      absl::StrCat(message->field_count()));
  if (message->real_oneof_decl_count() > 0) {
    out.Print("  SeenFields<$count$> seen_oneofs;\n", "count",
              absl::StrCat(message->real_oneof_decl_count()));
  }
  out.Print(
      "  absl::string_view key;\n"
      "  while (reader.NextMember(&key)) {\n"
      "    const int field = FieldOf(key, message);\n"
      "    if (field < 0) {\n"
      "      reader.UnknownField();\n"
      "      continue;\n"
      "    }\n"
      "    if (!seen.Mark(field, reader)) continue;\n"
      "    if ($null_is_value$reader.TakeNull()) continue;\n"
      "    switch (field) {\n",
      "null_is_value", null_is_value);
  for (int i = 0; i < message->field_count(); ++i) {
    const FieldDescriptor* field = message->field(i);
    out.Print("      case $index$:\n", "index", absl::StrCat(i));
    if (const auto* oneof = field->real_containing_oneof(); oneof != nullptr) {
      out.Print("        if (!seen_oneofs.Mark($index$, reader, $problem$)) break;\n",
                "index", absl::StrCat(oneof->index()), "problem",
                Quoted(absl::StrCat("can't be given beside another one of \"",
                                    oneof->name(), "\"")));
    }
    out.Indent();
    out.Indent();
    out.Indent();
    out.Indent();
    PrintReadField(field, out);
    out.Outdent();
    out.Outdent();
    out.Outdent();
    out.Outdent();
    out.Print("        break;\n");
  }
  out.Print("    }\n  }\n}\n\n");
}

void DefineWriter(const Descriptor* message, Printer& out) {
  out.Print(
      "void WriteJson(const $type$& message, JsonWriter& writer) {\n"
      "  writer.BeginObject();\n",
      "type", cpp::QualifiedClassName(message));
  for (int i = 0; i < message->field_count(); ++i) {
    const FieldDescriptor* field = message->field(i);
    Variables variables = FieldVariables(field);
    std::string condition;
    if (!field->is_repeated() && IsNestedJson(field)) {
      condition = absl::StrCat("!message.", variables["name"], "().empty()");
    } else if (field->has_presence()) {
      condition = absl::StrCat("message.has_", variables["name"], "()");
    }
    out.Indent();
    if (!condition.empty()) {
      out.Print("if ($condition$) {\n", "condition", condition);
      out.Indent();
    }
    out.Print(variables, "writer.Key($key$);\n");
    PrintWriteField(field, out);
    if (!condition.empty()) {
      out.Outdent();
      out.Print("}\n");
    }
    out.Outdent();
  }
  out.Print("  writer.EndObject();\n}\n\n");
}

}  // namespace

void DeclareCodec(const Descriptor* message, Printer& out) {
  out.Print(
      "void WriteJson(const $type$& message, JsonWriter& writer);\n"
      "void ReadJson(JsonReader& reader, $type$* message);\n",
      "type", cpp::QualifiedClassName(message));
}

void DeclareNames(const EnumDescriptor* type, Printer& out) {
  out.Print("absl::Span<const EnumName> EnumNames($type$);\n", "type",
            cpp::QualifiedClassName(type));
}

void DefineNames(const EnumDescriptor* type, Printer& out) {
  out.Print(
      "absl::Span<const EnumName> EnumNames($type$) {\n"
      "  static constexpr EnumName kNames[] = {\n",
      "type", cpp::QualifiedClassName(type));
  for (int i = 0; i < type->value_count(); ++i) {
    out.Print("    {$name$, $number$},\n", "name", Quoted(type->value(i)->name()),
              "number", absl::StrCat(type->value(i)->number()));
  }
  out.Print("  };\n  return kNames;\n}\n\n");
}

void DefineCodec(const Descriptor* message, Printer& out) {
  if (message->field_count() == 0) {
    out.Print(
        "void WriteJson(const $type$&, JsonWriter& writer) {\n"
        "  writer.BeginObject();\n"
        "  writer.EndObject();\n"
        "}\n\n"
        "void ReadJson(JsonReader& reader, $type$*) {\n"
        "  if (!reader.BeginObject()) return;\n"
        "  absl::string_view key;\n"
        "  while (reader.NextMember(&key)) reader.UnknownField();\n"
        "}\n\n",
        "type", cpp::QualifiedClassName(message));
    return;
  }
  DefineFieldOf(message, out);
  DefineReader(message, out);
  DefineWriter(message, out);
}

void PrintReadField(const FieldDescriptor* field, Printer& out) {
  const std::string name = cpp::FieldName(field);
  if (field->is_map()) {
    const FieldDescriptor* value = field->message_type()->map_value();
    const bool in_place = value->message_type() != nullptr || IsText(value);
    out.Print(
        "ReadMap(reader, message->mutable_$name$(), [&](auto* entry) { $read$ });\n",
        "name", name, "read",
        in_place ? ReadInto(value, "entry") : ReadAndSet(value, "*entry = "));
    return;
  }
  const bool in_place = field->message_type() != nullptr || IsText(field);
  if (field->is_repeated()) {
    const std::string add = absl::StrCat("message->add_", name);
    out.Print(
        "ReadArray(reader, [&] { $read$ });\n", "read",
        in_place ? ReadInto(field, absl::StrCat(add, "()")) : ReadAndSet(field, add));
    return;
  }
  out.Print("$read$\n", "read",
            in_place ? ReadInto(field, absl::StrCat("message->mutable_", name, "()"))
                     : ReadAndSet(field, absl::StrCat("message->set_", name)));
}

void PrintWriteField(const FieldDescriptor* field, Printer& out) {
  const std::string value = absl::StrCat("message.", cpp::FieldName(field), "()");
  if (field->is_map()) {
    out.Print("WriteMap($map$, writer, [&](const auto& value) { $write$ });\n", "map",
              value, "write", WriteValue(field->message_type()->map_value(), "value"));
  } else if (field->is_repeated()) {
    out.Print(
        "writer.BeginArray();\n"
        "for (const auto& value : $value$) $write$\n"
        "writer.EndArray();\n",
        "value", value, "write",
        WriteValue(field, field->enum_type() != nullptr ? "static_cast<int>(value)"
                                                        : "value"));
  } else {
    out.Print("$write$\n", "write", WriteValue(field, value));
  }
}

}  // namespace gitsync::gateway::codegen
