#include "server/base/log_writer.h"

#include <signal.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdlib>
#include <string>
#include <thread>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "server/base/logging.h"

namespace gitsync {
namespace {

constexpr size_t kMaxPendingBytes = 1 << 20;
// While lines keep coming, the lines of this period are written together: a write for
// each line would cost more than the line itself.
constexpr absl::Duration kGather = absl::Milliseconds(2);

void WriteAll(absl::string_view text) {
  while (!text.empty()) {
    const ssize_t written = write(STDERR_FILENO, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    // There is nowhere to report this.
    if (written <= 0) return;
    text.remove_prefix(static_cast<size_t>(written));
  }
}

class Writer {
 public:
  Writer() : thread_([this] { Work(); }) { thread_.detach(); }

  void Put(absl::string_view line, bool urgent) {
    absl::MutexLock lock(&mutex_);
    if (pending_.size() + line.size() > kMaxPendingBytes) {
      if (!urgent) {
        ++dropped_;
        return;
      }
      Await(put_);
    }
    pending_.append(line.data(), line.size());
    put_ += line.size();
    if (idle_) wake_.Signal();
    if (urgent) Await(put_);
  }

  void Flush() {
    absl::MutexLock lock(&mutex_);
    Await(put_);
  }

  // For a signal handler in a process that is about to die. Proceeds without the lock
  // if another thread, or this one, holds it.
  void WriteWhatIsLeft() ABSL_NO_THREAD_SAFETY_ANALYSIS {
    const bool locked = mutex_.TryLock();
    WriteAll(pending_);
    pending_.clear();
    if (locked) mutex_.Unlock();
  }

 private:
  // Waits until the first `end` bytes are written.
  void Await(uint64_t end) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    while (written_ < end) {
      hurry_ = true;
      wake_.Signal();
      done_.Wait(&mutex_);
    }
  }

  void Work() {
    std::string lines;
    absl::MutexLock lock(&mutex_);
    while (true) {
      idle_ = true;
      while (pending_.empty()) wake_.Wait(&mutex_);
      idle_ = false;
      lines.clear();
      lines.swap(pending_);
      const uint64_t end = put_;
      hurry_ = false;
      mutex_.Unlock();
      WriteAll(lines);
      mutex_.Lock();
      written_ = end;
      // Logged only once there is room, so that this line is not dropped as well.
      const bool room = pending_.size() < kMaxPendingBytes / 2;
      const int64_t dropped = room ? std::exchange(dropped_, 0) : 0;
      if (dropped > 0) {
        mutex_.Unlock();
        Log(LogLevel::kInfo, "log lines were dropped", {{"lines", dropped}});
        mutex_.Lock();
      }
      done_.SignalAll();
      if (hurry_) continue;
      mutex_.Unlock();
      // This is not a timed wait: if the clock is set back, such a wait would last
      // until the clock has caught up.
      absl::SleepFor(kGather);
      mutex_.Lock();
    }
  }

  absl::Mutex mutex_;
  absl::CondVar wake_;
  absl::CondVar done_;
  std::string pending_ ABSL_GUARDED_BY(mutex_);
  uint64_t put_ ABSL_GUARDED_BY(mutex_) = 0;      // bytes in total
  uint64_t written_ ABSL_GUARDED_BY(mutex_) = 0;  // bytes written so far
  int64_t dropped_ ABSL_GUARDED_BY(mutex_) = 0;
  bool idle_ ABSL_GUARDED_BY(mutex_) = false;
  bool hurry_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

// Never destroyed: threads may log until the process ends.
std::atomic<Writer*> g_writer{nullptr};

void OnFatalSignal(int) {
  Writer* const writer = g_writer.exchange(nullptr);
  if (writer != nullptr) writer->WriteWhatIsLeft();
  // When this returns, the signal takes its default effect: the handler was reset and
  // the cause persists.
}

void WatchFatalSignals() {
  for (const int signal : {SIGABRT, SIGSEGV, SIGBUS, SIGFPE, SIGILL}) {
    struct sigaction before = {};
    sigaction(signal, nullptr, &before);
    // Keeps the handler of a sanitizer.
    if (before.sa_handler != SIG_DFL || (before.sa_flags & SA_SIGINFO) != 0) continue;
    struct sigaction action = {};
    action.sa_handler = &OnFatalSignal;
    action.sa_flags = SA_RESETHAND;
    sigaction(signal, &action, nullptr);
  }
}

}  // namespace

void StartLogWriter() {
  static Writer* const writer = new Writer;
  g_writer = writer;
  WatchFatalSignals();
  // Lines logged after this are written at once.
  std::atexit([] {
    g_writer = nullptr;
    writer->Flush();
  });
}

void WriteLogLine(absl::string_view line, bool urgent) {
  if (Writer* const writer = g_writer) return writer->Put(line, urgent);
  WriteAll(line);
}

void FlushLog() {
  if (Writer* const writer = g_writer) writer->Flush();
}

}  // namespace gitsync
