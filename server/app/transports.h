#ifndef GITSYNC_SERVER_APP_TRANSPORTS_H_
#define GITSYNC_SERVER_APP_TRANSPORTS_H_

#include <memory>

#include "gitsync/config/v1/server_config.pb.h"
#include "server/git/transport/host_keys.h"
#include "server/git/transport/login_gate.h"
#include "server/git/transport/transport.h"

namespace gitsync {

// Creates a transport for every form of URL that the configuration allows, with logins
// for every kind of credentials. Reads the proxy variables from the environment.
// `logins` must outlive the transport.
std::unique_ptr<GitTransport> MakeTransport(const config::v1::ServerConfig& config,
                                            SharedHostKeys host_keys,
                                            LoginRecord* logins);

}  // namespace gitsync

#endif  // GITSYNC_SERVER_APP_TRANSPORTS_H_
