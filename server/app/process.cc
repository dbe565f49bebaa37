#include "server/app/process.h"

#include <malloc.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <thread>

#include "absl/synchronization/mutex.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "server/app/grpc_log.h"
#include "server/base/log_writer.h"
#include "server/base/logging.h"

namespace gitsync {
namespace {

// Blocks of at least this size, such as definitions, go back to the system when they
// are freed. By default, glibc soon begins to keep them, separately for each thread.
constexpr int kLargeBlockBytes = 1 << 20;

sigset_t StopSignals() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  return signals;
}

sigset_t HeardSignals() {
  sigset_t signals = StopSignals();
  sigaddset(&signals, SIGHUP);
  return signals;
}

void RaiseFileLimit() {
  rlimit limit;
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  if (setrlimit(RLIMIT_NOFILE, &limit) != 0) {
    Log(LogLevel::kWarning, "limit of open files not raised",
        {{"limit", static_cast<int64_t>(limit.rlim_cur)}});
  }
}

}  // namespace

void PrepareProcess() {
  umask(077);
  prctl(PR_SET_DUMPABLE, 0);
  const rlimit no_core = {0, 0};
  setrlimit(RLIMIT_CORE, &no_core);
  signal(SIGPIPE, SIG_IGN);
  RaiseFileLimit();
  mallopt(M_MMAP_THRESHOLD, kLargeBlockBytes);
#ifdef NDEBUG
  // Debian's Abseil is a debug build: each lock, ours or gRPC's, would look for cycles
  // in a graph of all locks, under one lock for the whole process, and abort.
  absl::SetMutexDeadlockDetectionMode(absl::OnDeadlockCycle::kIgnore);
#endif
  TakeOverGrpcLog();
  const sigset_t signals = HeardSignals();
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  StartLogWriter();
}

Signal WaitForSignal() {
  const sigset_t heard = HeardSignals();
  int received = 0;
  sigwait(&heard, &received);
  if (received == SIGHUP) return Signal::kReload;
  std::thread([signals = StopSignals()] {
    int second = 0;
    sigwait(&signals, &second);
    // The reader of standard error may have stopped reading.
    std::thread(&FlushLog).detach();
    absl::SleepFor(absl::Milliseconds(200));
    _exit(1);
  }).detach();
  return Signal::kStop;
}

}  // namespace gitsync
