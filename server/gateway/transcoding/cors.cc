#include "server/gateway/transcoding/cors.h"

#include <algorithm>

namespace gitsync::gateway {

bool CorsPolicy::IsAllowed(absl::string_view origin) const {
  return !origin.empty() &&
         std::any_of(origins_.begin(), origins_.end(), [&](const std::string& allowed) {
           return allowed == "*" || allowed == origin;
         });
}

void CorsPolicy::Allow(absl::string_view origin, Headers* headers) const {
  if (origins_.empty()) return;
  // Caches must not serve one origin's answer to another.
  headers->emplace_back("Vary", "Origin");
  if (!IsAllowed(origin)) return;
  headers->emplace_back("Access-Control-Allow-Origin", std::string(origin));
  headers->emplace_back("Access-Control-Expose-Headers",
                        "X-Request-Id, Retry-After, WWW-Authenticate");
}

void CorsPolicy::AllowRequest(absl::string_view origin, absl::string_view methods,
                              Headers* headers) const {
  if (!IsAllowed(origin)) return;
  headers->emplace_back("Access-Control-Allow-Methods", std::string(methods));
  headers->emplace_back(
      "Access-Control-Allow-Headers",
      "Authorization, Content-Type, Grpc-Timeout, Idempotency-Key, X-Request-Id");
  headers->emplace_back("Access-Control-Max-Age", "600");
}

}  // namespace gitsync::gateway
