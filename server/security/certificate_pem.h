#ifndef GITSYNC_SERVER_SECURITY_CERTIFICATE_PEM_H_
#define GITSYNC_SERVER_SECURITY_CERTIFICATE_PEM_H_

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace gitsync {

// Checks that `pem` holds at least one X.509 certificate, that each is well-formed, and
// that there is no private key. Otherwise INVALID_ARGUMENT, bare, saying what is wrong.
absl::Status CheckCertificatePem(absl::string_view pem);

}  // namespace gitsync

#endif  // GITSYNC_SERVER_SECURITY_CERTIFICATE_PEM_H_
