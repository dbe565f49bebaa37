#include "server/format/splitter.h"

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include "absl/strings/ascii.h"
#include "server/format/json_text.h"
#include "server/format/stem.h"

namespace gitsync {
namespace {

// A key that may be a folder has at most 64 characters, each written as \uXXXX at most.
constexpr size_t kLongestFolderKey = 64 * 6 + 2;

// Returns the elements of `array` if it is not empty, has at most `limit` elements, and
// all of them are objects.
std::optional<std::vector<absl::string_view>> Objects(absl::string_view array,
                                                      size_t limit) {
  std::vector<absl::string_view> elements;
  bool all = true;
  ForEachElement(array, [&](absl::string_view element) {
    all = element[0] == '{' && elements.size() < limit;
    if (all) elements.push_back(element);
    return all;
  });
  if (!all || elements.empty()) return std::nullopt;
  return elements;
}

// Returns the values of the string member `key` of all elements, if each element has
// one and no two are equal.
std::optional<std::vector<std::string>> Names(
    const std::vector<absl::string_view>& elements, absl::string_view key) {
  std::vector<std::string> names;
  std::set<std::string> seen;
  for (const absl::string_view element : elements) {
    absl::string_view found;
    ForEachMember(element, [&](absl::string_view k, absl::string_view value) {
      if (k.size() <= kLongestFolderKey && DecodeString(k) == key) found = value;
      return found.empty();
    });
    if (found.empty() || found[0] != '"') return std::nullopt;
    names.push_back(DecodeString(found));
    if (!seen.insert(names.back()).second) return std::nullopt;
  }
  return names;
}

}  // namespace

std::vector<SplitMember> SplitMembers(absl::string_view object, size_t* budget) {
  std::map<std::string, absl::string_view> arrays;
  std::map<std::string, int> uses;
  ForEachMember(object, [&](absl::string_view quoted, absl::string_view value) {
    if (value[0] != '[' || quoted.size() > kLongestFolderKey) return true;
    std::string key = DecodeString(quoted);
    if (!IsFolderKey(key)) return true;
    ++uses[absl::AsciiStrToLower(key)];
    arrays.emplace(std::move(key), value);
    return true;
  });
  std::vector<SplitMember> split;
  for (const auto& [key, array] : arrays) {
    // On file systems that ignore letter case, the two folders would be one.
    if (uses[absl::AsciiStrToLower(key)] > 1) continue;
    auto elements = Objects(array, *budget);
    if (!elements) continue;
    auto names = Names(*elements, "name");
    if (!names) names = Names(*elements, "id");
    if (!names) continue;
    *budget -= elements->size();
    split.push_back({key, *std::move(elements), StemsOf(*names)});
  }
  return split;
}

std::string Without(absl::string_view object, const std::vector<SplitMember>& split) {
  std::string rest = "{";
  ForEachMember(object, [&](absl::string_view quoted, absl::string_view value) {
    if (value[0] == '[' && quoted.size() <= kLongestFolderKey) {
      const std::string key = DecodeString(quoted);
      if (std::any_of(split.begin(), split.end(),
                      [&](const SplitMember& member) { return member.key == key; })) {
        return true;
      }
    }
    if (rest.size() > 1) rest.push_back(',');
    rest.append(quoted.data(), quoted.size());
    rest.push_back(':');
    rest.append(value.data(), value.size());
    return true;
  });
  rest.push_back('}');
  return rest;
}

}  // namespace gitsync
