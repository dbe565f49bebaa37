#ifndef GITSYNC_SERVER_GIT_TRANSPORT_HTTPS_HABITS_H_
#define GITSYNC_SERVER_GIT_TRANSPORT_HTTPS_HABITS_H_

#include <map>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"

namespace gitsync {

// What was learnt of HTTPS remotes that differ from most, in memory only: losing it
// costs a request. Remotes are named by the URL that requests begin with. Thread-safe.
class HttpsHabits {
 public:
  // The remote, or a proxy before it, took no request of unknown length.
  void WantsLength(const std::string& url) { Set(url, &Habits::wants_length, true); }
  bool DoesWantLength(const std::string& url) const { return Find(url).wants_length; }

  // The remote's refs are at another URL of the host. Returns whether that is news.
  bool Moved(const std::string& url, const std::string& to) {
    return Set(url, &Habits::moved_to, to);
  }
  // `url` itself, as far as is known.
  std::string WhereIs(const std::string& url) const {
    const std::string moved_to = Find(url).moved_to;
    return moved_to.empty() ? url : moved_to;
  }

 private:
  struct Habits {
    bool wants_length = false;
    std::string moved_to;
  };

  Habits Find(const std::string& url) const {
    absl::MutexLock lock(&mutex_);
    const auto found = remotes_.find(url);
    return found == remotes_.end() ? Habits() : found->second;
  }

  template <typename T>
  bool Set(const std::string& url, T Habits::* habit, const T& value) {
    absl::MutexLock lock(&mutex_);
    if (remotes_.size() >= kMost && remotes_.count(url) == 0) remotes_.clear();
    T& now = remotes_[url].*habit;
    const bool is_news = now != value;
    now = value;
    return is_news;
  }

  static constexpr size_t kMost = 10'000;

  mutable absl::Mutex mutex_;
  std::map<std::string, Habits> remotes_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace gitsync

#endif  // GITSYNC_SERVER_GIT_TRANSPORT_HTTPS_HABITS_H_
