// A definition: checked, made canonical, and as files and back.

#include <string>

#include "server/base/error.h"
#include "server/base/utf8.h"
#include "server/format/app_files.h"
#include "server/format/definition.h"
#include "tests/fuzz/fuzz_target.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const absl::string_view input(reinterpret_cast<const char*>(data), size);
  const auto canonical = gitsync::CanonicalJson(input);
  const absl::Status checked = gitsync::CheckDefinition(input);
  if (!canonical.ok()) {
    FUZZ_CHECK(!checked.ok());
    FUZZ_CHECK(!gitsync::ReasonOf(canonical.status()).empty());
    FUZZ_CHECK(gitsync::IsUtf8(canonical.status().message()));
    return 0;
  }
  const auto again = gitsync::CanonicalJson(*canonical);
  FUZZ_CHECK(again.ok() && *again == *canonical);
  if (!checked.ok()) return 0;

  const auto files = gitsync::WriteApp({"id", "name", "name", "v1"}, input);
  FUZZ_CHECK(files.ok());
  const auto app = gitsync::ReadApp(*files);
  FUZZ_CHECK(app.ok());
  FUZZ_CHECK(app->definition == *canonical);
  return 0;
}
