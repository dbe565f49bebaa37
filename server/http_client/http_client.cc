#include "server/http_client/http_client.h"

#include <algorithm>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "server/base/error.h"
#include "server/base/reason.h"
#include "server/base/status_macros.h"
#include "server/net/sigpipe.h"
#include "server/net/wait.h"

namespace gitsync {
namespace {

// A kept connection that a firewall has forgotten stays silent. Opening a new one takes
// less time than waiting for the stall limit.
constexpr absl::Duration kReuseLimit = absl::Seconds(5);

std::string PoolKey(const HttpOrigin& origin, const HttpRequest& request) {
  return absl::StrCat(origin.host, "\n", origin.port, "\n", request.connection_id, "\n",
                      request.ca_certificate);
}

}  // namespace

HttpClient::HttpClient(HttpOptions options)
    : options_(std::move(options)),
      pool_(options_.max_idle_sessions, options_.max_idle_time) {
  IgnoreSigpipe();
}

absl::StatusOr<HttpResponse> HttpClient::Send(const HttpRequest& request,
                                              const Context& context,
                                              size_t max_body_bytes) {
  ASSIGN_OR_RETURN(std::unique_ptr<HttpSession> session, Begin(request, context));
  RETURN_IF_ERROR(WaitForHead(session));
  HttpResponse response = session->head();
  char buffer[16 << 10];
  while (true) {
    ASSIGN_OR_RETURN(const size_t count, session->Read(buffer, sizeof(buffer)));
    if (count == 0) break;
    if (response.body.size() + count > max_body_bytes) {
      return Error(absl::StatusCode::kInternal, reason::kRemoteProtocolError,
                   absl::StrCat(session->origin().host,
                                " answered with more than can be taken in; check that "
                                "the URL is right."))
          .ToStatus();
    }
    response.body.append(buffer, count);
  }
  Keep(std::move(session));
  return response;
}

absl::StatusOr<std::unique_ptr<HttpSession>> HttpClient::Begin(HttpRequest request,
                                                               const Context& context,
                                                               HttpSession::Body body) {
  ASSIGN_OR_RETURN(HttpOrigin origin, ParseHttpsUrl(request.url));
  std::unique_ptr<HttpSession> session = pool_.Take(PoolKey(origin, request));
  if (session == nullptr) {
    ASSIGN_OR_RETURN(session, HttpSession::Create(std::move(origin),
                                                  request.ca_certificate, options_));
  }
  RETURN_IF_ERROR(session->Begin(std::move(request), body, context));
  return session;
}

absl::Status HttpClient::WaitForHead(std::unique_ptr<HttpSession>& session) {
  const bool replaceable = session->was_kept() && session->request().repeatable;
  const absl::Duration limit =
      replaceable ? std::min(kReuseLimit, options_.stall_limit) : options_.stall_limit;
  const absl::Status status = session->WaitForHead(limit);
  if (status.ok() || !replaceable) return status;
  const Context context = session->context();
  RETURN_IF_ERROR(CheckRemoteTime(context));
  HttpRequest request = session->request();
  // Only use reveals that a kept connection is dead, and the others to the same origin
  // most likely died with it.
  pool_.Drop(PoolKey(session->origin(), request));
  ASSIGN_OR_RETURN(session, HttpSession::Create(session->origin(),
                                                request.ca_certificate, options_));
  RETURN_IF_ERROR(
      session->Begin(std::move(request), HttpSession::Body::kWhole, context));
  return session->WaitForHead();
}

void HttpClient::Keep(std::unique_ptr<HttpSession> session) {
  if (!session->IsIdle()) return;
  const std::string key = PoolKey(session->origin(), session->request());
  session->Forget();
  pool_.Put(key, std::move(session));
}

}  // namespace gitsync
