#include "server/app/grpc_log.h"

#include <grpcpp/version_info.h>

#include "server/base/logging.h"

// From 1.66 on, gRPC logs through Abseil.
#if GRPC_CPP_VERSION_MAJOR > 1 || GRPC_CPP_VERSION_MINOR >= 66

#include "absl/log/globals.h"
#include "absl/log/initialize.h"
#include "absl/log/log_entry.h"
#include "absl/log/log_sink.h"
#include "absl/log/log_sink_registry.h"

namespace gitsync {
namespace {

class GrpcLog : public absl::LogSink {
 public:
  void Send(const absl::LogEntry& entry) override {
    const bool is_error = entry.log_severity() >= absl::LogSeverity::kError;
    Log(is_error ? LogLevel::kWarning : LogLevel::kDebug, "grpc",
        {{"message", entry.text_message()}});
  }
};

}  // namespace

void TakeOverGrpcLog() {
  absl::InitializeLog();
  absl::SetStderrThreshold(absl::LogSeverityAtLeast::kInfinity);
  // Kept until the process ends.
  absl::AddLogSink(new GrpcLog());
}

}  // namespace gitsync

#else

#include <grpc/support/log.h>

namespace gitsync {

void TakeOverGrpcLog() {
  gpr_set_log_function([](gpr_log_func_args* args) {
    const bool is_error = args->severity == GPR_LOG_SEVERITY_ERROR;
    Log(is_error ? LogLevel::kWarning : LogLevel::kDebug, "grpc",
        {{"message", args->message}});
  });
}

}  // namespace gitsync

#endif
