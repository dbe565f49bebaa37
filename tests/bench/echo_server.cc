// The least that a gRPC service does: with the same API as gitsyncd's, it answers
// GetOrganization with the message that its argument is, in base64. It ends with its
// standard input.

#include <gitsync/v1/organization_service.grpc.pb.h>
#include <grpcpp/grpcpp.h>

#include <iostream>
#include <limits>
#include <memory>
#include <string>
#include <utility>

#include "absl/strings/escaping.h"

namespace gitsync {
namespace {

class Echo final : public v1::OrganizationService::CallbackService {
 public:
  explicit Echo(v1::Organization organization)
      : organization_(std::move(organization)) {}

  grpc::ServerUnaryReactor* GetOrganization(grpc::CallbackServerContext* context,
                                            const v1::GetOrganizationRequest* request,
                                            v1::Organization* answer) override {
    *answer = organization_;
    answer->set_id(request->organization_id());
    grpc::ServerUnaryReactor* const reactor = context->DefaultReactor();
    reactor->Finish(grpc::Status::OK);
    return reactor;
  }

 private:
  const v1::Organization organization_;
};

int Serve(const std::string& text) {
  std::string bytes;
  v1::Organization organization;
  if (!absl::WebSafeBase64Unescape(text, &bytes) ||
      !organization.ParseFromString(bytes)) {
    return 2;
  }
  Echo echo(std::move(organization));
  grpc::ServerBuilder builder;
  int port = 0;
  builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port);
  builder.RegisterService(&echo);
  const std::unique_ptr<grpc::Server> server = builder.BuildAndStart();
  if (server == nullptr) return 1;
  std::cout << "ready 127.0.0.1:" << port << std::endl;
  std::cin.ignore(std::numeric_limits<std::streamsize>::max());
  server->Shutdown();
  return 0;
}

}  // namespace
}  // namespace gitsync

int main(int argc, char** argv) { return argc == 2 ? gitsync::Serve(argv[1]) : 2; }
