#ifndef GITSYNC_TESTS_BENCH_GATEWAY_GRPC_LOAD_H_
#define GITSYNC_TESTS_BENCH_GATEWAY_GRPC_LOAD_H_

#include <string>

#include "absl/time/time.h"

namespace gitsync {

// What a client saw.
struct Load {
  double per_second = 0;
  absl::Duration median;
  absl::Duration p99;
};

// Calls GetOrganization over gRPC, `outstanding` calls at a time on one connection,
// from one thread, for as long as `duration`. Ends the program if a call fails.
Load LoadOverGrpc(const std::string& endpoint, const std::string& token,
                  const std::string& organization_id, int outstanding,
                  absl::Duration duration);

}  // namespace gitsync

#endif  // GITSYNC_TESTS_BENCH_GATEWAY_GRPC_LOAD_H_
