#include "server/http_client/transfer_error.h"

#include <openssl/x509_vfy.h>

#include <cstring>
#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "server/base/error.h"
#include "server/base/open_files.h"
#include "server/base/reason.h"

namespace gitsync {
namespace {

long Info(CURL* handle, CURLINFO what) {
  long value = 0;
  curl_easy_getinfo(handle, what, &value);
  return value;
}

absl::Status Unreachable(absl::string_view message) {
  return Error(absl::StatusCode::kUnavailable, reason::kRemoteUnreachable, message);
}

absl::Status Untrusted(absl::string_view message) {
  return Error(absl::StatusCode::kFailedPrecondition, reason::kRemoteTlsFailed,
               message);
}

absl::Status CertificateError(absl::string_view host, long verified) {
  switch (verified) {
    // The name is checked before the result of the chain is copied.
    case X509_V_OK:
    case X509_V_ERR_UNSPECIFIED:
    case X509_V_ERR_HOSTNAME_MISMATCH:
    case X509_V_ERR_IP_ADDRESS_MISMATCH:
      return Untrusted(absl::StrCat(
          "The TLS certificate that ", host,
          " shows is for another host name; check the URL's host, or have the host's "
          "certificate corrected."));
    case X509_V_ERR_CERT_HAS_EXPIRED:
      return Untrusted(absl::StrCat("The TLS certificate of ", host,
                                    " has expired; have it renewed there."));
    case X509_V_ERR_CERT_NOT_YET_VALID:
      return Untrusted(absl::StrCat(
          "The TLS certificate of ", host,
          " is not valid yet; compare this server's clock with the host's."));
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
    case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
      return Untrusted(absl::StrCat(
          "The TLS certificate of ", host,
          " is from an authority that this server does not know; if it is your own, "
          "give its certificate as caCertificate."));
    default:
      return Untrusted(absl::StrCat(
          "The TLS certificate of ", host, " can't be trusted: ",
          X509_verify_cert_error_string(verified), ". Have it corrected there."));
  }
}

absl::Status HandshakeError(absl::string_view host, absl::string_view words) {
  if (absl::StrContains(words, "unsupported protocol") ||
      absl::StrContains(words, "protocol version")) {
    return Untrusted(absl::StrCat(
        host,
        " offers no TLS 1.2 or later, only versions that are not secure any more; "
        "have it updated."));
  }
  if (absl::StrContains(words, "wrong version number") ||
      absl::StrContains(words, "http request")) {
    return Untrusted(
        absl::StrCat(host, " does not speak TLS on this port; check the URL's port."));
  }
  // Errors for which OpenSSL has no message come from the socket.
  if (absl::StrContains(words, "SSL_connect: ") ||
      absl::StrContains(words, " failure: ") ||
      absl::StrContains(words, "unexpected eof")) {
    return Unreachable(absl::StrCat("The connection to ", host,
                                    " broke while TLS was being set up; repeat the "
                                    "request, and check the URL's port."));
  }
  return Untrusted(absl::StrCat("No TLS connection to ", host,
                                " could be made: it and this server have no secure "
                                "protocol, cipher or key in common."));
}

}  // namespace

absl::Status TransferError(absl::string_view host, CURL* handle, CURLcode result,
                           absl::string_view words) {
  const long proxy_status = Info(handle, CURLINFO_HTTP_CONNECTCODE);
  if (proxy_status >= 300) {
    return Unreachable(absl::StrCat("The HTTPS proxy refused to connect to ", host,
                                    " (HTTP ", proxy_status,
                                    "); have the operator allow it there, or name the "
                                    "host in NO_PROXY."));
  }
  switch (result) {
    case CURLE_COULDNT_RESOLVE_PROXY:
    case CURLE_PROXY:
      return Unreachable(
          "The HTTPS proxy can't be used; have the operator check HTTPS_PROXY.");
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_CONNECT: {
      const long error = Info(handle, CURLINFO_OS_ERRNO);
      if (IsOutOfFiles(static_cast<int>(error))) return OutOfFiles();
      return Unreachable(
          absl::StrCat(host, " can't be connected to", error == 0 ? "" : ": ",
                       error == 0 ? "" : strerror(static_cast<int>(error)),
                       ". Check the URL's host and port, then repeat the request."));
    }
    case CURLE_OPERATION_TIMEDOUT:
      return Error(absl::StatusCode::kDeadlineExceeded, reason::kRemoteTimeout,
                   absl::StrCat(host,
                                " did not accept a connection in time; check that it "
                                "works, then repeat the request."));
    case CURLE_PEER_FAILED_VERIFICATION:
      return CertificateError(host, Info(handle, CURLINFO_SSL_VERIFYRESULT));
    case CURLE_SSL_CACERT_BADFILE:
      return Untrusted(
          "The authorities to trust can't be read; check caCertificate, or have the "
          "operator check the system's.");
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_SSL_CIPHER:
      return HandshakeError(host, words);
    case CURLE_UNSUPPORTED_PROTOCOL:
    case CURLE_WEIRD_SERVER_REPLY:
    case CURLE_WRITE_ERROR:
      return Error(absl::StatusCode::kInternal, reason::kRemoteProtocolError,
                   absl::StrCat(host,
                                " did not answer as a web server does; check the "
                                "URL's host and port."));
    case CURLE_GOT_NOTHING:
    case CURLE_SEND_ERROR:
    case CURLE_RECV_ERROR:
    case CURLE_PARTIAL_FILE:
    case CURLE_HTTP2:
    case CURLE_HTTP2_STREAM:
    case CURLE_SEND_FAIL_REWIND:
    case CURLE_ABORTED_BY_CALLBACK:
      return Unreachable(absl::StrCat("The connection to ", host,
                                      " broke before its answer was complete; repeat "
                                      "the request."));
    default:
      return InternalError(absl::StrCat("libcurl: ", curl_easy_strerror(result)));
  }
}

}  // namespace gitsync
