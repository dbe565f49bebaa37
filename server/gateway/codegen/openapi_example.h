#ifndef GITSYNC_SERVER_GATEWAY_CODEGEN_OPENAPI_EXAMPLE_H_
#define GITSYNC_SERVER_GATEWAY_CODEGEN_OPENAPI_EXAMPLE_H_

#include <google/protobuf/descriptor.h>

#include <set>

#include "server/gateway/json/json_writer.h"

namespace gitsync::gateway::codegen {

// Writes an example of a message in JSON: its `example` option, or one built from all
// of its fields except those in `without`. For a oneof it uses the first field.
void WriteExample(const google::protobuf::Descriptor* message,
                  const std::set<const google::protobuf::FieldDescriptor*>& without,
                  JsonWriter& out);

// Does the same for one field.
void WriteExample(const google::protobuf::FieldDescriptor* field, JsonWriter& out);

}  // namespace gitsync::gateway::codegen

#endif  // GITSYNC_SERVER_GATEWAY_CODEGEN_OPENAPI_EXAMPLE_H_
