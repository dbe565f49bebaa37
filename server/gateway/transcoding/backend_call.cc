#include "server/gateway/transcoding/backend_call.h"

#include <grpc/support/time.h>
#include <grpcpp/client_context.h>
#include <grpcpp/support/client_callback.h>

#include <atomic>
#include <utility>

#include "absl/strings/str_cat.h"
#include "server/base/error.h"
#include "server/base/reason.h"
#include "server/base/rpc_status.h"
#include "server/base/status_macros.h"
#include "server/base/steady_clock.h"
#include "server/gateway/http/gzip.h"
#include "server/gateway/http/http_error.h"
#include "server/gateway/transcoding/request_binder.h"
#include "server/gateway/transcoding/rest_names.h"

namespace gitsync::gateway {
namespace {

using google::protobuf::Message;

// Larger bodies are not parsed on a thread that also serves other connections.
constexpr size_t kMaxInlineBodyBytes = 64 << 10;
constexpr size_t kMinGzipBytes = 1024;
constexpr size_t kMinAnswerBytes = 512;
constexpr char kRequestIdName[] = "x-request-id";

std::string RequestIdIn(
    const std::multimap<grpc::string_ref, grpc::string_ref>& metadata) {
  const auto found = metadata.find(kRequestIdName);
  return found == metadata.end()
             ? std::string()
             : std::string(found->second.data(), found->second.size());
}

// Converts to the clock on which gRPC measures deadlines.
gpr_timespec MonotonicTime(absl::Time deadline) {
  return gpr_time_add(
      gpr_now(GPR_CLOCK_MONOTONIC),
      gpr_time_from_nanos(absl::ToInt64Nanoseconds(deadline - SteadyNow()),
                          GPR_TIMESPAN));
}

// Serializes the message into a single slice, which gRPC sends.
grpc::ByteBuffer Serialize(const Message& message) {
  grpc::Slice slice(message.ByteSizeLong());
  message.SerializeWithCachedSizesToArray(const_cast<uint8_t*>(slice.begin()));
  return grpc::ByteBuffer(&slice, 1);
}

// The common part of unary and streaming calls to the backend.
class BackendCall : public HttpExchange,
                    public std::enable_shared_from_this<BackendCall> {
 public:
  BackendCall(const CallEnvironment* environment, CallPlan plan)
      : environment_(*environment), plan_(std::move(plan)) {
    context_.set_deadline(MonotonicTime(plan_.deadline));
    if (!plan_.authorization.empty()) {
      context_.AddMetadata("authorization", plan_.authorization);
    }
    context_.AddMetadata(kRequestIdName, plan_.request_id);
  }

  void Run(std::string body, std::shared_ptr<Responder> responder) override {
    responder_ = std::move(responder);
    if (body.size() <= kMaxInlineBodyBytes) return ReadAndCall(body);
    auto task = [self = shared_from_this(),
                 moved = std::make_shared<std::string>(std::move(body))] {
      self->ReadAndCall(*moved);
    };
    if (!environment_.executor->Run(std::move(task))) {
      SendError(
          ToRpcStatus(Error(absl::StatusCode::kResourceExhausted, reason::kServerBusy,
                            "The server has more work waiting than it takes on; "
                            "repeat the request in a moment.")
                          .RetryAfter(absl::Seconds(1))));
    }
  }

  void Cancel() override { context_.TryCancel(); }

 protected:
  // Starts the call, which sends `request_`.
  virtual void StartCall() = 0;

  const Method& method() const { return *plan_.match.route->method; }
  const HttpBinding& binding() const { return *plan_.match.route->binding; }

  // The error of a call that was started.
  google::rpc::Status BackendError(const grpc::Status& status) const {
    google::rpc::Status error = ErrorOfCall(status);
    UseRestNames(method(), &error);
    return error;
  }

  // The backend's id for the request; it may have refused the id that it was given.
  std::string RequestId() const {
    std::string id = RequestIdIn(context_.GetServerTrailingMetadata());
    return id.empty() ? plan_.request_id : id;
  }

  void Decorate(std::string request_id, HttpResponse* response) const {
    response->request_id = std::move(request_id);
    response->log_level = environment_.log_level;
    response->headers.emplace_back("X-Request-Id", response->request_id);
    environment_.cors->Allow(plan_.origin, &response->headers);
  }

  void SendError(google::rpc::Status error) {
    std::string request_id = RequestId();
    HttpResponse response = ErrorResponse(std::move(error), request_id);
    Decorate(std::move(request_id), &response);
    Answer(std::move(response));
  }

  // Must be the last use of the responder.
  void Answer(HttpResponse response) {
    std::exchange(responder_, nullptr)->Send(std::move(response));
  }

  const CallEnvironment& environment_;
  const CallPlan plan_;
  grpc::ClientContext context_;
  grpc::ByteBuffer request_;
  std::unique_ptr<Message> response_;
  std::shared_ptr<Responder> responder_;

 private:
  absl::Status ReadRequest(std::string& body) {
    const std::unique_ptr<Message> request(method().request().New());
    RETURN_IF_ERROR(BindRequest(plan_.match, plan_.query, body, request.get()));
    // Frees the body, so that it is not in memory together with the serialized bytes.
    std::string().swap(body);
    if (!plan_.idempotency_key.empty()) {
      RETURN_IF_ERROR(BindIdempotencyKey(plan_.idempotency_key, request.get()));
    }
    request_ = Serialize(*request);
    return absl::OkStatus();
  }

  void ReadAndCall(std::string& body) {
    const absl::Status read = ReadRequest(body);
    if (!read.ok()) return SendError(ToRpcStatus(read));
    // gRPC may start a call even though its deadline has passed.
    if (plan_.deadline <= SteadyNow()) {
      return SendError(ErrorOfCall({grpc::StatusCode::DEADLINE_EXCEEDED, ""}));
    }
    response_.reset(method().response().New());
    StartCall();
  }
};

class UnaryBackendCall : public BackendCall {
 public:
  using BackendCall::BackendCall;

 protected:
  void StartCall() override {
    const auto self = std::static_pointer_cast<UnaryBackendCall>(shared_from_this());
    environment_.stub->UnaryCall(&context_, std::string(method().full_name),
                                 grpc::StubOptions(), &request_, response_.get(),
                                 [self](grpc::Status status) { self->OnDone(status); });
    // gRPC holds its own reference to the bytes until they are sent.
    request_.Clear();
  }

 private:
  void OnDone(const grpc::Status& status) {
    if (!status.ok()) return SendError(BackendError(status));
    HttpResponse response;
    // Almost all of a large answer is text that stays the same in JSON. Growing the
    // string while writing would need three times its memory.
    const size_t size = response_->ByteSizeLong();
    response.body.reserve(size + size / 8 + kMinAnswerBytes);
    const absl::Status written = binding().write_response(*response_, &response.body);
    response_.reset();
    if (!written.ok()) {
      Log(LogLevel::kError, "answer not written",
          {{"method", method().full_name}, {"error", written}});
      return SendError(ToRpcStatus(written));
    }
    response.status = method().success_status;
    response.headers = {{"Content-Type", "application/json"},
                        {"Cache-Control", "no-store"}};
    if (response.body.size() >= kMinGzipBytes) Compress(&response);
    Decorate(RequestId(), &response);
    Answer(std::move(response));
  }

  void Compress(HttpResponse* response) const {
    response->headers.emplace_back("Vary", "Accept-Encoding");
    if (!plan_.gzip) return;
    std::string packed = Gzip(response->body, /*best=*/false);
    if (packed.empty()) return;
    response->body = std::move(packed);
    response->headers.emplace_back("Content-Encoding", "gzip");
  }
};

// A stream of messages. The next message is read once the previous one has been
// written.
//
// Lifetime: it owns itself from StartCall until OnDone.
class StreamBackendCall
    : public BackendCall,
      public grpc::ClientBidiReactor<grpc::ByteBuffer, google::protobuf::Message> {
 public:
  using BackendCall::BackendCall;

  void OnReadDone(bool ok) override {
    if (!ok) return RemoveHold();
    if (!started_) StartAnswer(RequestIdIn(context_.GetServerInitialMetadata()));
    std::string line;
    failure_ = binding().write_response(*response_, &line);
    if (!failure_.ok()) {
      context_.TryCancel();
      return RemoveHold();
    }
    line.push_back('\n');
    response_->Clear();
    // Also runs when the client has gone; the read then fails, because the call was
    // cancelled.
    responder_->Write(std::move(line), [this] { StartRead(response_.get()); });
  }

  void OnDone(const grpc::Status& status) override {
    const auto self = std::exchange(self_, nullptr);
    const bool ok = status.ok() && failure_.ok();
    google::rpc::Status error =
        failure_.ok() ? BackendError(status) : ToRpcStatus(failure_);
    if (!ok && !started_) return SendError(std::move(error));
    if (!started_) StartAnswer(RequestId());
    const std::shared_ptr<Responder> responder = std::exchange(responder_, nullptr);
    if (!ok) {
      AddRequestInfo(RequestId(), &error);
      responder->Write(absl::StrCat("{\"error\":", ErrorJson(error), "}\n"), [] {});
    }
    responder->Finish();
  }

 protected:
  void StartCall() override {
    self_ = shared_from_this();
    environment_.stub->PrepareBidiStreamingCall(
        &context_, std::string(method().full_name), grpc::StubOptions(), this);
    // Reads are started outside the reactor's methods.
    AddHold();
    StartWriteLast(&request_, grpc::WriteOptions());
    StartRead(response_.get());
    grpc::ClientBidiReactor<grpc::ByteBuffer, google::protobuf::Message>::StartCall();
  }

 private:
  void StartAnswer(std::string request_id) {
    started_ = true;
    HttpResponse response;
    response.status = method().success_status;
    response.headers = {{"Content-Type", "application/x-ndjson"},
                        {"Cache-Control", "no-store"}};
    Decorate(std::move(request_id), &response);
    responder_->Start(std::move(response));
    // Nobody would receive the rest of the stream.
    if (plan_.head) context_.TryCancel();
  }

  std::shared_ptr<BackendCall> self_;
  bool started_ = false;
  absl::Status failure_;
};

}  // namespace

std::shared_ptr<HttpExchange> NewBackendCall(const CallEnvironment* environment,
                                             CallPlan plan) {
  if (plan.match.route->method->server_streaming) {
    return std::make_shared<StreamBackendCall>(environment, std::move(plan));
  }
  return std::make_shared<UnaryBackendCall>(environment, std::move(plan));
}

}  // namespace gitsync::gateway
