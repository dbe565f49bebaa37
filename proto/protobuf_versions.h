// What versions of Protobuf, from 3.21 on, spell differently.

#ifndef GITSYNC_PROTO_PROTOBUF_VERSIONS_H_
#define GITSYNC_PROTO_PROTOBUF_VERSIONS_H_

#include <google/protobuf/stubs/common.h>
#include <google/protobuf/util/json_util.h>

#include <string>

#include "absl/strings/string_view.h"

// The function of error collectors to override, and the texts that it takes.
#if GOOGLE_PROTOBUF_VERSION >= 4022000
#define GITSYNC_PROTOBUF_RECORD_ERROR RecordError
#define GITSYNC_PROTOBUF_TEXT absl::string_view
#else
#define GITSYNC_PROTOBUF_RECORD_ERROR AddError
#define GITSYNC_PROTOBUF_TEXT const std::string&
#endif

namespace gitsync {

// Whether fields that have their default value are in the JSON too.
inline void PrintDefaults(bool print,
                          google::protobuf::util::JsonPrintOptions* options) {
#if GOOGLE_PROTOBUF_VERSION >= 5026000
  options->always_print_fields_with_no_presence = print;
#else
  options->always_print_primitive_fields = print;
#endif
}

}  // namespace gitsync

#endif  // GITSYNC_PROTO_PROTOBUF_VERSIONS_H_
