#ifndef GITSYNC_SERVER_CONFIG_HOST_PORT_H_
#define GITSYNC_SERVER_CONFIG_HOST_PORT_H_

#include <string>

#include "absl/strings/string_view.h"

namespace gitsync {

// Takes "HOST:PORT" or "[IPV6]:PORT" apart; false if it is neither.
bool SplitHostPort(absl::string_view text, std::string* host, int* port);

// Whether a host is this machine alone: "localhost", or an address on loopback. Does
// not resolve names: where any other one leads may change.
bool IsLoopbackHost(const std::string& host);

}  // namespace gitsync

#endif  // GITSYNC_SERVER_CONFIG_HOST_PORT_H_
