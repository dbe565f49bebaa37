#ifndef GITSYNC_STORAGE_PAGE_H_
#define GITSYNC_STORAGE_PAGE_H_

#include <cstddef>
#include <cstdint>
#include <vector>

namespace gitsync {

// What the texts of a page's rows take at most, or its last row goes beyond. A page is
// sent as one message, and clients refuse those of more than 4 MiB.
inline constexpr size_t kMaxPageBytes = 2 << 20;

// Where a page of a listing starts and how long it is. Rows are ordered by
// `sequence`, a number that grows with each row created and is never used twice, so
// a page costs the same wherever it is, and rows created meanwhile shift nothing.
struct PageRequest {
  // The sequence of the last row of the page before; 0 for the first page.
  int64_t after = 0;
  // At least 1. A page is shorter if it would be too large.
  int limit = 100;
};

// A page.
template <typename Row>
struct Page {
  std::vector<Row> rows;
  // What to pass as `after` for the next page; 0 when this is the last one.
  int64_t next = 0;
};

}  // namespace gitsync

#endif  // GITSYNC_STORAGE_PAGE_H_
