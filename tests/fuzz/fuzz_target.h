// What every fuzz target has: a function that libFuzzer calls, and a way to say that a
// property does not hold.

#ifndef GITSYNC_TESTS_FUZZ_FUZZ_TARGET_H_
#define GITSYNC_TESTS_FUZZ_FUZZ_TARGET_H_

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>

#include "absl/strings/string_view.h"

// Ends the program, which is a finding, if the condition does not hold.
#define FUZZ_CHECK(condition)                                                 \
  do {                                                                        \
    if (!(condition)) {                                                       \
      fprintf(stderr, "%s:%d: not so: %s\n", __FILE__, __LINE__, #condition); \
      abort();                                                                \
    }                                                                         \
  } while (false)

namespace gitsync {

// The input up to the first line end, which is moved over.
inline absl::string_view TakeLine(absl::string_view* input) {
  const size_t end = input->find('\n');
  const absl::string_view line = input->substr(0, end);
  input->remove_prefix(end == absl::string_view::npos ? input->size() : end + 1);
  return line;
}

}  // namespace gitsync

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);

#endif  // GITSYNC_TESTS_FUZZ_FUZZ_TARGET_H_
