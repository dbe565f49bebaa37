#include "server/http_client/http_url.h"

#include <curl/curl.h>

#include <cstdlib>
#include <memory>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "server/base/error.h"
#include "server/base/reason.h"

namespace gitsync {

absl::StatusOr<HttpOrigin> ParseHttpsUrl(const std::string& url) {
  const std::unique_ptr<CURLU, void (*)(CURLU*)> parsed(curl_url(), curl_url_cleanup);
  const auto part = [&parsed](CURLUPart which, unsigned flags) -> std::string {
    char* text = nullptr;
    if (curl_url_get(parsed.get(), which, &text, flags) != CURLUE_OK) return "";
    const std::unique_ptr<char, void (*)(void*)> owned(text, curl_free);
    return text;
  };
  if (curl_url_set(parsed.get(), CURLUPART_URL, url.c_str(), 0) != CURLUE_OK ||
      part(CURLUPART_SCHEME, 0) != "https" || !part(CURLUPART_USER, 0).empty() ||
      !part(CURLUPART_PASSWORD, 0).empty()) {
    return Error(absl::StatusCode::kInvalidArgument, reason::kInvalidRequest,
                 "Only URLs of the form https://host[:port]/path can be asked.")
        .ToStatus();
  }
  HttpOrigin origin;
  origin.host = absl::AsciiStrToLower(part(CURLUPART_HOST, 0));
  if (absl::StartsWith(origin.host, "[")) {
    origin.host = origin.host.substr(1, origin.host.size() - 2);
  }
  origin.port = atoi(part(CURLUPART_PORT, CURLU_DEFAULT_PORT).c_str());
  return origin;
}

}  // namespace gitsync
