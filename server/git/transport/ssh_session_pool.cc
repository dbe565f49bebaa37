#include "server/git/transport/ssh_session_pool.h"

#include <utility>

#include "absl/time/clock.h"

namespace gitsync {

std::unique_ptr<SshSession> SshSessionPool::Take(const std::string& key) {
  std::list<Idle> old;
  absl::MutexLock lock(&mutex_);
  TakeOld(absl::Now(), &old);
  for (auto it = idle_.begin(); it != idle_.end();) {
    const auto next = std::next(it);
    if (it->key == key) {
      std::unique_ptr<SshSession> session = std::move(it->session);
      idle_.erase(it);
      if (!session->IsDead()) return session;
    }
    it = next;
  }
  return nullptr;
}

void SshSessionPool::Put(const std::string& key, std::unique_ptr<SshSession> session) {
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

void SshSessionPool::Drop(const std::string& key) {
  std::list<Idle> old;
  absl::MutexLock lock(&mutex_);
  for (auto it = idle_.begin(); it != idle_.end();) {
    const auto next = std::next(it);
    if (it->key == key) old.splice(old.end(), idle_, it);
    it = next;
  }
}

void SshSessionPool::Close() {
  std::list<Idle> old;
  absl::MutexLock lock(&mutex_);
  closed_ = true;
  old.swap(idle_);
}

void SshSessionPool::TakeOld(absl::Time now, std::list<Idle>* old) {
  while (!idle_.empty() && (idle_.size() > static_cast<size_t>(max_idle_) ||
                            now - idle_.back().since > max_idle_time_)) {
    old->splice(old->end(), idle_, std::prev(idle_.end()));
  }
}

}  // namespace gitsync
