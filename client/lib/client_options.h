// How a client reaches its server.

#ifndef GITSYNC_CLIENT_LIB_CLIENT_OPTIONS_H_
#define GITSYNC_CLIENT_LIB_CLIENT_OPTIONS_H_

#include <string>

#include "absl/time/time.h"

namespace gitsync::client {

// Whether the connection is encrypted.
enum class Security {
  // Plaintext to a loopback address, TLS to any other.
  kAutomatic,
  // Never encrypted: the access token and the definitions travel in clear.
  kPlaintext,
  // Always encrypted.
  kTls,
};

struct ClientOptions {
  // HOST:PORT; an IPv6 address is written in brackets.
  std::string endpoint = "127.0.0.1:7420";

  Security security = Security::kAutomatic;

  // PEM file of the certificate authorities to trust; empty means the system's. Only
  // for TLS.
  std::string ca_file = {};

  // PEM files of the client's own certificate chain and private key, for servers that
  // ask for one. Set both or neither. Only for TLS.
  std::string certificate_file = {};
  std::string private_key_file = {};

  // Sent with every call as `authorization: Bearer`; empty sends none.
  std::string access_token = {};

  // The maximum duration of a Client::Call, including retries, if the call itself does
  // not set one.
  absl::Duration default_timeout = absl::Seconds(60);

  // Precedes the library's own name in the user agent, for example "deployer/1.2".
  std::string user_agent = {};
};

}  // namespace gitsync::client

#endif  // GITSYNC_CLIENT_LIB_CLIENT_OPTIONS_H_
