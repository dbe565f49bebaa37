#ifndef GITSYNC_SERVER_NET_SESSION_POOL_H_
#define GITSYNC_SERVER_NET_SESSION_POOL_H_

#include <iterator>
#include <list>
#include <memory>
#include <string>
#include <utility>

#include "absl/functional/function_ref.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"

namespace gitsync {

// Idle sessions, the most recently used first. Thread-safe. A Session ends when it is
// destroyed, and must have `bool IsDead()`, which does not block.
template <typename Session>
class SessionPool {
 public:
  SessionPool(int max_idle, absl::Duration max_idle_time)
      : max_idle_(max_idle), max_idle_time_(max_idle_time) {}

  // Takes a session that was put under `key` and is `wanted`; null if no such session
  // looks alive.
  std::unique_ptr<Session> Take(
      const std::string& key, absl::FunctionRef<bool(const Session&)> wanted =
                                  [](const Session&) { return true; }) {
    std::list<Idle> old;
    absl::MutexLock lock(&mutex_);
    TakeOld(absl::Now(), &old);
    for (auto it = idle_.begin(); it != idle_.end();) {
      const auto next = std::next(it);
      if (it->key == key && wanted(*it->session)) {
        std::unique_ptr<Session> session = std::move(it->session);
        idle_.erase(it);
        if (!session->IsDead()) return session;
      }
      it = next;
    }
    return nullptr;
  }

  // Keeps a session for a later Take. If there are too many, drops the one that has
  // been idle longest. After Close, closes the session instead.
  void Put(const std::string& key, std::unique_ptr<Session> session) {
    const absl::Time now = absl::Now();
    std::list<Idle> old;
    absl::MutexLock lock(&mutex_);
    if (closed_) {
      old.push_back({key, std::move(session), now});
      return;
    }
    idle_.push_front({key, std::move(session), now});
    TakeOld(now, &old);
  }

  // Calls `visit`, which must not block, for every idle session.
  void ForEach(absl::FunctionRef<void(Session&)> visit) {
    absl::MutexLock lock(&mutex_);
    for (Idle& idle : idle_) visit(*idle.session);
  }

  // Closes the idle sessions whose key is `unwanted`.
  void DropIf(absl::FunctionRef<bool(const std::string& key)> unwanted) {
    std::list<Idle> old;
    absl::MutexLock lock(&mutex_);
    for (auto it = idle_.begin(); it != idle_.end();) {
      const auto next = std::next(it);
      if (unwanted(it->key)) old.splice(old.end(), idle_, it);
      it = next;
    }
  }

  // Closes the idle sessions of `key`, because one of them was found dead.
  void Drop(const std::string& key) {
    DropIf([&key](const std::string& other) { return other == key; });
  }

  // Closes all sessions, including those put back later.
  void Close() {
    std::list<Idle> old;
    absl::MutexLock lock(&mutex_);
    closed_ = true;
    old.swap(idle_);
  }

 private:
  struct Idle {
    std::string key;
    std::unique_ptr<Session> session;
    absl::Time since;
  };

  // Moves surplus sessions and those idle for too long to `old`, so that they are
  // closed without holding the lock.
  void TakeOld(absl::Time now, std::list<Idle>* old)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    while (!idle_.empty() && (idle_.size() > static_cast<size_t>(max_idle_) ||
                              now - idle_.back().since > max_idle_time_)) {
      old->splice(old->end(), idle_, std::prev(idle_.end()));
    }
  }

  const int max_idle_;
  const absl::Duration max_idle_time_;
  absl::Mutex mutex_;
  bool closed_ ABSL_GUARDED_BY(mutex_) = false;
  std::list<Idle> idle_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace gitsync

#endif  // GITSYNC_SERVER_NET_SESSION_POOL_H_
