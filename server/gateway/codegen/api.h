// The HTTP form of an API as its protos have it, checked.

#ifndef GITSYNC_SERVER_GATEWAY_CODEGEN_API_H_
#define GITSYNC_SERVER_GATEWAY_CODEGEN_API_H_

#include <google/protobuf/descriptor.h>

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "gitsync/options/v1/rest.pb.h"
#include "server/gateway/transcoding/path_template.h"

namespace gitsync::gateway::codegen {

// Numbers of the options that are read: places in the source go by them.
inline constexpr int kHttpOption = 72295728;
inline constexpr int kRestOption = 51501;

// One HTTP form of an RPC.
struct Binding {
  std::string http_method;
  PathTemplate path;
  std::string body;  // as in the rule
  // The field that is the body of the request or the response; null if all of it is, or
  // there is none.
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
  std::vector<ApiMethod> methods;  // in the order of the files
};

// What is wrong with protos: "FILE:LINE: what, and what to do".
class Problems {
 public:
  // At the option with this number of the method, or at the method if its place is not
  // known.
  void Add(const google::protobuf::MethodDescriptor* method, int option,
           absl::string_view problem);
  void Add(const google::protobuf::FieldDescriptor* field, absl::string_view problem);
  void Add(const google::protobuf::Descriptor* message, absl::string_view problem);
  void Add(const google::protobuf::FileDescriptor* file, absl::string_view problem);

  bool empty() const { return lines_.empty(); }
  // A line for each, in the order that they were found.
  std::string Text() const;

 private:
  std::vector<std::string> lines_;
};

// Reads the RPCs of `files` that have an HTTP form. What can't work goes to `problems`;
// if there is any, the result is of no use.
Api ReadApi(const std::vector<const google::protobuf::FileDescriptor*>& files,
            Problems* problems);

// "app_service.proto:12": where the HTTP form of `method` is.
std::string PlaceOf(const google::protobuf::MethodDescriptor* method);

// Finds pairs of bindings that match the same request without one of them being the
// more special one, which would win.
void CheckRoutes(const Api& api, Problems* problems);

}  // namespace gitsync::gateway::codegen

#endif  // GITSYNC_SERVER_GATEWAY_CODEGEN_API_H_
