// The HTTP form of an API, read from its protos and checked.

#ifndef GITSYNC_SERVER_GATEWAY_CODEGEN_API_H_
#define GITSYNC_SERVER_GATEWAY_CODEGEN_API_H_

#include <google/protobuf/descriptor.h>

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "gitsync/options/v1/rest.pb.h"
#include "server/gateway/transcoding/path_template.h"

namespace gitsync::gateway::codegen {

// Numbers of the options that are read; they identify places in the source.
inline constexpr int kHttpOption = 72295728;
inline constexpr int kRestOption = 51501;

// One HTTP form of an RPC.
struct Binding {
  std::string http_method;
  PathTemplate path;
  std::string body;  // as written in the rule
  // The field that forms the body of the request or the response; null if the whole
  // message does, or if there is no body.
  const google::protobuf::FieldDescriptor* body_field = nullptr;
  const google::protobuf::FieldDescriptor* response_field = nullptr;
};

// An RPC that has HTTP forms.
struct ApiMethod {
  const google::protobuf::MethodDescriptor* method = nullptr;
  options::v1::RestOptions rest;
  std::vector<Binding> bindings;
};

struct Api {
  std::vector<const google::protobuf::FileDescriptor*> files;
  std::vector<ApiMethod> methods;  // in file order
};

// Problems found in protos: "FILE:LINE: what is wrong, and what to do".
class Problems {
 public:
  // Reports the problem at the method's option with this number, or at the method if
  // the option's place is unknown.
  void Add(const google::protobuf::MethodDescriptor* method, int option,
           absl::string_view problem);
  void Add(const google::protobuf::FieldDescriptor* field, absl::string_view problem);
  void Add(const google::protobuf::Descriptor* message, absl::string_view problem);
  void Add(const google::protobuf::FileDescriptor* file, absl::string_view problem);

  bool empty() const { return lines_.empty(); }
  // One line per problem, in the order they were found.
  std::string Text() const;

 private:
  std::vector<std::string> lines_;
};

// Reads the RPCs of `files` that have an HTTP form. Adds what can't work to `problems`;
// if there are any, the result must not be used.
Api ReadApi(const std::vector<const google::protobuf::FileDescriptor*>& files,
            Problems* problems);

// The place of the HTTP form of `method`: "app_service.proto:12".
std::string PlaceOf(const google::protobuf::MethodDescriptor* method);

// Finds pairs of bindings that match the same request although neither is more specific
// than the other, so that neither wins.
void CheckRoutes(const Api& api, Problems* problems);

}  // namespace gitsync::gateway::codegen

#endif  // GITSYNC_SERVER_GATEWAY_CODEGEN_API_H_
