#include "server/git/object/merge.h"

#include <set>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

namespace gitsync {
namespace {

const TreeFile* FindFile(const TreeFiles& files, const std::string& path) {
  const auto it = files.find(path);
  return it == files.end() ? nullptr : &it->second;
}

bool Same(const TreeFile* a, const TreeFile* b) {
  if (a == nullptr || b == nullptr) return a == b;
  return a->SameContent(*b);
}

std::set<std::string> AllPaths(const TreeFiles& a, const TreeFiles& b,
                               const TreeFiles& c) {
  std::set<std::string> paths;
  for (const TreeFiles* files : {&a, &b, &c}) {
    for (const auto& [path, file] : *files) paths.insert(path);
  }
  return paths;
}

// A path that is a file of one side and a folder of the other; empty if none is.
std::string FileThatIsFolder(const TreeFiles& files) {
  for (const auto& [path, file] : files) {
    const std::string folder = absl::StrCat(path, "/");
    const auto next = files.lower_bound(folder);
    if (next != files.end() && absl::StartsWith(next->first, folder)) return path;
  }
  return "";
}

}  // namespace

FolderMerge ReplaceFolder(const TreeFiles& ours, const TreeFiles& theirs) {
  FolderMerge result;
  for (const std::string& path : AllPaths({}, ours, theirs)) {
    const TreeFile* our = FindFile(ours, path);
    const TreeFile* their = FindFile(theirs, path);
    if (Same(our, their)) {
      result.files[path] = *their;  // keeps its mode
      continue;
    }
    if (our != nullptr) result.files[path] = *our;
    if (their != nullptr) result.overwritten.push_back(path);
  }
  return result;
}

FolderMerge MergeFolder(const std::optional<TreeFiles>& base, const TreeFiles& ours,
                        const TreeFiles& theirs, bool force) {
  FolderMerge result;
  if (theirs.empty() && (!base.has_value() || base->empty() || force)) {
    result.files = ours;
    return result;
  }
  const TreeFiles no_files;
  const TreeFiles& from = base.has_value() ? *base : no_files;
  for (const std::string& path : AllPaths(from, ours, theirs)) {
    const TreeFile* old = FindFile(from, path);
    const TreeFile* our = FindFile(ours, path);
    const TreeFile* their = FindFile(theirs, path);
    const bool foreign_kind = their != nullptr && !their->IsRegular();
    if (Same(our, their)) {
      if (their != nullptr) result.files[path] = *their;  // keeps its mode
    } else if (base.has_value() && Same(their, old)) {
      if (our != nullptr) result.files[path] = *our;
    } else if (base.has_value() && Same(our, old) && !foreign_kind) {
      if (their != nullptr) result.files[path] = *their;
      result.merged.push_back(path);
    } else {
      if (our != nullptr) result.files[path] = *our;
      if (!force) {
        result.conflicts.push_back(path);
      } else if (their != nullptr || old != nullptr) {
        result.overwritten.push_back(path);
      }
    }
  }
  if (const std::string path = FileThatIsFolder(result.files); !path.empty()) {
    if (force) return ReplaceFolder(ours, theirs);
    result.conflicts.push_back(path);
  }
  return result;
}

}  // namespace gitsync
