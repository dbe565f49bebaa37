#include "client/lib/channel.h"

#include <arpa/inet.h>
#include <grpcpp/create_channel.h>
#include <grpcpp/security/credentials.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "client/lib/caller_interceptor.h"
#include "client/lib/version.h"

namespace gitsync::client {
namespace {

// This also limits what a call may buffer for a retry: even a definition of 32 MiB is
// retried.
constexpr int kMaxMessageBytes = 64 << 20;

// gRPC's own limit is five attempts.
constexpr char kServiceConfig[] = R"({
  "methodConfig": [{
    "name": [{}],
    "retryPolicy": {
      "maxAttempts": 5,
      "initialBackoff": "0.1s",
      "maxBackoff": "2s",
      "backoffMultiplier": 2,
      "retryableStatusCodes": ["UNAVAILABLE"]
    }
  }]
})";

struct Endpoint {
  absl::string_view host;
  int port = 0;
};

absl::StatusOr<Endpoint> ParseEndpoint(absl::string_view text) {
  const auto error = [text] {
    return absl::InvalidArgumentError(
        absl::StrCat("\"", text, "\" is not an endpoint: write HOST:PORT."));
  };
  const size_t colon = text.rfind(':');
  if (colon == absl::string_view::npos) return error();
  Endpoint endpoint;
  endpoint.host = text.substr(0, colon);
  const bool bracketed = absl::ConsumePrefix(&endpoint.host, "[");
  if (bracketed && !absl::ConsumeSuffix(&endpoint.host, "]")) return error();
  // Without brackets, it is ambiguous which colon precedes the port.
  if (!bracketed && absl::StrContains(endpoint.host, ':')) return error();
  const bool plain =
      std::all_of(endpoint.host.begin(), endpoint.host.end(), [](char c) {
        return absl::ascii_isalnum(c) || c == '.' || c == '-' || c == '_' || c == ':';
      });
  if (endpoint.host.empty() || !plain ||
      !absl::SimpleAtoi(text.substr(colon + 1), &endpoint.port) || endpoint.port < 1 ||
      endpoint.port > 65535) {
    return error();
  }
  return endpoint;
}

absl::StatusOr<std::string> ReadPem(const std::string& path) {
  if (path.empty()) return std::string();
  std::ifstream file(path, std::ios::binary);
  std::string text{std::istreambuf_iterator<char>(file), {}};
  if (!file || text.empty()) {
    return absl::InvalidArgumentError(absl::StrCat("Can't read ", path, "."));
  }
  return text;
}

absl::StatusOr<std::shared_ptr<grpc::ChannelCredentials>> Credentials(
    const ClientOptions& options) {
  const bool tls =
      options.security == Security::kTls ||
      (options.security == Security::kAutomatic && !IsLoopback(options.endpoint));
  if (!tls) {
    if (!options.ca_file.empty() || !options.certificate_file.empty() ||
        !options.private_key_file.empty()) {
      return absl::InvalidArgumentError(
          "Certificate files are given, but the connection is not to use TLS.");
    }
    return grpc::InsecureChannelCredentials();
  }
  if (options.certificate_file.empty() != options.private_key_file.empty()) {
    return absl::InvalidArgumentError(
        "A client certificate and its private key go together: give both.");
  }
  absl::StatusOr<std::string> ca = ReadPem(options.ca_file);
  if (!ca.ok()) return ca.status();
  absl::StatusOr<std::string> certificate = ReadPem(options.certificate_file);
  if (!certificate.ok()) return certificate.status();
  absl::StatusOr<std::string> key = ReadPem(options.private_key_file);
  if (!key.ok()) return key.status();

  grpc::SslCredentialsOptions ssl;
  ssl.pem_root_certs = *std::move(ca);
  ssl.pem_cert_chain = *std::move(certificate);
  ssl.pem_private_key = *std::move(key);
  return grpc::SslCredentials(ssl);
}

grpc::ChannelArguments Arguments(const ClientOptions& options) {
  grpc::ChannelArguments arguments;
  arguments.SetServiceConfigJSON(kServiceConfig);
  arguments.SetMaxReceiveMessageSize(kMaxMessageBytes);
  arguments.SetInt(GRPC_ARG_PER_RPC_RETRY_BUFFER_SIZE, kMaxMessageBytes);
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIME_MS, 30'000);
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, 10'000);
  arguments.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, 200);
  arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, 5'000);
  // A proxy named in the environment would not find this machine's loopback.
  if (IsLoopback(options.endpoint)) arguments.SetInt(GRPC_ARG_ENABLE_HTTP_PROXY, 0);
  const std::string own = absl::StrCat("gitsync-client/", Version());
  arguments.SetUserAgentPrefix(
      options.user_agent.empty() ? own : absl::StrCat(options.user_agent, " ", own));
  return arguments;
}

}  // namespace

bool IsLoopback(absl::string_view endpoint) {
  const absl::StatusOr<Endpoint> parsed = ParseEndpoint(endpoint);
  if (!parsed.ok()) return false;
  const std::string host = absl::AsciiStrToLower(parsed->host);
  if (host == "localhost") return true;
  in_addr v4;
  if (inet_pton(AF_INET, host.c_str(), &v4) == 1)
    return (ntohl(v4.s_addr) >> 24) == 127;
  in6_addr v6;
  return inet_pton(AF_INET6, host.c_str(), &v6) == 1 && IN6_IS_ADDR_LOOPBACK(&v6);
}

absl::StatusOr<std::shared_ptr<grpc::Channel>> CreateChannel(
    const ClientOptions& options) {
  const absl::StatusOr<Endpoint> endpoint = ParseEndpoint(options.endpoint);
  if (!endpoint.ok()) return endpoint.status();
  const std::string& token = options.access_token;
  // gRPC aborts the process if HTTP/2 can't carry the metadata.
  if (!std::all_of(token.begin(), token.end(), absl::ascii_isgraph)) {
    return absl::InvalidArgumentError(
        "The access token has spaces, line ends or other characters that no token "
        "has.");
  }
  auto credentials = Credentials(options);
  if (!credentials.ok()) return credentials.status();

  std::vector<std::unique_ptr<grpc::experimental::ClientInterceptorFactoryInterface>>
      interceptors;
  interceptors.push_back(std::make_unique<CallerInterceptorFactory>(token));
  return grpc::experimental::CreateCustomChannelWithInterceptors(
      absl::StrCat("dns:///", options.endpoint), *credentials, Arguments(options),
      std::move(interceptors));
}

}  // namespace gitsync::client
