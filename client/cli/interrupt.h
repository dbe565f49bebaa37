#ifndef GITSYNC_CLIENT_CLI_INTERRUPT_H_
#define GITSYNC_CLIENT_CLI_INTERRUPT_H_

#include <signal.h>

#include <atomic>
#include <stop_token>
#include <thread>

namespace gitsync::cli {

// Turns SIGINT and SIGTERM into a stop request: the call in progress is cancelled, and
// the program ends in an orderly way. A second signal ends the process at once.
//
// Create it before any other thread starts, so that no other thread receives the
// signals.
class InterruptWatch {
 public:
  InterruptWatch();
  ~InterruptWatch();
  InterruptWatch(const InterruptWatch&) = delete;
  InterruptWatch& operator=(const InterruptWatch&) = delete;

  std::stop_token token() const { return source_.get_token(); }

 private:
  void Watch();

  sigset_t signals_;
  std::stop_source source_;
  std::atomic<bool> done_ = false;
  std::thread thread_;
};

}  // namespace gitsync::cli

#endif  // GITSYNC_CLIENT_CLI_INTERRUPT_H_
