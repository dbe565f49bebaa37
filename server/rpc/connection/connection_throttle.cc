#include "server/rpc/connection/connection_throttle.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace gitsync {
std::optional<NewConnection> ConnectionThrottle::Add(absl::Time now,
                                                     NewConnection connection) {
  const auto found = sources_.find(connection.peer.source);
  if (found == sources_.end()) return connection;
  Source& source = found->second;
  if (source.waiting.empty() && source.next <= now) {
    source.next = now + kPause;
    return connection;
  }
  if (source.waiting.size() < kMaxWaiting) {
    source.waiting.push_back(std::move(connection));
  }
  return std::nullopt;
}

void ConnectionThrottle::Punish(absl::Time now, const std::string& source) {
  Source& punished = sources_[source];
  punished.next = now + kPause;
  punished.cut_at = now;
}

std::vector<NewConnection> ConnectionThrottle::TakeDue(absl::Time now) {
  std::vector<NewConnection> due;
  for (auto at = sources_.begin(); at != sources_.end();) {
    Source& source = at->second;
    const bool forgotten = now - source.cut_at > kForgottenAfter;
    if (forgotten) {
      std::move(source.waiting.begin(), source.waiting.end(), std::back_inserter(due));
      at = sources_.erase(at);
      continue;
    }
    if (!source.waiting.empty() && source.next <= now) {
      due.push_back(std::move(source.waiting.front()));
      source.waiting.pop_front();
      source.next = now + kPause;
    }
    ++at;
  }
  return due;
}

}  // namespace gitsync
