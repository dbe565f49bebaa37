#ifndef GITSYNC_SERVER_HTTP_CLIENT_HTTP_SESSION_H_
#define GITSYNC_SERVER_HTTP_CLIENT_HTTP_SESSION_H_

#include <curl/curl.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "server/base/context.h"
#include "server/http_client/http_message.h"
#include "server/http_client/http_options.h"
#include "server/http_client/http_url.h"

namespace gitsync {

// One connection to one origin, for one request at a time, which is written and read
// piece by piece. Used by one thread at a time. It makes progress only inside the
// methods that block.
//
// Every method that blocks returns the errors of HttpClient::Send.
class HttpSession {
 public:
  // Does not connect yet.
  static absl::StatusOr<std::unique_ptr<HttpSession>> Create(
      HttpOrigin origin, const std::string& ca_certificate, const HttpOptions& options);

  ~HttpSession();
  HttpSession(const HttpSession&) = delete;
  HttpSession& operator=(const HttpSession&) = delete;

  enum class Body {
    kWhole,     // the request's `body`
    kStreamed,  // what is passed to Write
  };

  // Begins a request to the session's origin, in place of the previous one, and sends
  // what can be sent at once. Blocks only to resolve the host, the first time.
  // Connection failures are reported only by later calls.
  absl::Status Begin(HttpRequest request, Body body, const Context& context);

  // Blocks until the connection has taken `bytes` of a streamed body, or the remote has
  // refused the request; head() then says so, and the rest is not sent.
  absl::Status Write(absl::string_view bytes);

  // Ends a streamed body, and blocks until the answer's status and headers are there or
  // the remote has been silent for `stall_limit`.
  absl::Status WaitForHead(absl::Duration stall_limit);
  absl::Status WaitForHead() { return WaitForHead(options_.stall_limit); }

  // Status and headers of the answer, once received.
  const HttpResponse& head() const { return head_; }

  // Blocks for at least one byte of the answer's body; returns 0 at its end. A
  // truncated body ends with an error.
  absl::StatusOr<size_t> Read(char* buffer, size_t size);

  // Whether the remote may have received any of the request's body.
  bool body_was_sent() const { return body_was_sent_; }
  const HttpRequest& request() const { return request_; }
  const Context& context() const { return context_; }
  const HttpOrigin& origin() const { return origin_; }

  // Whether the last answer was read to its end, so that the connection can be reused.
  bool IsIdle() const;
  // Whether the connection is known to have ended. Does not block.
  bool IsDead() const;
  // Prepares the session to be kept: forgets the last request, above all its secret.
  void Forget();
  // Whether the connection had already been kept when the request began.
  bool was_kept() const { return was_kept_; }

 private:
  // Wipes the lines before freeing them, because one of them may contain a secret.
  struct WipeAndFree {
    void operator()(curl_slist* list) const;
  };
  using Lines = std::unique_ptr<curl_slist, WipeAndFree>;

  HttpSession(HttpOrigin origin, const HttpOptions& options);

  absl::Status Configure(const std::string& ca_certificate);
  // Restricts the connection to checked addresses.
  absl::Status PinAddresses();
  absl::Status SetRequest();
  // Runs the request until `reached` returns true, or the request ends.
  absl::Status Drive(absl::FunctionRef<bool()> reached, absl::Duration stall_limit);
  absl::Status Perform();
  void Resume();
  void End();
  absl::Status Failure() const;
  bool IsRefused() const { return has_head_ && head_.status >= 300; }

  static size_t OnHeader(char* bytes, size_t size, size_t count, void* self);
  static size_t OnBody(char* bytes, size_t size, size_t count, void* self);
  static size_t OnWantBody(char* buffer, size_t size, size_t count, void* self);
  static int OnRewind(void* self, curl_off_t offset, int origin);
  static int OnSend(void* self, char* remote_ip, char* local_ip, int remote_port,
                    int local_port);

  const HttpOrigin origin_;
  const HttpOptions options_;
  const bool proxied_;
  CURLM* multi_ = nullptr;
  CURL* easy_ = nullptr;
  bool resolved_ = false;
  Lines pinned_;
  Lines headers_;
  char words_[CURL_ERROR_SIZE] = {};  // libcurl's message for the last error

  HttpRequest request_;
  Context context_;
  Body body_ = Body::kWhole;
  absl::string_view to_send_;  // part of the body that libcurl has not taken yet
  bool body_ended_ = false;
  bool body_was_sent_ = false;
  bool sending_paused_ = false;
  int times_sent_ = 0;

  HttpResponse head_;
  size_t head_bytes_ = 0;
  bool has_head_ = false;
  std::string received_;
  size_t read_ = 0;  // position in `received_`
  bool receiving_paused_ = false;

  uint64_t moved_bytes_ = 0;
  absl::Duration patience_;  // how long until a silent host counts as stalled
  bool kept_ = false;
  bool was_kept_ = false;
  bool active_ = false;  // the request is in libcurl's hands
  bool done_ = false;
  CURLcode result_ = CURLE_OK;
};

}  // namespace gitsync

#endif  // GITSYNC_SERVER_HTTP_CLIENT_HTTP_SESSION_H_
