#ifndef GITSYNC_SERVER_CONFIG_HOST_PORT_H_
#define GITSYNC_SERVER_CONFIG_HOST_PORT_H_

#include <string>

#include "absl/strings/string_view.h"

namespace gitsync {

// Splits "HOST:PORT" or "[IPV6]:PORT"; false if it is neither.
bool SplitHostPort(absl::string_view text, std::string* host, int* port);

// Whether a host can only be this machine: "localhost", or a loopback address. Does not
// resolve other names, because what they resolve to may change.
bool IsLoopbackHost(const std::string& host);

}  // namespace gitsync

#endif  // GITSYNC_SERVER_CONFIG_HOST_PORT_H_
