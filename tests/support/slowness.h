#ifndef GITSYNC_TESTS_SUPPORT_SLOWNESS_H_
#define GITSYNC_TESTS_SUPPORT_SLOWNESS_H_

namespace gitsync {

// How many times as long programs take in this build: what measures time, or would take
// minutes, is left out where it is more than 1.
#ifdef __SANITIZE_THREAD__
inline constexpr int kSlowness = 20;
#else
inline constexpr int kSlowness = 1;
#endif

// Whether a sanitizer watches: what a release build repeats to prove that it never
// fails, or does at full size, is done less often there, and smaller.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
inline constexpr bool kSanitized = true;
#else
inline constexpr bool kSanitized = false;
#endif

}  // namespace gitsync

#endif  // GITSYNC_TESTS_SUPPORT_SLOWNESS_H_
