// Page tokens: a position in one listing. A token identifies its listing, so that a
// token of another method or parent is refused rather than misread.

#ifndef GITSYNC_SERVER_RPC_PAGE_TOKEN_H_
#define GITSYNC_SERVER_RPC_PAGE_TOKEN_H_

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "storage/page.h"

namespace gitsync {

// The token for the page after `sequence`; empty if that is 0. `listing` names the
// method and whatever narrows its rows, for example "ListApps/<organization id>".
std::string MakePageToken(absl::string_view listing, int64_t sequence);

// How many rows to return for a request's `page_size`: 0 means 100, and more than 1000
// means 1000. INVALID_ARGUMENT (INVALID_REQUEST) if it is negative.
absl::StatusOr<int> PageLimit(int32_t page_size);

// The page that a request asks for. Errors: INVALID_ARGUMENT (INVALID_REQUEST) as in
// PageLimit, (INVALID_PAGE_TOKEN) if the token does not belong to this listing.
absl::StatusOr<PageRequest> ReadPageRequest(absl::string_view listing,
                                            int32_t page_size,
                                            absl::string_view page_token);

}  // namespace gitsync

#endif  // GITSYNC_SERVER_RPC_PAGE_TOKEN_H_
