// Sets up libcurl for an HttpSession, for its connection and for each request.

#include <cstring>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "server/base/error.h"
#include "server/base/status_macros.h"
#include "server/http_client/http_session.h"
#include "server/net/address.h"

namespace gitsync {
namespace {

constexpr long kReceiveBytes = 64 << 10;

// Sets an option. This libcurl knows all of them; only running out of memory can fail.
template <typename T>
void Set(CURL* easy, CURLoption option, T value, absl::Status* status) {
  const CURLcode result = curl_easy_setopt(easy, option, value);
  if (result == CURLE_OK || !status->ok()) return;
  *status = InternalError(
      absl::StrCat("curl_easy_setopt ", option, ": ", curl_easy_strerror(result)));
}

}  // namespace

void HttpSession::WipeAndFree::operator()(curl_slist* list) const {
  for (curl_slist* line = list; line != nullptr; line = line->next) {
    explicit_bzero(line->data, strlen(line->data));
  }
  curl_slist_free_all(list);
}

absl::Status HttpSession::Configure(const std::string& ca_certificate) {
  if (multi_ == nullptr || easy_ == nullptr) return InternalError("curl_easy_init");
  absl::Status status;
  Set(easy_, CURLOPT_NOSIGNAL, 1L, &status);
  // Does not wait for a lookup of the proxy's host that is no longer needed.
  Set(easy_, CURLOPT_QUICK_EXIT, 1L, &status);
  Set(easy_, CURLOPT_PROTOCOLS_STR, "https", &status);
  Set(easy_, CURLOPT_FOLLOWLOCATION, 0L, &status);
  Set(easy_, CURLOPT_PATH_AS_IS, 1L, &status);
  Set(easy_, CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2), &status);
  Set(easy_, CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_2TLS), &status);
  Set(easy_, CURLOPT_TCP_NODELAY, 1L, &status);
  Set(easy_, CURLOPT_TCP_KEEPALIVE, 1L, &status);
  Set(easy_, CURLOPT_BUFFERSIZE, kReceiveBytes, &status);
  Set(easy_, CURLOPT_MAXAGE_CONN,
      static_cast<long>(absl::ToInt64Seconds(options_.max_idle_time)), &status);
  Set(easy_, CURLOPT_CONNECTTIMEOUT_MS,
      static_cast<long>(absl::ToInt64Milliseconds(options_.connect_timeout)), &status);
  Set(easy_, CURLOPT_USERAGENT, options_.user_agent.c_str(), &status);
  // Both are always set, because libcurl would read the environment otherwise.
  Set(easy_, CURLOPT_PROXY, proxied_ ? options_.proxy.url.c_str() : "", &status);
  Set(easy_, CURLOPT_NOPROXY, "", &status);
  Set(easy_, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L, &status);
  if (!ca_certificate.empty()) {
    const curl_blob pem = {const_cast<char*>(ca_certificate.data()),
                           ca_certificate.size(), CURL_BLOB_COPY};
    Set(easy_, CURLOPT_CAINFO_BLOB, &pem, &status);
    // Replaces the system's authorities rather than adding to them.
    Set(easy_, CURLOPT_CAPATH, static_cast<char*>(nullptr), &status);
  }
  Set(easy_, CURLOPT_HEADERFUNCTION, &OnHeader, &status);
  Set(easy_, CURLOPT_HEADERDATA, this, &status);
  Set(easy_, CURLOPT_WRITEFUNCTION, &OnBody, &status);
  Set(easy_, CURLOPT_WRITEDATA, this, &status);
  Set(easy_, CURLOPT_READFUNCTION, &OnWantBody, &status);
  Set(easy_, CURLOPT_READDATA, this, &status);
  Set(easy_, CURLOPT_SEEKFUNCTION, &OnRewind, &status);
  Set(easy_, CURLOPT_SEEKDATA, this, &status);
  Set(easy_, CURLOPT_PREREQFUNCTION, &OnSend, &status);
  Set(easy_, CURLOPT_PREREQDATA, this, &status);
  Set(easy_, CURLOPT_ERRORBUFFER, words_, &status);
  return status;
}

absl::Status HttpSession::PinAddresses() {
  if (proxied_ || resolved_) return absl::OkStatus();
  ASSIGN_OR_RETURN(
      const std::vector<SocketAddress> addresses,
      ResolveHost(origin_.host, origin_.port, options_.allow_private, context_));
  resolved_ = true;
  // A literal IPv6 address needs no resolution, and the option has no form for it.
  if (absl::StrContains(origin_.host, ":")) return absl::OkStatus();
  const std::string texts =
      absl::StrJoin(addresses, ",", [](std::string* out, const SocketAddress& address) {
        const bool v6 = address.storage.ss_family == AF_INET6;
        absl::StrAppend(out, v6 ? "[" : "", AddressText(address), v6 ? "]" : "");
      });
  pinned_.reset(curl_slist_append(
      nullptr, absl::StrCat(origin_.host, ":", origin_.port, ":", texts).c_str()));
  absl::Status status;
  Set(easy_, CURLOPT_RESOLVE, pinned_.get(), &status);
  return status;
}

absl::Status HttpSession::SetRequest() {
  headers_.reset();
  const auto add = [this](const std::string& line) {
    if (curl_slist* longer = curl_slist_append(headers_.get(), line.c_str())) {
      headers_.release();
      headers_.reset(longer);
    }
  };
  for (const auto& [name, value] : request_.headers) {
    add(absl::StrCat(name, ": ", value));
  }
  if (!request_.authorization.empty()) {
    std::string line = absl::StrCat("Authorization: ", request_.authorization.Reveal());
    add(line);
    explicit_bzero(line.data(), line.size());
  }
  // Waiting for "100 Continue" would cost a round trip, or a second if it never
  // arrives.
  add("Expect:");
  absl::Status status;
  Set(easy_, CURLOPT_URL, request_.url.c_str(), &status);
  Set(easy_, CURLOPT_HTTPHEADER, headers_.get(), &status);
  const bool has_body = body_ == Body::kStreamed || !request_.body.empty();
  if (has_body || request_.method == "POST") {
    const curl_off_t size =
        body_ == Body::kStreamed ? -1 : static_cast<curl_off_t>(request_.body.size());
    Set(easy_, CURLOPT_POST, 1L, &status);
    Set(easy_, CURLOPT_POSTFIELDSIZE_LARGE, size, &status);
  } else {
    Set(easy_, CURLOPT_HTTPGET, 1L, &status);
  }
  Set(easy_, CURLOPT_CUSTOMREQUEST, request_.method.c_str(), &status);
  return status;
}

}  // namespace gitsync
