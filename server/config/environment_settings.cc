#include "server/config/environment_settings.h"

#include <google/protobuf/descriptor.h>
#include <regex.h>

#include <algorithm>
#include <numeric>
#include <set>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"

namespace gitsync {
namespace {

using config::v1::ServerConfig;

constexpr absl::string_view kVariablePrefix = "GITSYNC_";

// Secrets that should not be in a file, and variables that callers of the server read.
bool IsOtherVariable(absl::string_view name) {
  static const auto* const names = new std::set<absl::string_view>{
      "GITSYNC_ADMIN_TOKEN", "GITSYNC_MASTER_KEY", "GITSYNC_SERVER", "GITSYNC_URL"};
  return names->count(name) > 0 || absl::StartsWith(name, "GITSYNC_TOKEN");
}

// Whether Kubernetes, or a container link, sets this variable to say where a Service
// is. The value is checked too, because somebody may mean GITSYNC_HTTP_PORT=8080 as a
// setting.
bool IsServiceVariable(const std::string& name, const std::string& value) {
  static const regex_t* const form = [] {
    auto* const compiled = new regex_t;
    regcomp(compiled,
            "^GITSYNC(_[A-Z0-9_]+)?_(SERVICE_HOST=.*|SERVICE_PORT(_[A-Z0-9_]+)?=[0-9]*|"
            "PORT(_[0-9]+_(TCP|UDP|SCTP))?=[a-z]+://.*|"
            "PORT_[0-9]+_(TCP|UDP|SCTP)_(PROTO|PORT|ADDR)=.*)$",
            REG_EXTENDED | REG_NOSUB);
    return compiled;
  }();
  return regexec(form, absl::StrCat(name, "=", value).c_str(), 0, nullptr, 0) == 0;
}

// Returns every name that a variable may have been intended to have, in lower case.
std::vector<std::string> KnownNames() {
  std::vector<std::string> names = {"admin_token", "master_key"};
  const auto* const settings = ServerConfig::descriptor();
  for (int i = 0; i < settings->field_count(); ++i) {
    names.emplace_back(settings->field(i)->name());
  }
  return names;
}

// The number of letters to change, insert or delete (Levenshtein).
size_t EditDistance(absl::string_view a, absl::string_view b) {
  std::vector<size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), 0);
  for (size_t i = 0; i < a.size(); ++i) {
    size_t diagonal = row[0];
    row[0] = i + 1;
    for (size_t j = 0; j < b.size(); ++j) {
      const size_t replaced = diagonal + (a[i] == b[j] ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({replaced, row[j] + 1, row[j + 1] + 1});
    }
  }
  return row.back();
}

// Recognizes "tls_cert_file" and "tls_certificate" for "tls_certificate_file": the same
// words in the same order, some of them cut short, and at most one left out.
bool IsAbbreviation(absl::string_view text, absl::string_view of) {
  const std::vector<absl::string_view> words = absl::StrSplit(text, '_');
  const std::vector<absl::string_view> whole = absl::StrSplit(of, '_');
  if (words.size() < 2 || words.size() + 1 < whole.size()) return false;
  size_t matched = 0;
  for (const absl::string_view word : whole) {
    if (matched < words.size() && words[matched].size() >= 3 &&
        absl::StartsWith(word, words[matched])) {
      ++matched;
    }
  }
  return matched == words.size();
}

// Returns the name that `text`, in lower case, resembles; empty if there is none.
std::string Resembled(const std::string& text) {
  std::string nearest;
  size_t least = std::max<size_t>(1, text.size() / 4) + 1;
  for (const std::string& name : KnownNames()) {
    const size_t distance = EditDistance(text, name);
    if (distance < least) {
      least = distance;
      nearest = name;
    } else if (nearest.empty() && IsAbbreviation(text, name)) {
      nearest = name;
    }
  }
  return nearest;
}

std::string Fault(const std::string& variable, const std::string& meant) {
  const auto* const field = ServerConfig::descriptor()->FindFieldByName(meant);
  if (field != nullptr && !IsTextSetting(*field)) {
    return absl::StrCat(variable, ": ", meant, " is a setting of the file alone");
  }
  return absl::StrCat(variable, " is no setting: rename it to ", kVariablePrefix,
                      absl::AsciiStrToUpper(meant), ", or unset it");
}

}  // namespace

absl::StatusOr<EnvironmentSettings> SettingsFromEnvironment(
    const std::map<std::string, std::string>& environment) {
  EnvironmentSettings result;
  std::vector<std::string> faults;
  for (const auto& [name, value] : environment) {
    absl::string_view rest = name;
    if (!absl::ConsumePrefix(&rest, kVariablePrefix)) continue;
    const std::string lower = absl::AsciiStrToLower(rest);
    const auto* const field = ServerConfig::descriptor()->FindFieldByName(lower);
    if (field != nullptr && IsTextSetting(*field) &&
        absl::AsciiStrToUpper(rest) == rest) {
      result.values[lower] = value;
    } else if (!IsOtherVariable(name) && !IsServiceVariable(name, value)) {
      const std::string meant = Resembled(lower);
      if (meant.empty()) {
        result.ignored.push_back(name);
      } else {
        faults.push_back(Fault(name, meant));
      }
    }
  }
  if (faults.empty()) return result;
  return absl::InvalidArgumentError(absl::StrJoin(faults, "\n"));
}

}  // namespace gitsync
