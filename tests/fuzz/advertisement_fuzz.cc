// What a remote says first: its refs and capabilities.

#include <algorithm>
#include <string>

#include "absl/strings/ascii.h"
#include "server/base/error.h"
#include "server/base/utf8.h"
#include "server/git/protocol/conversation.h"
#include "tests/fuzz/fuzz_stream.h"
#include "tests/fuzz/fuzz_target.h"

namespace {

bool IsId(const std::string& id) {
  return id.size() == 40 && std::all_of(id.begin(), id.end(), [](unsigned char c) {
           return absl::ascii_isxdigit(c) && !absl::ascii_isupper(c);
         });
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  gitsync::FuzzTransport transport(
      std::string(reinterpret_cast<const char*>(data), size));
  const auto conversation = gitsync::Conversation::Open(
      &transport, {}, gitsync::GitService::kUploadPack, gitsync::Context());
  if (!conversation.ok()) {
    FUZZ_CHECK(!gitsync::ReasonOf(conversation.status()).empty());
    FUZZ_CHECK(gitsync::IsUtf8(conversation.status().message()));
    return 0;
  }
  const gitsync::Advertisement& advertisement = (*conversation)->advertisement();
  for (const gitsync::RemoteRef& ref : advertisement.refs) {
    FUZZ_CHECK(!ref.name.empty());
    FUZZ_CHECK(IsId(ref.id));
    FUZZ_CHECK(ref.peeled_id.empty() || IsId(ref.peeled_id));
    FUZZ_CHECK(IsId(ref.TargetId()));
    FUZZ_CHECK(advertisement.Find(ref.name) != nullptr);
  }
  for (const std::string& capability : advertisement.capabilities) {
    FUZZ_CHECK(!capability.empty() && advertisement.Can(capability));
  }
  return 0;
}
