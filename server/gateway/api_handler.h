#ifndef GITSYNC_SERVER_GATEWAY_API_HANDLER_H_
#define GITSYNC_SERVER_GATEWAY_API_HANDLER_H_

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "server/base/executor.h"
#include "server/gateway/http/http_handler.h"
#include "server/gateway/http/static_document.h"
#include "server/gateway/transcoding/backend_call.h"
#include "server/gateway/transcoding/cors.h"
#include "server/gateway/transcoding/route_matcher.h"

namespace gitsync::gateway {

// Answers requests with a document, with an error, or by calling the backend.
class ApiHandler : public HttpHandler {
 public:
  struct Options {
    std::shared_ptr<grpc::Channel> channel;
    std::vector<const MethodTable*> methods;
    std::vector<StaticDocument> documents;
    std::vector<std::string> cors_origins;
    absl::Duration max_timeout = absl::Seconds(150);
    // Level of the line logged for each call. A backend in the same process logs its
    // own.
    LogLevel call_log_level = LogLevel::kInfo;
    int body_threads = 2;
  };

  // INVALID_ARGUMENT, bare, if the methods' routes are invalid.
  static absl::StatusOr<std::unique_ptr<ApiHandler>> Create(Options options);

  HeadResult OnHead(HttpRequest request) override;

 private:
  struct Document {
    StaticDocument document;
    std::string made_gzip;  // backs document.gzip if none was given
  };

  ApiHandler(Options options, RouteMatcher matcher);

  HeadResult Handle(const HttpRequest& request, absl::string_view request_id) const;
  HttpResponse AnswerDocument(const HttpRequest& request, absl::string_view request_id,
                              const Document& document) const;
  HttpResponse AnswerOptions(const HttpRequest& request,
                             const std::vector<absl::string_view>& allow) const;
  HeadResult PlanCall(const HttpRequest& request, absl::string_view request_id,
                      RouteMatch match, QueryParameters query) const;

  const Options options_;
  const RouteMatcher matcher_;
  const CorsPolicy cors_;
  std::map<std::string, Document, std::less<>> documents_;
  BackendStub stub_;
  Executor executor_;
  CallEnvironment environment_;
};

}  // namespace gitsync::gateway

#endif  // GITSYNC_SERVER_GATEWAY_API_HANDLER_H_
