// Writes the C++ code of the method tables (server/gateway/transcoding/route.h).

#ifndef GITSYNC_SERVER_GATEWAY_CODEGEN_TABLE_WRITER_H_
#define GITSYNC_SERVER_GATEWAY_CODEGEN_TABLE_WRITER_H_

#include <google/protobuf/descriptor.h>
#include <google/protobuf/io/printer.h>

#include <string>
#include <vector>

#include "server/gateway/codegen/api.h"

namespace gitsync::gateway::codegen {

// The qualified name of the function that returns a service's table:
// "gitsync_v1::AppServiceMethods".
std::string TableFunction(const google::protobuf::ServiceDescriptor* service);

void DeclareTable(const google::protobuf::ServiceDescriptor* service,
                  google::protobuf::io::Printer& out);

// `methods` must be those of the service.
void DefineTable(const google::protobuf::ServiceDescriptor* service,
                 const std::vector<const ApiMethod*>& methods,
                 google::protobuf::io::Printer& out);

}  // namespace gitsync::gateway::codegen

#endif  // GITSYNC_SERVER_GATEWAY_CODEGEN_TABLE_WRITER_H_
