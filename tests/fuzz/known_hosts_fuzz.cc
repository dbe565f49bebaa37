// known_hosts: host keys that an operator or a caller gives.

#include <string>

#include "absl/strings/match.h"
#include "server/base/logging.h"
#include "server/git/transport/host_keys.h"
#include "tests/fuzz/fuzz_target.h"

using gitsync::HostKey;
using gitsync::HostKeys;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const bool kQuiet = [] {
    gitsync::ConfigureLogging(gitsync::LogLevel::kError, gitsync::LogFormat::kJson);
    return true;
  }();
  (void)kQuiet;
  const absl::string_view input(reinterpret_cast<const char*>(data), size);
  gitsync::ParseHostKey(input).IgnoreError();
  const auto keys = HostKeys::Parse(input);
  if (!keys.ok()) {
    FUZZ_CHECK(absl::StrContains(keys.status().message(), "line "));
    return 0;
  }
  for (const int port : {22, 2222}) {
    for (const HostKey& key : keys->Allowed("git.example.com", port)) {
      FUZZ_CHECK(!key.type.empty());
      FUZZ_CHECK(absl::StartsWith(key.fingerprint, "SHA256:"));
      // A demand is met by what is allowed, unless that is revoked.
      const gitsync::HostKeyDemand demand = {"git.example.com", port, "", ""};
      FUZZ_CHECK(gitsync::CheckHostKey(*keys, demand, key).ok() ==
                 !keys->IsRevoked("git.example.com", port, key));
    }
  }
  return 0;
}
