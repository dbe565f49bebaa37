// A message with a field of each type that text can be, made at run time.

#ifndef GITSYNC_TESTS_UNIT_GATEWAY_EVERY_TYPE_H_
#define GITSYNC_TESTS_UNIT_GATEWAY_EVERY_TYPE_H_

#include <google/protobuf/descriptor.h>
#include <google/protobuf/descriptor.pb.h>
#include <google/protobuf/duration.pb.h>
#include <google/protobuf/dynamic_message.h>
#include <google/protobuf/field_mask.pb.h>
#include <google/protobuf/text_format.h>
#include <google/protobuf/timestamp.pb.h>
#include <google/protobuf/util/json_util.h>
#include <google/protobuf/wrappers.pb.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/string_view.h"

namespace gitsync::gateway {

inline constexpr char kEveryTypeFile[] = R"pb(
  name: "every_type.proto"
  package: "test"
  syntax: "proto3"
  dependency: "google/protobuf/timestamp.proto"
  dependency: "google/protobuf/duration.proto"
  dependency: "google/protobuf/field_mask.proto"
  dependency: "google/protobuf/wrappers.proto"
  enum_type {
    name: "Color"
    value { name: "COLOR_UNSPECIFIED" number: 0 }
    value { name: "COLOR_RED" number: 1 }
  }
  message_type {
    name: "Inner"
    field { name: "display_name" number: 1 type: TYPE_STRING label: LABEL_OPTIONAL }
    field {
      name: "inner"
      number: 2
      type: TYPE_MESSAGE
      type_name: "Inner"
      label: LABEL_OPTIONAL
    }
  }
  message_type {
    name: "EveryType"
    field { name: "a_double" number: 1 type: TYPE_DOUBLE label: LABEL_OPTIONAL }
    field { name: "a_float" number: 2 type: TYPE_FLOAT label: LABEL_OPTIONAL }
    field { name: "an_int32" number: 3 type: TYPE_INT32 label: LABEL_OPTIONAL }
    field { name: "an_int64" number: 4 type: TYPE_INT64 label: LABEL_OPTIONAL }
    field { name: "a_uint32" number: 5 type: TYPE_UINT32 label: LABEL_OPTIONAL }
    field { name: "a_uint64" number: 6 type: TYPE_UINT64 label: LABEL_OPTIONAL }
    field { name: "a_sint64" number: 7 type: TYPE_SINT64 label: LABEL_OPTIONAL }
    field { name: "a_fixed32" number: 8 type: TYPE_FIXED32 label: LABEL_OPTIONAL }
    field { name: "a_bool" number: 9 type: TYPE_BOOL label: LABEL_OPTIONAL }
    field { name: "a_string" number: 10 type: TYPE_STRING label: LABEL_OPTIONAL }
    field { name: "some_bytes" number: 11 type: TYPE_BYTES label: LABEL_OPTIONAL }
    field {
      name: "a_color"
      number: 12
      type: TYPE_ENUM
      type_name: "Color"
      label: LABEL_OPTIONAL
    }
    field {
      name: "inner"
      number: 13
      type: TYPE_MESSAGE
      type_name: "Inner"
      label: LABEL_OPTIONAL
    }
    field { name: "numbers" number: 14 type: TYPE_INT32 label: LABEL_REPEATED }
    field { name: "strings" number: 15 type: TYPE_STRING label: LABEL_REPEATED }
    field {
      name: "colors"
      number: 16
      type: TYPE_ENUM
      type_name: "Color"
      label: LABEL_REPEATED
    }
    field {
      name: "inners"
      number: 17
      type: TYPE_MESSAGE
      type_name: "Inner"
      label: LABEL_REPEATED
    }
    field {
      name: "a_time"
      number: 18
      type: TYPE_MESSAGE
      type_name: ".google.protobuf.Timestamp"
      label: LABEL_OPTIONAL
    }
    field {
      name: "a_duration"
      number: 19
      type: TYPE_MESSAGE
      type_name: ".google.protobuf.Duration"
      label: LABEL_OPTIONAL
    }
    field {
      name: "a_mask"
      number: 20
      type: TYPE_MESSAGE
      type_name: ".google.protobuf.FieldMask"
      label: LABEL_OPTIONAL
    }
    field {
      name: "a_wrapper"
      number: 21
      type: TYPE_MESSAGE
      type_name: ".google.protobuf.Int64Value"
      label: LABEL_OPTIONAL
    }
    field {
      name: "text_wrapper"
      number: 22
      type: TYPE_MESSAGE
      type_name: ".google.protobuf.StringValue"
      label: LABEL_OPTIONAL
    }
    field {
      name: "times"
      number: 23
      type: TYPE_MESSAGE
      type_name: ".google.protobuf.Timestamp"
      label: LABEL_REPEATED
    }
    field {
      name: "first"
      number: 24
      type: TYPE_STRING
      label: LABEL_OPTIONAL
      oneof_index: 0
    }
    field {
      name: "second"
      number: 25
      type: TYPE_STRING
      label: LABEL_OPTIONAL
      oneof_index: 0
    }
    field {
      name: "renamed"
      number: 26
      type: TYPE_STRING
      label: LABEL_OPTIONAL
      json_name: "otherName"
    }
    field { name: "request_id" number: 27 type: TYPE_STRING label: LABEL_OPTIONAL }
    oneof_decl { name: "choice" }
  }
)pb";

// The default instance.
inline const google::protobuf::Message& EveryType() {
  static const auto* const message = [] {
    // What the file depends on is there only once it was used.
    google::protobuf::Timestamp::descriptor();
    google::protobuf::Duration::descriptor();
    google::protobuf::FieldMask::descriptor();
    google::protobuf::StringValue::descriptor();
    auto* pool = new google::protobuf::DescriptorPool(
        google::protobuf::DescriptorPool::generated_pool());
    google::protobuf::FileDescriptorProto file;
    EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(kEveryTypeFile, &file));
    EXPECT_NE(pool->BuildFile(file), nullptr);
    auto* factory = new google::protobuf::DynamicMessageFactory(pool);
    factory->SetDelegateToGeneratedFactory(true);
    return factory->GetPrototype(pool->FindMessageTypeByName("test.EveryType"));
  }();
  return *message;
}

inline std::unique_ptr<google::protobuf::Message> NewEveryType() {
  return std::unique_ptr<google::protobuf::Message>(EveryType().New());
}

// In one line, for comparing.
inline std::string Text(const google::protobuf::Message& message) {
  google::protobuf::TextFormat::Printer printer;
  printer.SetSingleLineMode(true);
  std::string text;
  EXPECT_TRUE(printer.PrintToString(message, &text));
  return std::string(absl::StripTrailingAsciiWhitespace(text));
}

}  // namespace gitsync::gateway

#endif  // GITSYNC_TESTS_UNIT_GATEWAY_EVERY_TYPE_H_
