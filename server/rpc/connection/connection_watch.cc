#include "server/rpc/connection/connection_watch.h"

#include <fcntl.h>
#include <grpc/grpc.h>
#include <grpc/support/alloc.h>
#include <linux/tcp.h>
#include <malloc.h>
#include <netinet/in.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <iterator>
#include <memory>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "server/base/logging.h"
#include "server/base/steady_clock.h"
#include "server/net/unique_fd.h"

namespace gitsync {
namespace {

// In a millisecond, gRPC begins some hundred streams on each core. If much arrives,
// more is likely to follow, so the next look comes soon.
constexpr absl::Duration kPeriod = absl::Milliseconds(5);
constexpr absl::Duration kBusyPeriod = absl::Milliseconds(1);
constexpr int64_t kBusyBytes = 16 << 10;
constexpr int64_t kBusyStreams = 32;
// With many connections it looks less often, to spend at most this fraction (1/kParts)
// of its time looking. It may spend more while connections are cut, or soon will be.
constexpr int kParts = 20;
constexpr int kUrgentParts = 4;
constexpr double kUrgentShare = 0.1;  // of what all connections may have together
// gRPC may not have counted yet what it has read. So its counts are looked at for this
// long after a connection has sent something, and for as long as that was not read.
constexpr absl::Duration kActiveFor = absl::Seconds(2);
// How often all sockets are listed again while one is missing, and how many sockets may
// be known whose connections have said nothing.
constexpr absl::Duration kRescanInterval = absl::Seconds(1);
constexpr size_t kMaxSilentSockets = 1000;
// A socket is listed a moment after it was numbered, when later ones may already be
// listed.
constexpr intptr_t kListedLate = 100;
// The share that each connection that begins more streams may have, from the first cut
// until it has been calm.
constexpr double kShareInStorm = 0.25;
// How often waiting connections are checked for whether they may be served.
constexpr absl::Duration kServePeriod = absl::Milliseconds(20);
constexpr absl::Duration kCalmAfter = absl::Seconds(1);
// The calls of a cut connection end gradually. So memory is given back after a second,
// and again each time the pause has grown by this factor, up to kLastTrim.
constexpr int kTrimFactor = 4;
constexpr absl::Duration kLastTrim = absl::Minutes(2);
// If it never gets calm, memory is given back, and the log written, this often.
constexpr absl::Duration kTrimInStorm = absl::Seconds(1);
constexpr absl::Duration kLogInStorm = absl::Seconds(10);

// Received bytes that may leave as much memory behind, even if no connection was cut.
constexpr int64_t kTrimWorthyBytes = 1 << 20;

// The processor time that this thread has used. On a busy machine it also waits for a
// processor, which is no reason to look less often.
absl::Duration CpuTime() {
  timespec used = {};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &used);
  return absl::DurationFromTimespec(used);
}

struct GprFree {
  void operator()(char* text) const { gpr_free(text); }
};
using GprText = std::unique_ptr<char, GprFree>;

absl::string_view View(const GprText& text) {
  return text == nullptr ? absl::string_view() : absl::string_view(text.get());
}

// The text of the first field `name` from `*at` on, in JSON as gRPC writes it, with
// numbers as strings. Moves `*at` behind it, or to npos.
absl::string_view NextField(absl::string_view json, absl::string_view name,
                            size_t* at) {
  const std::string key = absl::StrCat("\"", name, "\":\"");
  *at = json.find(key, *at);
  if (*at == absl::string_view::npos) return "";
  const size_t start = *at + key.size();
  const size_t end = json.find('"', start);
  *at = end;
  return json.substr(start, end - start);
}

int64_t NumberIn(absl::string_view json, absl::string_view name) {
  size_t at = 0;
  int64_t number = 0;
  return absl::SimpleAtoi(NextField(json, name, &at), &number) ? number : 0;
}

intptr_t NewestServer() {
  int64_t newest = 0;
  const GprText text(grpc_channelz_get_servers(0));
  for (size_t at = 0; at != absl::string_view::npos;) {
    int64_t id = 0;
    if (absl::SimpleAtoi(NextField(View(text), "serverId", &at), &id)) {
      newest = std::max(newest, id);
    }
  }
  return static_cast<intptr_t>(newest);
}

// The code that serves a connection may close its descriptor at any time.
// ThreadSanitizer takes that for a race, but it is expected here, so the system calls
// are made directly.

ino_t SocketOf(int fd) {
  struct statx status = {};
  const bool is_socket =
      syscall(SYS_statx, fd, "", AT_EMPTY_PATH, STATX_TYPE | STATX_INO, &status) == 0 &&
      S_ISSOCK(status.stx_mode);
  return is_socket ? status.stx_ino : 0;
}

// The number of bytes that a connection has received, or -1 if `fd` is no connection.
int64_t BytesReceived(int fd) {
  tcp_info info = {};
  socklen_t size = sizeof(info);
  if (syscall(SYS_getsockopt, fd, IPPROTO_TCP, TCP_INFO, &info, &size) != 0) return -1;
  return static_cast<int64_t>(info.tcpi_bytes_received);
}

// Whether the kernel holds data that the serving code has not read.
bool HasUnread(int fd) {
  int bytes = 0;
  return syscall(SYS_ioctl, fd, FIONREAD, &bytes) == 0 && bytes > 0;
}

// A descriptor of our own, as `fd` may become another file's at any time; none if it
// already has.
UniqueFd Duplicate(int fd, ino_t socket) {
  UniqueFd own(static_cast<int>(syscall(SYS_fcntl, fd, F_DUPFD_CLOEXEC, 0)));
  if (own.get() >= 0 && SocketOf(own.get()) != socket) own.Close();
  return own;
}

// Resets a connection and discards the data that it has received. After a shutdown the
// data could still be read.
void Reset(const UniqueFd& connection) {
  sockaddr none = {};
  none.sa_family = AF_UNSPEC;
  connect(connection.get(), &none, sizeof(none));
}

}  // namespace

ConnectionWatch::ConnectionWatch(ServeConnection serve)
    : serve_(std::move(serve)),
      server_(NewestServer()),
      watching_([this] { Work(); }),
      serving_([this] { ServeWhoWaits(); }) {}

ConnectionWatch::~ConnectionWatch() { Stop(); }

void ConnectionWatch::Take(UniqueFd connection, int listener_fd) {
  Peer peer = PeerOf(connection.get());
  std::optional<NewConnection> served;
  {
    absl::MutexLock lock(&mutex_);
    served = throttle_.Add(SteadyNow(),
                           {std::move(connection), listener_fd, std::move(peer)});
  }
  if (served.has_value()) Serve(*std::move(served));
}

void ConnectionWatch::ServeWhoWaits() {
  const auto is_called = [this]() ABSL_SHARED_LOCKS_REQUIRED(mutex_) {
    return stopping_ || !throttle_.IsEmpty();
  };
  while (true) {
    std::vector<NewConnection> due;
    {
      absl::MutexLock lock(&mutex_);
      mutex_.Await(absl::Condition(&is_called));
      if (stopping_) return;
      due = throttle_.TakeDue(SteadyNow());
    }
    for (NewConnection& connection : due) Serve(std::move(connection));
    absl::SleepFor(kServePeriod);
  }
}

void ConnectionWatch::Serve(NewConnection connection) {
  Connection watched;
  watched.fd = connection.fd.get();
  watched.socket = SocketOf(watched.fd);
  watched.peer = std::move(connection.peer);
  {
    absl::MutexLock lock(&mutex_);
    added_.push_back(std::move(watched));
  }
  serve_(std::move(connection.fd), connection.listener_fd);
}

void ConnectionWatch::Stop() {
  {
    absl::MutexLock lock(&mutex_);
    stopping_ = true;
  }
  if (watching_.joinable()) watching_.join();
  if (serving_.joinable()) serving_.join();
  absl::MutexLock lock(&mutex_);
  throttle_ = ConnectionThrottle();
}

void ConnectionWatch::HangUp(absl::Duration limit) {
  {
    absl::MutexLock lock(&mutex_);
    std::move(added_.begin(), added_.end(), std::back_inserter(connections_));
    added_.clear();
  }
  for (const Connection& connection : connections_) {
    shutdown(Duplicate(connection.fd, connection.socket).get(), SHUT_RD);
  }
  const absl::Time end = SteadyNow() + limit;
  const auto is_closed = [](const Connection& connection) {
    return SocketOf(connection.fd) != connection.socket;
  };
  while (!std::all_of(connections_.begin(), connections_.end(), is_closed) &&
         SteadyNow() < end) {
    absl::SleepFor(absl::Milliseconds(1));
  }
}

void ConnectionWatch::Work() {
  const auto is_called = [this]() ABSL_SHARED_LOCKS_REQUIRED(mutex_) {
    return stopping_ || !added_.empty();
  };
  while (true) {
    {
      absl::MutexLock lock(&mutex_);
      const bool idle = connections_.empty() && trim_after_ == absl::ZeroDuration();
      if (idle) mutex_.Await(absl::Condition(&is_called));
      if (stopping_) return;
      for (Connection& connection : added_)
        connections_.push_back(std::move(connection));
      added_.clear();
    }
    const absl::Duration before = CpuTime();
    const absl::Time now = SteadyNow();
    Look(now);
    const absl::Duration used = CpuTime() - before;
    FinishStorm(now);
    // Not a timed wait for `stopping_`, which may last as long as the clock is set
    // back.
    const bool much = most_received_ > kBusyBytes || most_begun_ > kBusyStreams;
    absl::SleepFor(std::max(much ? kBusyPeriod : kPeriod,
                            (urgent_ ? kUrgentParts : kParts) * used));
  }
}

void ConnectionWatch::Look(absl::Time now) {
  most_received_ = 0;
  most_begun_ = 0;
  sockets_listed_ = false;
  std::vector<Connection> kept;
  kept.reserve(connections_.size());
  for (Connection& connection : connections_) {
    if (!Refresh(now, connection)) continue;
    const bool in_storm = cut_connections_ > 0 && connection.begins_more;
    if (connection.debt.IsTooMuch(in_storm ? kShareInStorm : 1)) {
      Cut(now, connection);
    } else {
      kept.push_back(std::move(connection));
    }
  }
  connections_ = std::move(kept);
  const double unread =
      CutDownTo(StreamDebt::kMaxUnreadOfAll, &StreamDebt::unread, now);
  const double unanswered =
      CutDownTo(StreamDebt::kMaxUnansweredOfAll, &StreamDebt::unanswered, now);
  urgent_ = cut_connections_ > 0 || std::max(unread, unanswered) > kUrgentShare;
}

double ConnectionWatch::CutDownTo(double limit, double (StreamDebt::*of)() const,
                                  absl::Time now) {
  double of_all = 0;
  for (const Connection& connection : connections_) of_all += (connection.debt.*of)();
  while (of_all > limit) {
    const auto worst = std::max_element(connections_.begin(), connections_.end(),
                                        [of](const Connection& a, const Connection& b) {
                                          return (a.debt.*of)() < (b.debt.*of)();
                                        });
    of_all -= (worst->debt.*of)();
    Cut(now, *worst);
    connections_.erase(worst);
  }
  return of_all / limit;
}

bool ConnectionWatch::Refresh(absl::Time now, Connection& connection) {
  const int64_t bytes = BytesReceived(connection.fd);
  if (bytes < 0 || SocketOf(connection.fd) != connection.socket) return false;
  if (bytes != connection.received) {
    connection.received_at = now;
    const int64_t received = bytes - connection.received;
    most_received_ = std::max(most_received_, received);
    received_since_trim_ += received;
    if (received_since_trim_ > kTrimWorthyBytes &&
        trim_after_ == absl::ZeroDuration()) {
      TrimLater(now);
    }
  }
  connection.received = bytes;
  connection.begins_more = false;
  if (now - connection.received_at > kActiveFor && !HasUnread(connection.fd)) {
    // No stream begins any more, but the earlier ones are still forgotten with time.
    if (connection.counted_at != absl::Time()) {
      connection.debt.Add(connection.counts, connection.counts,
                          now - connection.counted_at);
      connection.counted_at = now;
    }
    return true;
  }
  ReadCounts(now, bytes, connection);
  return true;
}

void ConnectionWatch::ReadCounts(absl::Time now, int64_t bytes,
                                 Connection& connection) {
  if (connection.channelz == 0) {
    if (!sockets_listed_) FindNewSockets();
    sockets_listed_ = true;
    const auto found = sockets_.find(connection.peer.name);
    if (found == sockets_.end()) {
      // The socket is listed once the handshake is over, or was listed too late to be
      // seen.
      if (now - rescanned_at_ > kRescanInterval) {
        rescanned_at_ = now;
        next_socket_ = 0;
        sockets_.clear();
      }
      return;
    }
    connection.channelz = found->second;
    sockets_.erase(found);
  }
  const GprText text(grpc_channelz_get_socket(connection.channelz));
  // The connection has ended, or the number was that of an earlier one of this peer.
  if (text == nullptr) {
    connection.channelz = 0;
    return;
  }
  StreamCounts counts;
  counts.bytes = bytes;
  counts.begun = NumberIn(View(text), "streamsStarted");
  counts.read = NumberIn(View(text), "messagesReceived");
  counts.answered = NumberIn(View(text), "streamsSucceeded");
  // The first counts cover everything so far, and none of that is forgotten.
  const bool first = connection.counted_at == absl::Time();
  connection.debt.Add(connection.counts, counts,
                      first ? absl::ZeroDuration() : now - connection.counted_at);
  const int64_t begun = counts.begun - connection.counts.begun;
  connection.begins_more = begun > 0;
  most_begun_ = std::max(most_begun_, begun);
  connection.counts = counts;
  connection.counted_at = now;
}

void ConnectionWatch::FindNewSockets() {
  // Nobody looks up the sockets of silent peers, so they pile up. List all again.
  if (sockets_.size() > 2 * connections_.size() + kMaxSilentSockets) {
    next_socket_ = 0;
    sockets_.clear();
  }
  const intptr_t start = std::max(next_socket_ - kListedLate, intptr_t{0});
  const GprText text(grpc_channelz_get_server_sockets(server_, start, 0));
  for (size_t at = 0; at != absl::string_view::npos;) {
    // "chttp2 ipv4:127.0.0.1:50000"
    absl::string_view name = NextField(View(text), "name", &at);
    if (at == absl::string_view::npos) break;
    int64_t id = 0;
    if (!absl::SimpleAtoi(NextField(View(text), "socketId", &at), &id)) break;
    name.remove_prefix(name.rfind(' ') + 1);
    sockets_[std::string(name)] = static_cast<intptr_t>(id);
    next_socket_ = std::max(next_socket_, static_cast<intptr_t>(id + 1));
  }
}

void ConnectionWatch::Cut(absl::Time now, const Connection& connection) {
  Reset(Duplicate(connection.fd, connection.socket));
  if (cut_connections_ == 0) {
    storm_began_ = now;
    Log(LogLevel::kWarning,
        "connections are cut that begin calls faster than they can be read",
        {{"first", connection.peer.name}});
  }
  {
    absl::MutexLock lock(&mutex_);
    throttle_.Punish(now, connection.peer.source);
  }
  ++cut_connections_;
  cut_streams_ += connection.counts.begun;
  TrimLater(now);
}

void ConnectionWatch::TrimLater(absl::Time now) {
  if (trim_after_ == absl::ZeroDuration()) trimmed_at_ = now;
  calm_since_ = now;
  trim_after_ = kCalmAfter;
}

void ConnectionWatch::FinishStorm(absl::Time now) {
  if (trim_after_ == absl::ZeroDuration()) return;
  // During a storm, each cut resets `trim_after_` to the first trim.
  const bool is_due = trim_after_ == kCalmAfter && now - trimmed_at_ >= kTrimInStorm;
  const bool is_calm = now - calm_since_ >= trim_after_;
  if (!is_due && !is_calm) return;
  trimmed_at_ = now;
  // On its own, malloc keeps the free memory between blocks that are in use.
  malloc_trim(0);
  received_since_trim_ = 0;
  if (is_calm) {
    trim_after_ *= kTrimFactor;
    if (trim_after_ > kLastTrim) trim_after_ = absl::ZeroDuration();
  }
  if (cut_connections_ == 0 || (!is_calm && now - storm_began_ < kLogInStorm)) return;
  Log(LogLevel::kWarning, "connections were cut",
      {{"connections", cut_connections_}, {"streams", cut_streams_}});
  cut_connections_ = 0;
  cut_streams_ = 0;
}

}  // namespace gitsync
