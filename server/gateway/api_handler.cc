#include "server/gateway/api_handler.h"

#include <algorithm>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/strip.h"
#include "server/base/error.h"
#include "server/base/reason.h"
#include "server/base/status_macros.h"
#include "server/base/steady_clock.h"
#include "server/base/uuid.h"
#include "server/gateway/http/gzip.h"
#include "server/gateway/http/http_error.h"
#include "server/gateway/http/http_text.h"

namespace gitsync::gateway {
namespace {

constexpr int kBodyQueueLimit = 1000;
constexpr size_t kMaxAuthorizationBytes = 4096;
constexpr size_t kMaxRequestIdBytes = 256;
constexpr size_t kMaxQuotedPathBytes = 200;

absl::Status Invalid(absl::string_view message) {
  return Error(absl::StatusCode::kInvalidArgument, reason::kInvalidRequest, message);
}

absl::Status NoRoute(absl::string_view path) {
  return Error(
      absl::StatusCode::kNotFound, reason::kRouteNotFound,
      absl::StrCat("There is nothing at \"", path.substr(0, kMaxQuotedPathBytes),
                   path.size() > kMaxQuotedPathBytes ? "..." : "",
                   "\"; check the URL, with its upper and lower case and "
                   "without a \"/\" at the end."));
}

absl::Status MissingQuery(const HttpBinding& binding) {
  return Error(absl::StatusCode::kNotFound, reason::kRouteNotFound,
               absl::StrCat("There is nothing at this URL without the query parameter ",
                            binding.required_query_name, "; add \"?",
                            binding.required_query_name, "=",
                            binding.required_query_value, "\"."));
}

HttpResponse MethodNotAllowed(absl::string_view request_id, absl::string_view method,
                              const std::vector<absl::string_view>& allow) {
  const std::string allowed = absl::StrJoin(allow, ", ");
  HttpResponse response = ErrorResponse(
      Error(absl::StatusCode::kUnimplemented, reason::kMethodNotAllowed,
            absl::StrCat("This URL does not take ", method, "; use ", allowed, "."))
          .ToStatus(),
      request_id, 405);
  response.headers.emplace_back("Allow", allowed);
  return response;
}

// The problem with the body that the headers describe; empty if it can be read here.
absl::string_view FaultOfBody(const Headers& headers) {
  const absl::string_view content_type = FindHeader(headers, "Content-Type");
  if (absl::StartsWithIgnoreCase(content_type, "application/x-www-form-urlencoded")) {
    return "The body must be JSON, and be said to be: with curl, add -H "
           "'Content-Type: application/json'.";
  }
  if (!IsJsonContentType(content_type)) {
    return "The body must be JSON in UTF-8; send it with the header "
           "\"Content-Type: application/json\".";
  }
  for (const auto& [name, value] : headers) {
    if (!absl::EqualsIgnoreCase(name, "Content-Encoding") || IsIdentityCoding(value))
      continue;
    return "The body must not be compressed; send it as it is, without the header "
           "Content-Encoding.";
  }
  return "";
}

// The target without the scheme and host that requests sent to proxies include.
absl::string_view OriginForm(absl::string_view target) {
  for (const absl::string_view scheme : {"http://", "https://"}) {
    if (!absl::StartsWithIgnoreCase(target, scheme)) continue;
    const size_t slash = target.find_first_of("/?", scheme.size());
    return slash == absl::string_view::npos ? "/" : target.substr(slash);
  }
  return target;
}

absl::Status CheckOnce(const Headers& headers) {
  for (const absl::string_view name :
       {"Authorization", "X-Request-Id", "Idempotency-Key", "Grpc-Timeout",
        "Content-Type", "Origin"}) {
    if (CountHeaders(headers, name) > 1) {
      return Invalid(absl::StrCat("The header ", name, " is given more than once."));
    }
  }
  return absl::OkStatus();
}

// A header that is forwarded to the backend, which accepts only printable ASCII.
absl::StatusOr<std::string> PlainHeader(const Headers& headers, absl::string_view name,
                                        size_t max_bytes) {
  const absl::string_view value = FindHeader(headers, name);
  if (IsPlainHeaderValue(value) && value.size() <= max_bytes) return std::string(value);
  return Invalid(absl::StrCat("The header ", name, " must be at most ", max_bytes,
                              " printable ASCII characters."));
}

// The caller's request id if it is usable; otherwise a new one.
std::string RequestIdFor(const Headers& headers) {
  const absl::string_view given = FindHeader(headers, "X-Request-Id");
  const bool usable =
      !given.empty() && given.size() <= kMaxRequestIdBytes && IsPlainHeaderValue(given);
  return usable ? std::string(given) : NewUuid();
}

}  // namespace

absl::StatusOr<std::unique_ptr<ApiHandler>> ApiHandler::Create(Options options) {
  ASSIGN_OR_RETURN(RouteMatcher matcher, RouteMatcher::Create(options.methods));
  return std::unique_ptr<ApiHandler>(
      new ApiHandler(std::move(options), std::move(matcher)));
}

ApiHandler::ApiHandler(Options options, RouteMatcher matcher)
    : options_(std::move(options)),
      matcher_(std::move(matcher)),
      cors_(options_.cors_origins),
      stub_(options_.channel),
      executor_(options_.body_threads, kBodyQueueLimit),
      environment_{&stub_, &executor_, &cors_, options_.call_log_level} {
  for (const StaticDocument& document : options_.documents) {
    Document& ours = documents_[document.path];
    ours.document = document;
    if (!document.gzip.empty()) continue;
    ours.made_gzip = Gzip(document.text, /*best=*/true);
    ours.document.gzip = ours.made_gzip;
  }
}

HeadResult ApiHandler::OnHead(HttpRequest request) {
  const std::string request_id = RequestIdFor(request.headers);
  HeadResult result = Handle(request, request_id);
  if (auto* response = std::get_if<HttpResponse>(&result)) {
    response->request_id = request_id;
    response->headers.emplace_back("X-Request-Id", request_id);
    cors_.Allow(FindHeader(request.headers, "Origin"), &response->headers);
  }
  return result;
}

HeadResult ApiHandler::Handle(const HttpRequest& request,
                              absl::string_view request_id) const {
  if (request.method == "OPTIONS" && request.target == "*") {
    return AnswerOptions(request,
                         {"DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"});
  }
  const absl::string_view target = OriginForm(request.target);
  const size_t mark = target.find('?');
  const absl::string_view path = target.substr(0, mark);
  if (target.find('#') != absl::string_view::npos) {
    return ErrorResponse(Invalid("The URL has a \"#\"; write it as \"%23\"."),
                         request_id);
  }
  const auto document = documents_.find(path);
  if (document != documents_.end())
    return AnswerDocument(request, request_id, document->second);

  absl::StatusOr<QueryParameters> query =
      ParseQuery(mark == absl::string_view::npos ? "" : target.substr(mark + 1));
  if (!query.ok()) {
    return ErrorResponse(Invalid(absl::StrCat("The query of the URL can't be read: ",
                                              query.status().message(), ".")),
                         request_id);
  }
  absl::StatusOr<RouteMatch> match = matcher_.Match(request.method, path, *query);
  if (!match.ok()) return ErrorResponse(match.status(), request_id);
  std::vector<absl::string_view> allow = match->allow;
  if (!allow.empty()) allow.push_back("OPTIONS");
  switch (match->outcome) {
    case RouteMatch::Outcome::kFound:
      return PlanCall(request, request_id, *std::move(match), *std::move(query));
    case RouteMatch::Outcome::kNoPath:
      return ErrorResponse(NoRoute(path), request_id);
    case RouteMatch::Outcome::kNoMethod:
      if (request.method == "OPTIONS") return AnswerOptions(request, allow);
      return MethodNotAllowed(request_id, request.method, allow);
    case RouteMatch::Outcome::kMissingQuery:
      return ErrorResponse(MissingQuery(*match->route->binding), request_id);
  }
  return ErrorResponse(NoRoute(path), request_id);
}

HttpResponse ApiHandler::AnswerDocument(const HttpRequest& request,
                                        absl::string_view request_id,
                                        const Document& found) const {
  static constexpr absl::string_view kAllow[] = {"GET", "HEAD", "OPTIONS"};
  const std::vector<absl::string_view> allow(std::begin(kAllow), std::end(kAllow));
  if (request.method == "OPTIONS") return AnswerOptions(request, allow);
  if (request.method != "GET" && request.method != "HEAD") {
    return MethodNotAllowed(request_id, request.method, allow);
  }
  HttpResponse response;
  response.log_level = LogLevel::kDebug;
  response.headers = {{"Content-Type", found.document.content_type},
                      {"Cache-Control", "no-cache"},
                      {"Vary", "Accept-Encoding"}};
  if (!found.document.security_policy.empty()) {
    response.headers.emplace_back("Content-Security-Policy",
                                  found.document.security_policy);
  }
  response.static_body = found.document.text;
  if (!found.document.gzip.empty() &&
      AcceptsGzip(FindHeader(request.headers, "Accept-Encoding"))) {
    response.static_body = found.document.gzip;
    response.headers.emplace_back("Content-Encoding", "gzip");
  }
  return response;
}

HttpResponse ApiHandler::AnswerOptions(
    const HttpRequest& request, const std::vector<absl::string_view>& allow) const {
  HttpResponse response;
  response.status = 204;
  const std::string methods = absl::StrJoin(allow, ", ");
  response.headers.emplace_back("Allow", methods);
  if (!FindHeader(request.headers, "Access-Control-Request-Method").empty()) {
    cors_.AllowRequest(FindHeader(request.headers, "Origin"), methods,
                       &response.headers);
  }
  return response;
}

HeadResult ApiHandler::PlanCall(const HttpRequest& request,
                                absl::string_view request_id, RouteMatch match,
                                QueryParameters query) const {
  const Headers& headers = request.headers;
  const absl::Status once = CheckOnce(headers);
  if (!once.ok()) return ErrorResponse(once, request_id);
  if (const absl::string_view fault = FaultOfBody(headers);
      request.has_body && !fault.empty()) {
    HttpResponse response = ErrorResponse(
        Error(absl::StatusCode::kInvalidArgument, reason::kUnsupportedMediaType, fault)
            .ToStatus(),
        request_id, 415);
    response.headers.emplace_back("Accept-Encoding", "identity");
    return response;
  }
  CallPlan plan;
  absl::Duration timeout = options_.max_timeout;
  const absl::string_view grpc_timeout = FindHeader(headers, "Grpc-Timeout");
  if (!grpc_timeout.empty()) {
    const absl::StatusOr<absl::Duration> given = ParseGrpcTimeout(grpc_timeout);
    if (!given.ok()) return ErrorResponse(given.status(), request_id);
    timeout = std::min(timeout, *given);
  }
  plan.deadline = SteadyNow() + timeout;
  for (const auto& [name, max_bytes, field] :
       {std::make_tuple("Authorization", kMaxAuthorizationBytes, &plan.authorization),
        std::make_tuple("X-Request-Id", kMaxRequestIdBytes, &plan.request_id),
        std::make_tuple("Idempotency-Key", kMaxRequestIdBytes,
                        &plan.idempotency_key)}) {
    absl::StatusOr<std::string> value = PlainHeader(headers, name, max_bytes);
    if (!value.ok()) return ErrorResponse(value.status(), request_id);
    *field = *std::move(value);
  }
  if (plan.request_id.empty()) plan.request_id = std::string(request_id);
  plan.match = std::move(match);
  plan.query = std::move(query);
  plan.origin = std::string(FindHeader(headers, "Origin"));
  plan.gzip = AcceptsGzip(FindHeader(headers, "Accept-Encoding"));
  plan.head = request.method == "HEAD";
  return NewBackendCall(&environment_, std::move(plan));
}

}  // namespace gitsync::gateway
