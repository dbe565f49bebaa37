#include "server/gateway/gateway_server.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "server/base/status_macros.h"

namespace gitsync::gateway {

absl::StatusOr<std::unique_ptr<GatewayServer>> GatewayServer::Start(Options options) {
  std::unique_ptr<GatewayServer> gateway(new GatewayServer());
  ASSIGN_OR_RETURN(gateway->handler_, ApiHandler::Create(std::move(options.api)));
  ASSIGN_OR_RETURN(gateway->http_,
                   HttpServer::Start(gateway->handler_.get(), options.http));
  const std::string& listen = options.http.listen;
  gateway->address_ =
      absl::StrCat(listen.substr(0, listen.rfind(':') + 1), gateway->http_->port());
  return gateway;
}

}  // namespace gitsync::gateway
