#include "server/rpc/page_token.h"

#include <algorithm>

#include "absl/strings/escaping.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "server/base/error.h"
#include "server/base/reason.h"
#include "server/base/sha256.h"
#include "server/base/status_macros.h"

namespace gitsync {
namespace {

constexpr int kDefaultLimit = 100;
constexpr int kMaxLimit = 1000;

// The prefix of the listing's tokens. It is no secret: a forged token only gives
// another position in rows that the caller may list anyway.
std::string TokenPrefix(absl::string_view listing) {
  return absl::StrCat("1.", Sha256(listing).substr(0, 8), ".");
}

}  // namespace

std::string MakePageToken(absl::string_view listing, int64_t sequence) {
  if (sequence == 0) return "";
  return absl::WebSafeBase64Escape(absl::StrCat(TokenPrefix(listing), sequence));
}

absl::StatusOr<int> PageLimit(int32_t page_size) {
  if (page_size < 0) {
    return Error(absl::StatusCode::kInvalidArgument, reason::kInvalidRequest,
                 "A field of the request is wrong.")
        .Violation("page_size", "must be 0 to 1000")
        .ToStatus();
  }
  return page_size == 0 ? kDefaultLimit : std::min(page_size, kMaxLimit);
}

absl::StatusOr<PageRequest> ReadPageRequest(absl::string_view listing,
                                            int32_t page_size,
                                            absl::string_view page_token) {
  PageRequest page;
  ASSIGN_OR_RETURN(page.limit, PageLimit(page_size));
  if (page_token.empty()) return page;
  std::string text;
  const bool decoded = absl::WebSafeBase64Unescape(page_token, &text);
  absl::string_view sequence = text;
  if (!decoded || !absl::ConsumePrefix(&sequence, TokenPrefix(listing)) ||
      !absl::SimpleAtoi(sequence, &page.after) || page.after <= 0) {
    return Error(absl::StatusCode::kInvalidArgument, reason::kInvalidPageToken,
                 "The page token is not one of this listing's; start again without "
                 "one.")
        .Violation("page_token", "is not a next_page_token of this listing")
        .ToStatus();
  }
  return page;
}

}  // namespace gitsync
