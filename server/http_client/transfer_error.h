#ifndef GITSYNC_SERVER_HTTP_CLIENT_TRANSFER_ERROR_H_
#define GITSYNC_SERVER_HTTP_CLIENT_TRANSFER_ERROR_H_

#include <curl/curl.h>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace gitsync {

// The error of a request to `host` that ended without a complete answer, derived from
// `result`, which is not CURLE_OK, and the state of the handle. `words` is libcurl's
// message; it is inspected but not shown. Errors as of HttpClient::Send.
absl::Status TransferError(absl::string_view host, CURL* handle, CURLcode result,
                           absl::string_view words);

}  // namespace gitsync

#endif  // GITSYNC_SERVER_HTTP_CLIENT_TRANSFER_ERROR_H_
