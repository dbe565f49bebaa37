#include "client/lib/client.h"

#include <algorithm>
#include <utility>

#include "absl/synchronization/notification.h"
#include "client/lib/channel.h"

namespace gitsync::client {
namespace {

constexpr absl::Duration kFirstBackoff = absl::Milliseconds(100);
constexpr absl::Duration kLastBackoff = absl::Seconds(5);

bool HasEnded(const v1::Operation& operation) {
  switch (operation.state()) {
    case v1::OPERATION_STATE_SUCCEEDED:
    case v1::OPERATION_STATE_FAILED:
    case v1::OPERATION_STATE_CANCELLED:
      return true;
    default:
      return false;
  }
}

// Whether a watch that ended with `status` was cut off rather than answered.
bool IsBroken(const absl::Status& status) {
  if (status.ok() || absl::IsUnavailable(status)) return true;
  // The status that a proxy or a stopping server gives to a broken stream has no
  // reason.
  return (absl::IsInternal(status) || absl::IsCancelled(status)) &&
         ErrorOf(status).reason.empty();
}

// Returns early when a stop is requested on `stop`.
void Sleep(absl::Duration duration, const std::stop_token& stop) {
  absl::Notification stopped;
  const std::stop_callback wake(stop, [&stopped] { stopped.Notify(); });
  stopped.WaitForNotificationWithTimeout(duration);
}

}  // namespace

absl::StatusOr<std::unique_ptr<Client>> Client::Create(const ClientOptions& options) {
  absl::StatusOr<std::shared_ptr<grpc::Channel>> channel = CreateChannel(options);
  if (!channel.ok()) return channel.status();
  return std::make_unique<Client>(*std::move(channel), options.default_timeout);
}

Client::Client(std::shared_ptr<grpc::Channel> channel, absl::Duration default_timeout)
    : default_timeout_(default_timeout),
      stubs_(v1::AccessTokenService::NewStub(channel), v1::AppService::NewStub(channel),
             v1::GitConfigService::NewStub(channel),
             v1::GitSyncService::NewStub(channel),
             v1::OperationService::NewStub(channel),
             v1::OrganizationService::NewStub(channel)) {}

void Client::Limit(const CallOptions& options, grpc::ClientContext& context) const {
  const absl::Duration timeout = options.timeout.value_or(default_timeout_);
  if (timeout != absl::InfiniteDuration()) {
    context.set_deadline(absl::ToChronoTime(absl::Now() + timeout));
  }
}

int64_t Client::ItemCount(const google::protobuf::Message& list) {
  const auto* descriptor = list.GetDescriptor();
  for (int i = 0; i < descriptor->field_count(); ++i) {
    if (descriptor->field(i)->is_repeated()) {
      return list.GetReflection()->FieldSize(list, descriptor->field(i));
    }
  }
  return 0;
}

absl::StatusOr<v1::Operation> Client::WaitForOperation(
    const std::string& operation_id, absl::Time deadline,
    const std::function<void(const v1::Operation&)>& on_progress,
    std::stop_token stop) {
  v1::WatchOperationRequest request;
  request.set_operation_id(operation_id);
  absl::Duration backoff = kFirstBackoff;
  std::optional<v1::Operation> reported;

  while (true) {
    grpc::ClientContext context;
    CallOptions options;
    options.timeout = deadline - absl::Now();
    Limit(options, context);
    const std::stop_callback cancel(stop, [&context] { context.TryCancel(); });

    const auto reader =
        stub<v1::OperationService::Stub>().WatchOperation(&context, request);
    v1::WatchOperationResponse response;
    while (reader->Read(&response)) {
      backoff = kFirstBackoff;
      const v1::Operation& operation = response.operation();
      // The first message after a reconnect often repeats what is already known.
      const bool news = !reported || reported->state() != operation.state() ||
                        reported->phase() != operation.phase();
      if (news && on_progress) on_progress(operation);
      reported = operation;
      if (HasEnded(operation)) {
        context.TryCancel();
        reader->Finish();
        return operation;
      }
    }

    const grpc::Status ended = reader->Finish();
    const absl::Status status = ToStatus(ended, context);
    if (stop.stop_requested()) return absl::CancelledError("The wait was cancelled.");
    if (!IsBroken(status)) return status;
    const absl::Duration left = deadline - absl::Now();
    if (left <= absl::ZeroDuration()) {
      return absl::DeadlineExceededError("The operation was still running.");
    }
    Sleep(std::min(backoff, left), stop);
    backoff = std::min(backoff * 2, kLastBackoff);
  }
}

}  // namespace gitsync::client
