#include "server/rpc/connection_throttle.h"

#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <iterator>
#include <utility>

namespace gitsync {
namespace {

constexpr size_t kIpv6NetworkBytes = 8;

}  // namespace

std::string SourceOf(int fd) {
  sockaddr_storage peer = {};
  socklen_t size = sizeof(peer);
  if (getpeername(fd, reinterpret_cast<sockaddr*>(&peer), &size) != 0) return "";
  if (peer.ss_family == AF_INET) {
    const auto& v4 = reinterpret_cast<const sockaddr_in&>(peer);
    return {reinterpret_cast<const char*>(&v4.sin_addr), sizeof(v4.sin_addr)};
  }
  const auto& v6 = reinterpret_cast<const sockaddr_in6&>(peer);
  const auto* bytes = reinterpret_cast<const char*>(&v6.sin6_addr);
  if (IN6_IS_ADDR_V4MAPPED(&v6.sin6_addr)) {
    return {bytes + sizeof(v6.sin6_addr) - sizeof(in_addr), sizeof(in_addr)};
  }
  return {bytes, kIpv6NetworkBytes};
}

std::vector<NewConnection> ConnectionThrottle::Add(absl::Time now,
                                                   NewConnection connection) {
  std::vector<NewConnection> served;
  const auto found = sources_.find(connection.source);
  if (found == sources_.end()) {
    served.push_back(std::move(connection));
    return served;
  }
  Source& source = found->second;
  if (source.waiting.empty() && source.next <= now) {
    source.next = now + kPause;
    served.push_back(std::move(connection));
  } else if (source.waiting.size() < kMaxWaiting) {
    source.waiting.push_back(std::move(connection));
  }
  return served;
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
