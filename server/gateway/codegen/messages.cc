#include "server/gateway/codegen/messages.h"

#include <algorithm>
#include <iterator>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "server/gateway/json/json_scanner.h"

namespace gitsync::gateway::codegen {
namespace {

using ::google::protobuf::Descriptor;
using ::google::protobuf::EnumDescriptor;
using ::google::protobuf::FieldDescriptor;
using ::google::protobuf::FileDescriptor;

// The JSON form of Any depends on a type that the caller names. For some texts,
// libprotobuf's reader of Any ends the process, so callers' texts must not reach it.
constexpr absl::string_view kNoAny =
    "google.protobuf.Any has no JSON codec here; use a message or a oneof of messages";

bool IsAny(const Descriptor* message) {
  return message != nullptr && message->full_name() == "google.protobuf.Any";
}

// Collects the types that messages contain.
class Collector {
 public:
  explicit Collector(Problems* problems) : problems_(problems) {}

  void Visit(const Descriptor* message) {
    if (IsWellKnown(message) || !seen_.insert(message).second) return;
    CheckSyntax(message->file());
    const std::string& example = message->options().GetExtension(options::v1::example);
    if (JsonScanner json(example);
        !example.empty() && !(json.SkipValue() && json.ExpectEnd())) {
      problems_->Add(message, absl::StrCat("the example is not JSON: ", json.fault()));
    }
    if (!message->options().map_entry()) result_.messages.push_back(message);
    for (int i = 0; i < message->field_count(); ++i) {
      const FieldDescriptor* field = message->field(i);
      if (IsNestedJson(field) && field->type() != FieldDescriptor::TYPE_STRING) {
        problems_->Add(field, "nested_json is for strings; take the option away");
      }
      if (IsAny(field->message_type())) problems_->Add(field, kNoAny);
      if (field->message_type() != nullptr) Visit(field->message_type());
      if (field->enum_type() != nullptr) Visit(field->enum_type());
    }
  }

  Messages Take() { return std::move(result_); }

 private:
  void Visit(const EnumDescriptor* type) {
    if (type->full_name() == "google.protobuf.NullValue") return;
    if (!seen_.insert(type).second) return;
    CheckSyntax(type->file());
    result_.enums.push_back(type);
  }

  void CheckSyntax(const FileDescriptor* file) {
    if (!seen_.insert(file).second) return;
    google::protobuf::FileDescriptorProto proto;
    file->CopyTo(&proto);
    if (proto.syntax() == "proto3") return;
    problems_->Add(file, "is not proto3, and an RPC with an HTTP form needs its types");
  }

  Problems* const problems_;
  std::set<const void*> seen_;
  Messages result_;
};

}  // namespace

Messages CollectMessages(const Api& api, Problems* problems) {
  Collector collector(problems);
  for (const ApiMethod& method : api.methods) {
    for (const Descriptor* message :
         {method.method->input_type(), method.method->output_type()}) {
      if (IsAny(message)) problems->Add(method.method, kHttpOption, kNoAny);
    }
    collector.Visit(method.method->input_type());
    collector.Visit(method.method->output_type());
  }
  return collector.Take();
}

bool IsWellKnown(const Descriptor* message) {
  static constexpr absl::string_view kNames[] = {
      "BoolValue",  "BytesValue",  "DoubleValue", "Duration",
      "Empty",      "FieldMask",   "FloatValue",  "Int32Value",
      "Int64Value", "ListValue",   "StringValue", "Struct",
      "Timestamp",  "UInt32Value", "UInt64Value", "Value",
  };
  return message->file()->package() == "google.protobuf" &&
         std::count(std::begin(kNames), std::end(kNames), message->name()) > 0;
}

bool TakesNull(const FieldDescriptor* field) {
  if (field->is_repeated()) return false;
  if (field->message_type() != nullptr) {
    return field->message_type()->full_name() == "google.protobuf.Value";
  }
  return field->enum_type() != nullptr &&
         field->enum_type()->full_name() == "google.protobuf.NullValue";
}

bool IsNestedJson(const FieldDescriptor* field) {
  return field->options().GetExtension(options::v1::nested_json);
}

}  // namespace gitsync::gateway::codegen
