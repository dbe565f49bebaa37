#ifndef GITSYNC_TESTS_SUPPORT_SLOWNESS_H_
#define GITSYNC_TESTS_SUPPORT_SLOWNESS_H_

namespace gitsync {

// How many times as long programs may take in this build: for limits on time, and for
// leaving out what would take minutes.
#ifdef __SANITIZE_THREAD__
inline constexpr int kSlowness = 20;
#else
inline constexpr int kSlowness = 1;
#endif

}  // namespace gitsync

#endif  // GITSYNC_TESTS_SUPPORT_SLOWNESS_H_
