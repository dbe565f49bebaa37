#ifndef GITSYNC_SERVER_GIT_TRANSPORT_PAGE_TEXT_H_
#define GITSYNC_SERVER_GIT_TRANSPORT_PAGE_TEXT_H_

#include <cstddef>
#include <string>

#include "absl/strings/string_view.h"

namespace gitsync {

// What a person would read of an answer that is not git's: a page in HTML, or text, of
// which only the beginning may be there. One printable line of at most `limit` bytes,
// its beginning kept; see PrintableLine. Empty if `media_type` is of nothing to read.
std::string PageText(absl::string_view media_type, absl::string_view body,
                     size_t limit);

}  // namespace gitsync

#endif  // GITSYNC_SERVER_GIT_TRANSPORT_PAGE_TEXT_H_
