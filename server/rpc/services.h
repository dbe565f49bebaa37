// The services of the API. Each method checks, converts, calls server/sync, and
// converts back. Its effects and errors are documented at its RPC in proto/gitsync/v1.

#ifndef GITSYNC_SERVER_RPC_SERVICES_H_
#define GITSYNC_SERVER_RPC_SERVICES_H_

#include <grpcpp/impl/codegen/service_type.h>

#include <memory>
#include <vector>

#include "server/base/clock.h"
#include "server/rpc/call/dispatcher.h"
#include "server/security/sealer.h"
#include "server/sync/sync_service.h"
#include "storage/store.h"

namespace gitsync {

// What the services work with. All outlive them.
struct Backend {
  Store* store = nullptr;
  SyncService* sync = nullptr;
  const Sealer* sealer = nullptr;
  const Clock* clock = nullptr;
  bool allow_file_remotes = false;
};

std::unique_ptr<grpc::Service> NewOrganizationService(const Backend& backend,
                                                      Dispatcher* dispatcher);
std::unique_ptr<grpc::Service> NewAccessTokenService(const Backend& backend,
                                                     Dispatcher* dispatcher);
std::unique_ptr<grpc::Service> NewAppService(const Backend& backend,
                                             Dispatcher* dispatcher);
std::unique_ptr<grpc::Service> NewGitConfigService(const Backend& backend,
                                                   Dispatcher* dispatcher);
std::unique_ptr<grpc::Service> NewGitSyncService(const Backend& backend,
                                                 Dispatcher* dispatcher);
std::unique_ptr<grpc::Service> NewOperationService(const Backend& backend,
                                                   Dispatcher* dispatcher);

}  // namespace gitsync

#endif  // GITSYNC_SERVER_RPC_SERVICES_H_
