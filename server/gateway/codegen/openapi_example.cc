#include "server/gateway/codegen/openapi_example.h"

#include <algorithm>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "gitsync/options/v1/rest.pb.h"
#include "server/gateway/codegen/comments.h"
#include "server/gateway/codegen/messages.h"

namespace gitsync::gateway::codegen {
namespace {

using ::google::protobuf::Descriptor;
using ::google::protobuf::EnumDescriptor;
using ::google::protobuf::FieldDescriptor;

// Writes values. Omits a message that is nested within itself.
class ExampleWriter {
 public:
  explicit ExampleWriter(JsonWriter& out) : out_(out) {}

  void Write(const Descriptor* message,
             const std::set<const FieldDescriptor*>& without) {
    if (const std::string& given =
            message->options().GetExtension(options::v1::example);
        !given.empty()) {
      return out_.Raw(given);
    }
    if (IsWellKnown(message)) return WriteWellKnown(message);
    open_.push_back(message);
    out_.BeginObject();
    for (int i = 0; i < message->field_count(); ++i) {
      const FieldDescriptor* field = message->field(i);
      const auto* oneof = field->real_containing_oneof();
      if (without.count(field) > 0 || (IsOpen(field) && !field->is_repeated()) ||
          (oneof != nullptr && oneof->field(0) != field)) {
        continue;
      }
      out_.TextKey(field->json_name());
      Write(field);
    }
    out_.EndObject();
    open_.pop_back();
  }

  void Write(const FieldDescriptor* field) {
    if (field->is_map()) {
      const FieldDescriptor* value = field->message_type()->map_value();
      out_.BeginObject();
      if (IsOpen(value)) return out_.EndObject();
      out_.TextKey(field->message_type()->map_key()->cpp_type() ==
                           FieldDescriptor::CPPTYPE_STRING
                       ? "key"
                       : "1");
      WriteOne(value);
      out_.EndObject();
    } else if (field->is_repeated()) {
      out_.BeginArray();
      if (!IsOpen(field)) WriteOne(field);
      out_.EndArray();
    } else {
      WriteOne(field);
    }
  }

 private:
  bool IsOpen(const FieldDescriptor* field) const {
    return field->message_type() != nullptr &&
           std::count(open_.begin(), open_.end(), field->message_type()) > 0;
  }

  void WriteOne(const FieldDescriptor* field) {
    switch (field->cpp_type()) {
      case FieldDescriptor::CPPTYPE_INT32:
      case FieldDescriptor::CPPTYPE_UINT32:
        return out_.Number(int32_t{1});
      case FieldDescriptor::CPPTYPE_INT64:
      case FieldDescriptor::CPPTYPE_UINT64:
        return out_.Number(int64_t{1});
      case FieldDescriptor::CPPTYPE_DOUBLE:
      case FieldDescriptor::CPPTYPE_FLOAT:
        return out_.Number(1.5);
      case FieldDescriptor::CPPTYPE_BOOL:
        return out_.Bool(true);
      case FieldDescriptor::CPPTYPE_ENUM: {
        const EnumDescriptor* type = field->enum_type();
        return TakesNull(field)
                   ? out_.Null()
                   : out_.String(type->value(type->value_count() > 1 ? 1 : 0)->name());
      }
      case FieldDescriptor::CPPTYPE_STRING:
        return WriteText(field);
      case FieldDescriptor::CPPTYPE_MESSAGE:
        return Write(field->message_type(), {});
    }
  }

  void WriteText(const FieldDescriptor* field) {
    if (IsNestedJson(field)) return out_.Raw("{}");
    if (field->type() == FieldDescriptor::TYPE_BYTES) return out_.Bytes("bytes");
    const std::string comment = CommentOf(field);
    if (absl::StrContains(comment, "UUID")) {
      return out_.String("0190a6c2-7f3e-7c4b-9d2a-5e8f1b3c6d70");
    }
    if (absl::StrContains(comment, "40 hexadecimal digits")) {
      return out_.String("9fceb02d0ae598e95dc970b74767f19372d61af8");
    }
    std::string words(field->name());
    std::replace(words.begin(), words.end(), '_', ' ');
    out_.String(words);
  }

  void WriteWellKnown(const Descriptor* message) {
    const absl::string_view name = message->name();
    if (name == "Timestamp") return out_.String("2026-01-31T10:00:00Z");
    if (name == "Duration") return out_.String("1.5s");
    if (name == "FieldMask") return out_.String("");
    if (name == "ListValue") return out_.Raw("[]");
    if (name != "Value" && absl::EndsWith(name, "Value")) {
      return WriteOne(message->FindFieldByName("value"));
    }
    out_.Raw("{}");
  }

  JsonWriter& out_;
  std::vector<const Descriptor*> open_;
};

}  // namespace

void WriteExample(const Descriptor* message,
                  const std::set<const FieldDescriptor*>& without, JsonWriter& out) {
  ExampleWriter(out).Write(message, without);
}

void WriteExample(const FieldDescriptor* field, JsonWriter& out) {
  ExampleWriter(out).Write(field);
}

}  // namespace gitsync::gateway::codegen
