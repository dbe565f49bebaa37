// Tells ThreadSanitizer about the ordering that Abseil provides: locks, and the end of
// a shared Status.
//
// Debian's Abseil is not built for ThreadSanitizer. So data that its Mutex guards looks
// unguarded, and a Status's payload seems to be deleted while others use it. The linker
// redirects our calls to the wrappers below (--wrap). These report the ordering and
// then call the real function. Waiting for a Condition is done here in small sleeps,
// because Abseil would evaluate it on the threads that unlock, after the unlock was
// reported.
//
// Only part of the `tsan` preset.

#include <sanitizer/tsan_interface.h>

#include <algorithm>
#include <cstdint>

#include "absl/synchronization/blocking_counter.h"
#include "absl/synchronization/mutex.h"
#include "absl/synchronization/notification.h"
#include "absl/time/clock.h"

#define MUTEX(name) _ZN4absl7debian35Mutex##name
#define CONDVAR(name) _ZN4absl7debian37CondVar##name
#define NOTIFICATION(name) _ZN4absl7debian312Notification##name
#define NOTIFICATION_CONST(name) _ZNK4absl7debian312Notification##name
#define BLOCKING_COUNTER(name) _ZN4absl7debian315BlockingCounter##name
#define STATUS(name) _ZN4absl7debian36Status##name
#define REAL_INNER(symbol) __real_##symbol
#define REAL(symbol) REAL_INNER(symbol)
#define WRAP_INNER(symbol) __wrap_##symbol
#define WRAP(symbol) WRAP_INNER(symbol)

extern "C" {

void REAL(MUTEX(4LockEv))(absl::Mutex* self);
void REAL(MUTEX(6UnlockEv))(absl::Mutex* self);
bool REAL(MUTEX(7TryLockEv))(absl::Mutex* self);
void REAL(CONDVAR(4WaitEPNS0_5MutexE))(absl::CondVar* self, absl::Mutex* mutex);
bool REAL(CONDVAR(15WaitWithTimeoutEPNS0_5MutexENS0_8DurationE))(
    absl::CondVar* self, absl::Mutex* mutex, absl::Duration timeout);
bool REAL(CONDVAR(16WaitWithDeadlineEPNS0_5MutexENS0_4TimeE))(absl::CondVar* self,
                                                              absl::Mutex* mutex,
                                                              absl::Time deadline);
void REAL(NOTIFICATION(6NotifyEv))(absl::Notification* self);
void REAL(NOTIFICATION_CONST(19WaitForNotificationEv))(const absl::Notification* self);
bool REAL(NOTIFICATION_CONST(30WaitForNotificationWithTimeoutENS0_8DurationE))(
    const absl::Notification* self, absl::Duration timeout);

bool REAL(BLOCKING_COUNTER(14DecrementCountEv))(absl::BlockingCounter* self);
void REAL(BLOCKING_COUNTER(4WaitEv))(absl::BlockingCounter* self);
void REAL(STATUS(15UnrefNonInlinedEm))(uintptr_t rep);

void WRAP(MUTEX(4LockEv))(absl::Mutex* self) {
  REAL(MUTEX(4LockEv))(self);
  __tsan_acquire(self);
}

void WRAP(MUTEX(6UnlockEv))(absl::Mutex* self) {
  __tsan_release(self);
  REAL(MUTEX(6UnlockEv))(self);
}

bool WRAP(MUTEX(7TryLockEv))(absl::Mutex* self) {
  const bool locked = REAL(MUTEX(7TryLockEv))(self);
  if (locked) __tsan_acquire(self);
  return locked;
}

bool WRAP(MUTEX(17AwaitWithDeadlineERKNS0_9ConditionENS0_4TimeE))(
    absl::Mutex* self, const absl::Condition& condition, absl::Time deadline) {
  while (!condition.Eval()) {
    const absl::Time now = absl::Now();
    if (now >= deadline) return false;
    WRAP(MUTEX(6UnlockEv))(self);
    absl::SleepFor(std::min(deadline - now, absl::Milliseconds(1)));
    WRAP(MUTEX(4LockEv))(self);
  }
  return true;
}

bool WRAP(MUTEX(16AwaitWithTimeoutERKNS0_9ConditionENS0_8DurationE))(
    absl::Mutex* self, const absl::Condition& condition, absl::Duration timeout) {
  return WRAP(MUTEX(17AwaitWithDeadlineERKNS0_9ConditionENS0_4TimeE))(
      self, condition, absl::Now() + timeout);
}

void WRAP(MUTEX(5AwaitERKNS0_9ConditionE))(absl::Mutex* self,
                                           const absl::Condition& condition) {
  WRAP(MUTEX(17AwaitWithDeadlineERKNS0_9ConditionENS0_4TimeE))
  (self, condition, absl::InfiniteFuture());
}

void WRAP(MUTEX(8LockWhenERKNS0_9ConditionE))(absl::Mutex* self,
                                              const absl::Condition& condition) {
  WRAP(MUTEX(4LockEv))(self);
  WRAP(MUTEX(5AwaitERKNS0_9ConditionE))(self, condition);
}

void WRAP(CONDVAR(4WaitEPNS0_5MutexE))(absl::CondVar* self, absl::Mutex* mutex) {
  __tsan_release(mutex);
  REAL(CONDVAR(4WaitEPNS0_5MutexE))(self, mutex);
  __tsan_acquire(mutex);
}

bool WRAP(CONDVAR(15WaitWithTimeoutEPNS0_5MutexENS0_8DurationE))(
    absl::CondVar* self, absl::Mutex* mutex, absl::Duration timeout) {
  __tsan_release(mutex);
  const bool expired =
      REAL(CONDVAR(15WaitWithTimeoutEPNS0_5MutexENS0_8DurationE))(self, mutex, timeout);
  __tsan_acquire(mutex);
  return expired;
}

bool WRAP(CONDVAR(16WaitWithDeadlineEPNS0_5MutexENS0_4TimeE))(absl::CondVar* self,
                                                              absl::Mutex* mutex,
                                                              absl::Time deadline) {
  __tsan_release(mutex);
  const bool expired =
      REAL(CONDVAR(16WaitWithDeadlineEPNS0_5MutexENS0_4TimeE))(self, mutex, deadline);
  __tsan_acquire(mutex);
  return expired;
}

void WRAP(NOTIFICATION(6NotifyEv))(absl::Notification* self) {
  __tsan_release(self);
  REAL(NOTIFICATION(6NotifyEv))(self);
}

void WRAP(NOTIFICATION_CONST(19WaitForNotificationEv))(const absl::Notification* self) {
  REAL(NOTIFICATION_CONST(19WaitForNotificationEv))(self);
  __tsan_acquire(const_cast<absl::Notification*>(self));
}

bool WRAP(NOTIFICATION_CONST(30WaitForNotificationWithTimeoutENS0_8DurationE))(
    const absl::Notification* self, absl::Duration timeout) {
  const bool notified =
      REAL(NOTIFICATION_CONST(30WaitForNotificationWithTimeoutENS0_8DurationE))(
          self, timeout);
  if (notified) __tsan_acquire(const_cast<absl::Notification*>(self));
  return notified;
}

bool WRAP(BLOCKING_COUNTER(14DecrementCountEv))(absl::BlockingCounter* self) {
  __tsan_release(self);
  return REAL(BLOCKING_COUNTER(14DecrementCountEv))(self);
}

void WRAP(BLOCKING_COUNTER(4WaitEv))(absl::BlockingCounter* self) {
  REAL(BLOCKING_COUNTER(4WaitEv))(self);
  __tsan_acquire(self);
}

// Each release of a Status is ordered after all earlier ones, because one of them
// deletes.
void WRAP(STATUS(15UnrefNonInlinedEm))(uintptr_t rep) {
  __tsan_acquire(reinterpret_cast<void*>(rep));
  __tsan_release(reinterpret_cast<void*>(rep));
  REAL(STATUS(15UnrefNonInlinedEm))(rep);
}

}  // extern "C"
