#include "server/format/stray_file.h"

#include "absl/strings/match.h"
#include "absl/strings/str_split.h"

namespace gitsync {
namespace {

bool IsHidden(absl::string_view name) {
  return absl::StartsWith(name, ".") && name != ".." && name != ".json";
}

bool IsMadeBySystem(absl::string_view name) {
  for (const absl::string_view made :
       {"Thumbs.db", "ehthumbs.db", "ehthumbs_vista.db", "desktop.ini", "Icon\r"}) {
    if (absl::EqualsIgnoreCase(name, made)) return true;
  }
  return false;
}

bool IsCopy(absl::string_view name) {
  if (absl::EndsWith(name, "~")) return true;
  if (absl::StartsWith(name, "#") && absl::EndsWith(name, "#")) return true;
  for (const absl::string_view suffix :
       {".bak", ".orig", ".rej", ".swp", ".swo", ".tmp"}) {
    if (absl::EndsWithIgnoreCase(name, suffix)) return true;
  }
  return false;
}

}  // namespace

bool IsStrayFile(absl::string_view path) {
  for (const absl::string_view name : absl::StrSplit(path, '/')) {
    if (IsHidden(name)) return true;
  }
  const absl::string_view name = path.substr(path.rfind('/') + 1);
  return IsMadeBySystem(name) || IsCopy(name);
}

}  // namespace gitsync
