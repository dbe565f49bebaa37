#include "server/http_client/http_options.h"

#include <cstdlib>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"

namespace gitsync {
namespace {

std::string FirstSet(const char* name, const char* other_name) {
  for (const char* each : {name, other_name}) {
    const char* const value = getenv(each);
    if (value != nullptr && *value != '\0') return value;
  }
  return "";
}

}  // namespace

HttpProxy HttpProxy::FromEnvironment() {
  return {FirstSet("https_proxy", "HTTPS_PROXY"), FirstSet("no_proxy", "NO_PROXY")};
}

bool HttpProxy::Serves(absl::string_view host) const {
  if (url.empty()) return false;
  const std::string asked = absl::AsciiStrToLower(host);
  for (const absl::string_view entry :
       absl::StrSplit(bypass, absl::ByAnyChar(", \t"), absl::SkipEmpty())) {
    if (entry == "*") return false;
    std::string name = absl::AsciiStrToLower(absl::StripPrefix(entry, "."));
    name = std::string(absl::StripSuffix(absl::StripPrefix(name, "["), "]"));
    if (asked == name || absl::EndsWith(asked, absl::StrCat(".", name))) return false;
  }
  return true;
}

}  // namespace gitsync
