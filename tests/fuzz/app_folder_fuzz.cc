// The files of an app's folder, as somebody pushed them: "=PATH", and after it the
// lines of the file.

#include <string>

#include "absl/strings/strip.h"
#include "server/base/error.h"
#include "server/base/reason.h"
#include "server/base/utf8.h"
#include "server/format/app_files.h"
#include "server/format/definition.h"
#include "tests/fuzz/fuzz_target.h"

using gitsync::FileMap;

namespace {

FileMap FilesIn(absl::string_view input) {
  FileMap files;
  std::string* file = nullptr;
  while (!input.empty()) {
    absl::string_view line = gitsync::TakeLine(&input);
    if (absl::ConsumePrefix(&line, "=")) {
      file = &files[std::string(line)];
    } else if (file != nullptr) {
      file->append(line.data(), line.size());
      if (!input.empty()) file->push_back('\n');
    }
  }
  return files;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const auto app = gitsync::ReadApp(
      FilesIn(absl::string_view(reinterpret_cast<const char*>(data), size)));
  if (!app.ok()) {
    FUZZ_CHECK(gitsync::ReasonOf(app.status()) == gitsync::reason::kInvalidGitContent);
    FUZZ_CHECK(gitsync::IsUtf8(app.status().message()));
    return 0;
  }
  FUZZ_CHECK(gitsync::IsUtf8(app->manifest.name));
  FUZZ_CHECK(gitsync::CheckDefinition(app->definition).ok());

  // What was read can be pushed again, and is read as the same.
  const auto files = gitsync::WriteApp(app->manifest, app->definition);
  FUZZ_CHECK(files.ok());
  const auto again = gitsync::ReadApp(*files);
  FUZZ_CHECK(again.ok());
  FUZZ_CHECK(again->definition == app->definition);
  FUZZ_CHECK(again->manifest.git_app_id == app->manifest.git_app_id);
  FUZZ_CHECK(again->manifest.name == app->manifest.name);
  FUZZ_CHECK(again->manifest.slug == app->manifest.slug);
  FUZZ_CHECK(again->manifest.version_name == app->manifest.version_name);
  return 0;
}
