#include "server/rpc/call/valid_text.h"

#include <google/protobuf/descriptor.h>

#include <string>

#include "server/base/utf8.h"

namespace gitsync {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;

void MakeValid(const Reflection& reflection, const FieldDescriptor& field,
               Message& message) {
  std::string scratch;
  if (!field.is_repeated()) {
    const std::string& text = reflection.GetStringReference(message, &field, &scratch);
    if (IsUtf8(text)) return;
    reflection.SetString(&message, &field, ReplaceInvalidUtf8(text));
    return;
  }
  for (int i = 0; i < reflection.FieldSize(message, &field); ++i) {
    const std::string& text =
        reflection.GetRepeatedStringReference(message, &field, i, &scratch);
    if (IsUtf8(text)) continue;
    reflection.SetRepeatedString(&message, &field, i, ReplaceInvalidUtf8(text));
  }
}

void MakeValidBelow(const Reflection& reflection, const FieldDescriptor& field,
                    Message& message) {
  if (!field.is_repeated()) {
    if (!reflection.HasField(message, &field)) return;
    MakeTextValid(*reflection.MutableMessage(&message, &field));
    return;
  }
  for (int i = 0; i < reflection.FieldSize(message, &field); ++i) {
    MakeTextValid(*reflection.MutableRepeatedMessage(&message, &field, i));
  }
}

}  // namespace

void MakeTextValid(Message& message) {
  const google::protobuf::Descriptor& type = *message.GetDescriptor();
  const Reflection& reflection = *message.GetReflection();
  for (int i = 0; i < type.field_count(); ++i) {
    const FieldDescriptor& field = *type.field(i);
    if (field.type() == FieldDescriptor::TYPE_STRING) {
      MakeValid(reflection, field, message);
    } else if (field.cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE) {
      MakeValidBelow(reflection, field, message);
    }
  }
}

}  // namespace gitsync
