#ifndef GITSYNC_SERVER_GIT_TRANSPORT_HOST_DOOR_H_
#define GITSYNC_SERVER_GIT_TRANSPORT_HOST_DOOR_H_

#include <optional>

#include "absl/time/time.h"

namespace gitsync {

// Whether an SSH host lets this address in at all. A host that has shut it out closes
// connections before it greets; then one connection tries the door after a pause, and
// all others wait for what becomes of it. Not thread-safe; does no I/O.
class HostDoor {
 public:
  // The first pause, and the longest: each one is twice the one before.
  static constexpr absl::Duration kFirstPause = absl::Seconds(15);
  static constexpr absl::Duration kLongestPause = absl::Minutes(10);

  // Until when no connection is to be made; nullopt: one may be made now.
  std::optional<absl::Time> ShutUntil(absl::Time now) const;

  // Begins a connection, where ShutUntil has nothing against it. Whether it is the one
  // that tries the door; then one of the three below must follow.
  bool Enter();

  // The host has greeted.
  void Open();
  // The host closed a connection before it greeted, and one before that as well.
  // `trial`: this one tried the door. Those that were begun before the door was found
  // shut make the pause no longer.
  void Shut(bool trial, absl::Time now);
  // The connection that tried the door ended, and told nothing of it.
  void EndTrial() { trial_ = false; }

  bool is_shut() const { return pause_ > absl::ZeroDuration(); }

 private:
  absl::Duration pause_;  // zero: the door is open
  absl::Time next_try_;
  bool trial_ = false;
};

}  // namespace gitsync

#endif  // GITSYNC_SERVER_GIT_TRANSPORT_HOST_DOOR_H_
