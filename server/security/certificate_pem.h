#ifndef GITSYNC_SERVER_SECURITY_CERTIFICATE_PEM_H_
#define GITSYNC_SERVER_SECURITY_CERTIFICATE_PEM_H_

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace gitsync {

// Checks that `pem` holds at least one X.509 certificate, each well-formed, and no
// private key. INVALID_ARGUMENT, bare, with what is wrong, otherwise.
absl::Status CheckCertificatePem(absl::string_view pem);

}  // namespace gitsync

#endif  // GITSYNC_SERVER_SECURITY_CERTIFICATE_PEM_H_
