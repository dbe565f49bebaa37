// What the HTTP server calls for each request.

#ifndef GITSYNC_SERVER_GATEWAY_HTTP_HTTP_HANDLER_H_
#define GITSYNC_SERVER_GATEWAY_HTTP_HTTP_HANDLER_H_

#include <functional>
#include <memory>
#include <string>
#include <variant>

#include "server/gateway/http/http_message.h"

namespace gitsync::gateway {

// Where the answer to one request goes: Send once, or Start, Write any number of times,
// and Finish. Thread-safe; nothing blocks. What comes after the client has gone is
// dropped.
class Responder {
 public:
  virtual ~Responder() = default;

  virtual void Send(HttpResponse response) = 0;

  // Sends status and headers; `response.body` is not sent.
  virtual void Start(HttpResponse response) = 0;
  // Sends the text at once, as a chunk. `written` is called once on a thread of the
  // server, when it has been written or the client has gone: not before it should there
  // be another Write.
  virtual void Write(std::string text, std::function<void()> written) = 0;
  virtual void Finish() = 0;
};

// One request's work.
class HttpExchange {
 public:
  virtual ~HttpExchange() = default;

  // The request has been read. Must not block; answers now or later, from any thread.
  virtual void Run(std::string body, std::shared_ptr<Responder> responder) = 0;

  // The client has gone: what still goes on is of no use. Called once at most, after
  // Run or instead of it.
  virtual void Cancel() = 0;
};

// The answer, or who will give it once the body has been read.
using HeadResult = std::variant<HttpResponse, std::shared_ptr<HttpExchange>>;

class HttpHandler {
 public:
  virtual ~HttpHandler() = default;

  // Looks at a request before its body is read. Thread-safe, must not block.
  virtual HeadResult OnHead(HttpRequest request) = 0;
};

}  // namespace gitsync::gateway

#endif  // GITSYNC_SERVER_GATEWAY_HTTP_HTTP_HANDLER_H_
