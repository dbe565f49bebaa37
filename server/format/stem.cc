#include "server/format/stem.h"

#include <algorithm>
#include <map>
#include <set>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "server/base/sha256.h"

namespace gitsync {
namespace {

constexpr size_t kMaxStemBytes = 60;
constexpr size_t kShortHashDigits = 8;
constexpr size_t kFullHashDigits = 64;

std::string HashedStem(absl::string_view name, size_t digits) {
  const size_t room = kMaxStemBytes - std::min(kMaxStemBytes, digits + 1);
  std::string stem = PlainStem(name, std::max<size_t>(room, 4));
  if (stem.empty()) stem = "item";
  return absl::StrCat(stem, "-", Sha256Hex(name).substr(0, digits));
}

bool AllDiffer(const std::vector<std::string>& stems) {
  return std::set<absl::string_view>(stems.begin(), stems.end()).size() == stems.size();
}

}  // namespace

std::string ShortHash(absl::string_view name) {
  return Sha256Hex(name).substr(0, kShortHashDigits);
}

std::string PlainStem(absl::string_view name, size_t max_bytes) {
  std::string stem;
  for (const char c : name) {
    if (absl::ascii_isalnum(static_cast<unsigned char>(c))) {
      stem.push_back(absl::ascii_tolower(static_cast<unsigned char>(c)));
    } else if (!stem.empty() && stem.back() != '-') {
      stem.push_back('-');
    }
    // One character more than fits shows whether a "-" at the cut is the last one.
    if (stem.size() > max_bytes) break;
  }
  stem.resize(std::min(stem.size(), max_bytes));
  while (!stem.empty() && stem.back() == '-') stem.pop_back();
  return stem;
}

bool IsReservedName(absl::string_view name) {
  for (const absl::string_view reserved :
       {"definition", "_order", "con", "nul", "aux", "prn"}) {
    if (absl::EqualsIgnoreCase(name, reserved)) return true;
  }
  return name.size() == 4 &&
         (absl::StartsWithIgnoreCase(name, "com") ||
          absl::StartsWithIgnoreCase(name, "lpt")) &&
         absl::ascii_isdigit(static_cast<unsigned char>(name[3]));
}

bool IsFolderKey(absl::string_view key) {
  if (key.empty() || key.size() > 64 ||
      !absl::ascii_isalpha(static_cast<unsigned char>(key[0]))) {
    return false;
  }
  return std::all_of(key.begin(), key.end(),
                     [](unsigned char c) {
                       return absl::ascii_isalnum(c) || c == '_' || c == '-';
                     }) &&
         !IsReservedName(key);
}

std::vector<std::string> StemsOf(const std::vector<std::string>& names) {
  // No stem can be a spelling of ".git", because a stem has no dot, no "~", and nothing
  // that is not ASCII.
  std::vector<std::string> stems;
  std::map<std::string, int> uses;
  for (const std::string& name : names) {
    stems.push_back(PlainStem(name, kMaxStemBytes));
    ++uses[stems.back()];
  }
  for (size_t i = 0; i < names.size(); ++i) {
    if (uses[stems[i]] > 1 || stems[i].empty() || IsReservedName(stems[i])) {
      stems[i] = HashedStem(names[i], kShortHashDigits);
    }
  }
  // A name may be chosen so that it looks like another name's hashed stem.
  if (!AllDiffer(stems)) {
    for (size_t i = 0; i < names.size(); ++i) {
      stems[i] = HashedStem(names[i], kFullHashDigits);
    }
  }
  return stems;
}

}  // namespace gitsync
