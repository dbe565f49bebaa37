#ifndef GITSYNC_TESTS_UNIT_HTTP_CLIENT_HTTP_FIXTURE_H_
#define GITSYNC_TESTS_UNIT_HTTP_CLIENT_HTTP_FIXTURE_H_

#include <string>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "server/http_client/http_client.h"
#include "tests/support/test_ca.h"
#include "tests/support/test_tls_server.h"

namespace gitsync {

// Options with which servers of tests can be reached.
inline HttpOptions LoopbackHttp() {
  HttpOptions options;
  options.allow_private = true;
  options.proxy = {};
  return options;
}

// The CA of a test program.
inline const TestCa& SharedCa() {
  static const auto* const ca = new TestCa();
  return *ca;
}

// A TLS server whose certificate is right for 127.0.0.1 and localhost.
inline TestTlsOptions RightCertificate() { return {SharedCa().Issue(), 0}; }

// A request of a path of the server.
inline HttpRequest RequestOf(const TestTlsServer& server,
                             const std::string& path = "/") {
  HttpRequest request;
  request.url = absl::StrCat("https://127.0.0.1:", server.port(), path);
  request.ca_certificate = SharedCa().certificate();
  return request;
}

// How often `text` has `part` in it.
inline int Count(absl::string_view text, absl::string_view part) {
  int count = 0;
  for (size_t at = text.find(part); at != absl::string_view::npos;
       at = text.find(part, at + part.size())) {
    ++count;
  }
  return count;
}

}  // namespace gitsync

#endif  // GITSYNC_TESTS_UNIT_HTTP_CLIENT_HTTP_FIXTURE_H_
