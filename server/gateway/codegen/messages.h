// Which messages and enums an API needs JSON codecs for.

#ifndef GITSYNC_SERVER_GATEWAY_CODEGEN_MESSAGES_H_
#define GITSYNC_SERVER_GATEWAY_CODEGEN_MESSAGES_H_

#include <google/protobuf/descriptor.h>

#include <set>
#include <vector>

#include "server/gateway/codegen/api.h"

namespace gitsync::gateway::codegen {

// In the order that they were reached.
struct Messages {
  std::vector<const google::protobuf::Descriptor*> messages;
  std::vector<const google::protobuf::EnumDescriptor*> enums;
};

// What the requests and responses of `api` hold, themselves included, without what
// IsWellKnown. Options that can't work go to `problems`.
Messages CollectMessages(const Api& api, Problems* problems);

// Whether server/gateway/json has the codec of the message by hand.
bool IsWellKnown(const google::protobuf::Descriptor* message);

// Whether null is a value of the field, and not the lack of one.
bool TakesNull(const google::protobuf::FieldDescriptor* field);

// Whether the field's text is JSON itself.
bool IsNestedJson(const google::protobuf::FieldDescriptor* field);

}  // namespace gitsync::gateway::codegen

#endif  // GITSYNC_SERVER_GATEWAY_CODEGEN_MESSAGES_H_
