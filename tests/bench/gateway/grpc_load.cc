#include "tests/bench/gateway/grpc_load.h"

#include <grpcpp/grpcpp.h>

#include <algorithm>
#include <iostream>
#include <memory>
#include <vector>

#include "absl/time/clock.h"
#include "gitsync/v1/organization_service.grpc.pb.h"

namespace gitsync {
namespace {

struct Call {
  std::unique_ptr<grpc::ClientContext> context;
  std::unique_ptr<grpc::ClientAsyncResponseReader<v1::Organization>> reader;
  v1::Organization organization;
  grpc::Status status;
  absl::Time start;
};

}  // namespace

Load LoadOverGrpc(const std::string& endpoint, const std::string& token,
                  const std::string& organization_id, int outstanding,
                  absl::Duration duration) {
  const auto stub = v1::OrganizationService::NewStub(
      grpc::CreateChannel(endpoint, grpc::InsecureChannelCredentials()));
  v1::GetOrganizationRequest request;
  request.set_organization_id(organization_id);
  grpc::CompletionQueue queue;
  std::vector<Call> calls(static_cast<size_t>(outstanding));
  const auto start_call = [&](Call* call) {
    call->context = std::make_unique<grpc::ClientContext>();
    call->context->AddMetadata("authorization", "Bearer " + token);
    call->start = absl::Now();
    call->reader = stub->AsyncGetOrganization(call->context.get(), request, &queue);
    call->reader->Finish(&call->organization, &call->status, call);
  };
  const absl::Time begin = absl::Now();
  for (Call& call : calls) start_call(&call);
  std::vector<absl::Duration> times;
  int running = outstanding;
  void* tag = nullptr;
  bool ok = false;
  while (running > 0 && queue.Next(&tag, &ok)) {
    auto* call = static_cast<Call*>(tag);
    const absl::Time now = absl::Now();
    if (!ok || !call->status.ok()) {
      std::cerr << "gateway_bench: " << call->status.error_message() << std::endl;
      std::exit(1);
    }
    times.push_back(now - call->start);
    if (now - begin < duration) {
      start_call(call);
    } else {
      --running;
    }
  }
  const absl::Duration took = absl::Now() - begin;
  std::sort(times.begin(), times.end());
  return {static_cast<double>(times.size()) / absl::ToDoubleSeconds(took),
          times[times.size() / 2], times[times.size() * 99 / 100]};
}

}  // namespace gitsync
