// Cross-origin requests (CORS): which other origins' pages may call the API.

#ifndef GITSYNC_SERVER_GATEWAY_TRANSCODING_CORS_H_
#define GITSYNC_SERVER_GATEWAY_TRANSCODING_CORS_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "server/gateway/http/http_message.h"

namespace gitsync::gateway {

class CorsPolicy {
 public:
  // Origins such as "https://ci.example.com", or "*" for all; none: no page may.
  explicit CorsPolicy(std::vector<std::string> origins)
      : origins_(std::move(origins)) {}

  // Adds the headers that let a page of `origin`, the request's Origin header, read the
  // response.
  void Allow(absl::string_view origin, Headers* headers) const;

  // Adds the headers that let a page send a request with one of `methods`; they answer
  // a preflight request, which has Access-Control-Request-Method.
  void AllowRequest(absl::string_view origin, absl::string_view methods,
                    Headers* headers) const;

 private:
  bool IsAllowed(absl::string_view origin) const;

  const std::vector<std::string> origins_;
};

}  // namespace gitsync::gateway

#endif  // GITSYNC_SERVER_GATEWAY_TRANSCODING_CORS_H_
