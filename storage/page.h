#ifndef GITSYNC_STORAGE_PAGE_H_
#define GITSYNC_STORAGE_PAGE_H_

#include <cstddef>
#include <cstdint>
#include <vector>

namespace gitsync {

// The limit for the total size of the texts in a page's rows; only the last row may
// exceed it. A page is sent as one message, and clients refuse messages of more than 4
// MiB.
inline constexpr size_t kMaxPageBytes = 2 << 20;

// Where a page of a listing starts and how long it is. Rows are ordered by `sequence`,
// a number that grows with each row created and is never reused. So every page costs
// the same, and rows created in the meantime shift nothing.
struct PageRequest {
  // The sequence of the previous page's last row; 0 for the first page.
  int64_t after = 0;
  // At least 1. A page has fewer rows if it would be too large otherwise.
  int limit = 100;
};

// One page of a listing.
template <typename Row>
struct Page {
  std::vector<Row> rows;
  // What to pass as `after` for the next page; 0 when this is the last one.
  int64_t next = 0;
};

}  // namespace gitsync

#endif  // GITSYNC_STORAGE_PAGE_H_
