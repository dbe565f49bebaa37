// Finds the messages and enums that an API needs JSON codecs for.

#ifndef GITSYNC_SERVER_GATEWAY_CODEGEN_MESSAGES_H_
#define GITSYNC_SERVER_GATEWAY_CODEGEN_MESSAGES_H_

#include <google/protobuf/descriptor.h>

#include <set>
#include <vector>

#include "server/gateway/codegen/api.h"

namespace gitsync::gateway::codegen {

// In the order in which they were reached.
struct Messages {
  std::vector<const google::protobuf::Descriptor*> messages;
  std::vector<const google::protobuf::EnumDescriptor*> enums;
};

// The requests and responses of `api` and everything they contain, except types that
// IsWellKnown. Options that can't work go to `problems`.
Messages CollectMessages(const Api& api, Problems* problems);

// Whether server/gateway/json has a handwritten codec for the message.
bool IsWellKnown(const google::protobuf::Descriptor* message);

// Whether null is a value of the field rather than its absence.
bool TakesNull(const google::protobuf::FieldDescriptor* field);

// Whether the field's text is itself JSON.
bool IsNestedJson(const google::protobuf::FieldDescriptor* field);

}  // namespace gitsync::gateway::codegen

#endif  // GITSYNC_SERVER_GATEWAY_CODEGEN_MESSAGES_H_
