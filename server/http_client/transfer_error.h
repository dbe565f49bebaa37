#ifndef GITSYNC_SERVER_HTTP_CLIENT_TRANSFER_ERROR_H_
#define GITSYNC_SERVER_HTTP_CLIENT_TRANSFER_ERROR_H_

#include <curl/curl.h>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace gitsync {

// Why a request of `host` ended without an answer, or within it: `result`, not
// CURLE_OK, and what the handle knows. `words` are libcurl's; they are looked at, and
// not shown. Errors as of HttpClient::Send.
absl::Status TransferError(absl::string_view host, CURL* handle, CURLcode result,
                           absl::string_view words);

}  // namespace gitsync

#endif  // GITSYNC_SERVER_HTTP_CLIENT_TRANSFER_ERROR_H_
