#include "server/http_client/http_url.h"

#include <curl/curl.h>

#include <cstdlib>
#include <memory>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "server/base/error.h"
#include "server/base/reason.h"

namespace gitsync {
namespace {

class Url {
 public:
  // Sets the URL, or resolves `text` relative to the current one. False if it is not a
  // URL.
  bool Set(const std::string& text) {
    return curl_url_set(url_.get(), CURLUPART_URL, text.c_str(), 0) == CURLUE_OK;
  }

  void Clear(CURLUPart part) { curl_url_set(url_.get(), part, nullptr, 0); }

  // Returns an empty string if the URL has no such part.
  std::string Get(CURLUPart part, unsigned flags = 0) const {
    char* text = nullptr;
    if (curl_url_get(url_.get(), part, &text, flags) != CURLUE_OK) return "";
    const std::unique_ptr<char, void (*)(void*)> owned(text, curl_free);
    return text;
  }

 private:
  const std::unique_ptr<CURLU, void (*)(CURLU*)> url_{curl_url(), curl_url_cleanup};
};

}  // namespace

absl::StatusOr<HttpOrigin> ParseHttpsUrl(const std::string& url) {
  Url parsed;
  if (!parsed.Set(url) || parsed.Get(CURLUPART_SCHEME) != "https" ||
      !parsed.Get(CURLUPART_USER).empty() || !parsed.Get(CURLUPART_PASSWORD).empty()) {
    return Error(absl::StatusCode::kInvalidArgument, reason::kInvalidRequest,
                 "Only URLs of the form https://host[:port]/path can be asked.")
        .ToStatus();
  }
  HttpOrigin origin;
  origin.host = absl::AsciiStrToLower(parsed.Get(CURLUPART_HOST));
  if (absl::StartsWith(origin.host, "[")) {
    origin.host = origin.host.substr(1, origin.host.size() - 2);
  }
  origin.port = atoi(parsed.Get(CURLUPART_PORT, CURLU_DEFAULT_PORT).c_str());
  return origin;
}

std::string RedirectTarget(const std::string& url, const std::string& location) {
  Url target;
  if (location.empty() || !target.Set(url) || !target.Set(location) ||
      target.Get(CURLUPART_SCHEME) != "https") {
    return "";
  }
  for (const CURLUPart part : {CURLUPART_USER, CURLUPART_PASSWORD, CURLUPART_OPTIONS,
                               CURLUPART_QUERY, CURLUPART_FRAGMENT}) {
    target.Clear(part);
  }
  return target.Get(CURLUPART_URL);
}

}  // namespace gitsync
