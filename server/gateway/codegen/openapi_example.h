#ifndef GITSYNC_SERVER_GATEWAY_CODEGEN_OPENAPI_EXAMPLE_H_
#define GITSYNC_SERVER_GATEWAY_CODEGEN_OPENAPI_EXAMPLE_H_

#include <google/protobuf/descriptor.h>

#include <set>

#include "server/gateway/json/json_writer.h"

namespace gitsync::gateway::codegen {

// Writes a message as it may look in JSON: what its `example` option says, or made of
// all of its fields but those of `without`. Of a oneof it has the first field.
void WriteExample(const google::protobuf::Descriptor* message,
                  const std::set<const google::protobuf::FieldDescriptor*>& without,
                  JsonWriter& out);

// The same for one field.
void WriteExample(const google::protobuf::FieldDescriptor* field, JsonWriter& out);

}  // namespace gitsync::gateway::codegen

#endif  // GITSYNC_SERVER_GATEWAY_CODEGEN_OPENAPI_EXAMPLE_H_
