#ifndef GITSYNC_SERVER_RPC_CONNECTION_STREAM_DEBT_H_
#define GITSYNC_SERVER_RPC_CONNECTION_STREAM_DEBT_H_

#include <cstdint>

#include "absl/time/time.h"

namespace gitsync {

// What a connection has done since it was opened.
struct StreamCounts {
  int64_t bytes = 0;     // received
  int64_t begun = 0;     // streams
  int64_t read = 0;      // messages received whole
  int64_t answered = 0;  // streams that ended with the server's status
};

// How far a connection's streams are ahead of what the server has done about them. Debt
// that is paid back, or forgotten with time, does not count against the connection: a
// caller whose deadlines pass, or who watches a thousand operations, is not an
// attacker.
class StreamDebt {
 public:
  // Limits of one connection. They are higher than what an honest client may have open
  // at a time, because gRPC may begin all of that before it reads the first.
  static constexpr double kMaxUnread = 1100;
  static constexpr double kMaxUnanswered = 1200;
  // Limits of all connections together.
  static constexpr double kMaxUnreadOfAll = 2000;
  static constexpr double kMaxUnansweredOfAll = 2000;

  // Adds the changes between two looks, which were `elapsed` apart.
  void Add(const StreamCounts& before, const StreamCounts& now, absl::Duration elapsed);

  // Whether the debt is more than `share` of what one connection may have.
  bool IsTooMuch(double share) const {
    return says_nothing_ || unread_ > share * kMaxUnread ||
           unanswered_ > share * kMaxUnanswered;
  }
  // Streams that were begun and whose message has not arrived. A stream with long
  // headers counts as several, because gRPC keeps many times their size.
  double unread() const { return unread_; }
  // Streams that were begun and that the server has not answered. This includes streams
  // that the caller has reset, until they are forgotten.
  double unanswered() const { return unanswered_; }

 private:
  double unread_ = 0;
  double unanswered_ = 0;
  bool says_nothing_ = false;  // except pings and the like
};

}  // namespace gitsync

#endif  // GITSYNC_SERVER_RPC_CONNECTION_STREAM_DEBT_H_
