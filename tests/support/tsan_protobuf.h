// Read before everything else in a ThreadSanitizer build, by whatever uses Protobuf.
//
// Protobuf's map fields are larger under ThreadSanitizer (map_field.h), but Debian's
// libprotobuf, which handles them too, is not built for it: both have to see the same
// layout. The standard library is read first, since it needs to know the truth.

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
