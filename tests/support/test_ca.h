#ifndef GITSYNC_TESTS_SUPPORT_TEST_CA_H_
#define GITSYNC_TESTS_SUPPORT_TEST_CA_H_

#include <openssl/evp.h>
#include <openssl/x509.h>

#include <memory>
#include <string>
#include <vector>

#include "absl/time/clock.h"
#include "absl/time/time.h"

namespace gitsync {

// A certificate and its key, in PEM.
struct TestCertificate {
  std::string certificate;
  std::string private_key;
};

// A certificate authority that nobody knows yet. Failures of OpenSSL fail the test.
class TestCa {
 public:
  TestCa();

  // Its own certificate, in PEM.
  std::string certificate() const;

  // A server's certificate. `names`: "DNS:..." and "IP:...", as OpenSSL writes them. It
  // is valid from an hour before `now` to an hour after it.
  TestCertificate Issue(const std::vector<std::string>& names = {"DNS:localhost",
                                                                 "IP:127.0.0.1"},
                        absl::Time now = absl::Now()) const;

 private:
  std::shared_ptr<EVP_PKEY> key_;
  std::shared_ptr<X509> certificate_;
};

// Writes a certificate of loopback that is its own authority, and its key, as cert.pem
// and key.pem to a folder.
void WriteSelfSigned(const std::string& folder);

}  // namespace gitsync

#endif  // GITSYNC_TESTS_SUPPORT_TEST_CA_H_
