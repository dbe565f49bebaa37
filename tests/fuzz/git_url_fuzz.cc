// The URL of a repository, as a caller gives it.

#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "server/base/error.h"
#include "server/base/reason.h"
#include "server/git/transport/remote.h"
#include "tests/fuzz/fuzz_target.h"

using gitsync::GitUrl;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const absl::string_view input(reinterpret_cast<const char*>(data), size);
  const auto url = gitsync::ParseGitUrl(input, /*allow_file=*/true);
  const auto remote = gitsync::ParseGitUrl(input, /*allow_file=*/false);
  if (!url.ok()) {
    FUZZ_CHECK(gitsync::ReasonOf(url.status()) == gitsync::reason::kInvalidGitUrl);
    FUZZ_CHECK(!remote.ok());
    return 0;
  }
  const bool file = url->scheme == GitUrl::Scheme::kFile;
  FUZZ_CHECK(remote.ok() == !file);
  FUZZ_CHECK(url->text == input);
  FUZZ_CHECK(file == url->host.empty());
  FUZZ_CHECK(file || (url->port > 0 && url->port <= 65535));
  FUZZ_CHECK(url->host == absl::AsciiStrToLower(url->host));
  // None may be taken for an option, end the quotes around it or leave a folder.
  FUZZ_CHECK(!absl::StartsWith(url->user, "-"));
  FUZZ_CHECK(!absl::StartsWith(url->host, "-"));
  FUZZ_CHECK(!url->path.empty() && url->path[0] != '-');
  FUZZ_CHECK(!absl::StrContains(absl::StrCat("/", url->path, "/"), "/../"));
  for (const std::string* part : {&url->user, &url->host, &url->path}) {
    FUZZ_CHECK(part->find_first_of(std::string("'\n\r\0", 4)) == std::string::npos);
  }
  return 0;
}
