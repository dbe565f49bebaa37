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

// A certificate authority that nobody knows yet. If OpenSSL fails, the test fails.
class TestCa {
 public:
  TestCa();

  // Its own certificate, in PEM.
  std::string certificate() const;

  // Issues a server's certificate. `names`: "DNS:..." and "IP:...", in OpenSSL's
  // syntax. It is valid from one hour before `now` to one hour after it.
  TestCertificate Issue(const std::vector<std::string>& names = {"DNS:localhost",
                                                                 "IP:127.0.0.1"},
                        absl::Time now = absl::Now()) const;

 private:
  std::shared_ptr<EVP_PKEY> key_;
  std::shared_ptr<X509> certificate_;
};

// Writes a self-signed loopback certificate and its key to a folder, as cert.pem and
// key.pem.
void WriteSelfSigned(const std::string& folder);

}  // namespace gitsync

#endif  // GITSYNC_TESTS_SUPPORT_TEST_CA_H_
