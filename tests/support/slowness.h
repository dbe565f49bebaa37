#ifndef GITSYNC_TESTS_SUPPORT_SLOWNESS_H_
#define GITSYNC_TESTS_SUPPORT_SLOWNESS_H_

#include <cstdlib>

#include "absl/strings/string_view.h"

namespace gitsync {

// Whether this test is built with that preset, or runs programs that are (see
// programs.h).
inline bool IsOfPreset(absl::string_view preset, bool built) {
  const char* const tested = std::getenv("GITSYNC_TESTED_PRESET");
  return tested == nullptr ? built : tested == preset;
}

#ifdef __SANITIZE_ADDRESS__
inline const bool kAddressSanitized = IsOfPreset("asan-ubsan", true);
#else
inline const bool kAddressSanitized = IsOfPreset("asan-ubsan", false);
#endif
#ifdef __SANITIZE_THREAD__
inline const bool kThreadSanitized = IsOfPreset("tsan", true);
#else
inline const bool kThreadSanitized = IsOfPreset("tsan", false);
#endif

// How many times longer programs take. If it is more than 1, tests that measure time,
// or that would take minutes, are skipped.
inline const int kSlowness = kThreadSanitized ? 20 : 1;

// Whether a sanitizer is watching. If so, tests reduce what a release build repeats to
// prove that it never fails, and use smaller sizes.
inline const bool kSanitized = kAddressSanitized || kThreadSanitized;

}  // namespace gitsync

#endif  // GITSYNC_TESTS_SUPPORT_SLOWNESS_H_
