// The interface that the HTTP server calls for each request.

#ifndef GITSYNC_SERVER_GATEWAY_HTTP_HTTP_HANDLER_H_
#define GITSYNC_SERVER_GATEWAY_HTTP_HTTP_HANDLER_H_

#include <functional>
#include <memory>
#include <string>
#include <variant>

#include "server/gateway/http/http_message.h"

namespace gitsync::gateway {

// Receives the answer to one request: either Send once, or Start, any number of Writes,
// and Finish. Thread-safe and non-blocking. Anything sent after the client has gone is
// dropped.
class Responder {
 public:
  virtual ~Responder() = default;

  virtual void Send(HttpResponse response) = 0;

  // Sends the status and headers; `response.body` is not sent.
  virtual void Start(HttpResponse response) = 0;
  // Sends the text at once, as a chunk. `written` is called once, on a server thread,
  // when the text has been written or the client has gone. Callers should not Write
  // again before that.
  virtual void Write(std::string text, std::function<void()> written) = 0;
  virtual void Finish() = 0;
};

// The work of one request.
class HttpExchange {
 public:
  virtual ~HttpExchange() = default;

  // The request has been read. Must not block; answers now or later, from any thread.
  virtual void Run(std::string body, std::shared_ptr<Responder> responder) = 0;

  // The client has gone, so any remaining work is useless. Called at most once, after
  // Run or instead of it.
  virtual void Cancel() = 0;
};

// Either the answer, or the exchange that will give it once the body has been read.
using HeadResult = std::variant<HttpResponse, std::shared_ptr<HttpExchange>>;

class HttpHandler {
 public:
  virtual ~HttpHandler() = default;

  // Inspects a request before its body is read. Thread-safe, must not block.
  virtual HeadResult OnHead(HttpRequest request) = 0;
};

}  // namespace gitsync::gateway

#endif  // GITSYNC_SERVER_GATEWAY_HTTP_HTTP_HANDLER_H_
