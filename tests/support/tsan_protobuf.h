// In a ThreadSanitizer build, everything that uses Protobuf includes this file first.
//
// Protobuf's map fields are larger under ThreadSanitizer (map_field.h). Debian's
// libprotobuf also handles them, but is not built for ThreadSanitizer: both must see
// the same layout. The standard library is included first, because it must know that
// ThreadSanitizer is active.

#ifndef GITSYNC_TESTS_SUPPORT_TSAN_PROTOBUF_H_
#define GITSYNC_TESTS_SUPPORT_TSAN_PROTOBUF_H_

#include <algorithm>
#include <atomic>
#include <functional>
#include <limits>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

#pragma push_macro("__SANITIZE_THREAD__")
#undef __SANITIZE_THREAD__
#include <google/protobuf/map_field.h>
#pragma pop_macro("__SANITIZE_THREAD__")

#endif  // GITSYNC_TESTS_SUPPORT_TSAN_PROTOBUF_H_
