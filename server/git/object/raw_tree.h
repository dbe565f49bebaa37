// Trees in the form in which git stores them (gitformat "tree": for each entry its mode
// in octal, a space, its name, NUL, and 20 bytes of id), changed by copying what stays.
//
// libgit2's tree builder takes a tree apart and makes it again entry by entry, which
// costs most of a push where one folder holds thousands of apps.

#ifndef GITSYNC_SERVER_GIT_OBJECT_RAW_TREE_H_
#define GITSYNC_SERVER_GIT_OBJECT_RAW_TREE_H_

#include <git2.h>

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace gitsync {

struct TreeEntry {
  git_oid id = {};
  git_filemode_t mode = GIT_FILEMODE_BLOB;

  bool IsTree() const { return mode == GIT_FILEMODE_TREE; }
};

// What becomes of the entries of these names: one, or none.
using TreeEdits = std::map<std::string, std::optional<TreeEntry>>;

class RawTree {
 public:
  // An empty tree.
  RawTree() = default;

  // Takes apart `content`, which must outlive the result; nothing if that is no tree.
  static std::optional<RawTree> Parse(absl::string_view content);

  // The entry of this name, if there is one. (FindInTree is for asking once.)
  std::optional<TreeEntry> Find(absl::string_view name) const;

  // The content of the tree after `edits`.
  std::string With(const TreeEdits& edits) const;

 private:
  // The first entry that is not before one of this name and kind; git sorts a tree as
  // if its name ended with a slash.
  std::vector<absl::string_view>::const_iterator LowerBound(absl::string_view name,
                                                            bool is_tree) const;
  const absl::string_view* FindEntry(absl::string_view name) const;

  std::vector<absl::string_view> entries_;  // the bytes of each, in the content
};

// The entry of this name in the tree of this content; nothing if there is none, or from
// where on that is no tree.
std::optional<TreeEntry> FindInTree(absl::string_view content, absl::string_view name);

}  // namespace gitsync

#endif  // GITSYNC_SERVER_GIT_OBJECT_RAW_TREE_H_
