// A tree object as somebody pushed it.

#include <algorithm>
#include <string>
#include <vector>

#include "server/git/object/raw_tree.h"
#include "tests/fuzz/fuzz_target.h"

using gitsync::RawTree;
using gitsync::TreeEntry;

namespace {

// The names of entries, by a reading of its own.
std::vector<std::string> NamesIn(absl::string_view content) {
  std::vector<std::string> names;
  while (!content.empty()) {
    const size_t space = content.find(' ');
    const size_t nul = content.find('\0', space);
    names.emplace_back(content.substr(space + 1, nul - space - 1));
    content.remove_prefix(nul + 1 + GIT_OID_RAWSZ);
  }
  return names;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const absl::string_view content(reinterpret_cast<const char*>(data), size);
  gitsync::FindInTree(content, "app.json");
  const auto tree = RawTree::Parse(content);
  if (!tree.has_value()) return 0;

  FUZZ_CHECK(tree->With({}) == content);
  const std::vector<std::string> names = NamesIn(content);
  for (const std::string& name : names) {
    FUZZ_CHECK(!name.empty());
    FUZZ_CHECK(gitsync::FindInTree(content, name).has_value());
  }
  // What we make of any tree, sorted or not, is a tree in which our entry is found.
  for (const git_filemode_t mode : {GIT_FILEMODE_BLOB, GIT_FILEMODE_TREE}) {
    for (const std::string& name :
         {std::string("app"), names.empty() ? std::string("z") : names.back()}) {
      TreeEntry entry;
      entry.mode = mode;
      entry.id.id[0] = 7;
      const std::string changed = tree->With({{name, entry}});
      const auto again = RawTree::Parse(changed);
      FUZZ_CHECK(again.has_value());
      const std::vector<std::string> now = NamesIn(changed);
      FUZZ_CHECK(std::count(now.begin(), now.end(), name) >= 1);
      tree->With({{name, std::nullopt}, {"other", entry}});
    }
  }
  return 0;
}
