#include "server/git/push/push_checks.h"

#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "server/base/error.h"
#include "server/base/printable.h"
#include "server/base/reason.h"
#include "server/base/status_macros.h"
#include "server/base/unicode.h"
#include "server/git/object/raw_tree.h"

namespace gitsync {
namespace {

constexpr char kAttributesFile[] = ".gitattributes";
constexpr size_t kMaxMacroDepth = 8;

// The entry of `tree` that some file systems take for `name`; empty if there is none.
std::string TwinOf(const git_tree* tree, absl::string_view name) {
  const std::string key = NameKey(name);
  for (size_t i = 0; i < git_tree_entrycount(tree); ++i) {
    const absl::string_view other =
        git_tree_entry_name(git_tree_entry_byindex(tree, i));
    if (other != name && NameKey(other) == key) return std::string(other);
  }
  return "";
}

// Follows `path` from `tree`, which becomes what is there, or nothing. True if a folder
// on the way has attributes of its own.
absl::StatusOr<bool> HasAttributesAlong(git_odb* odb, absl::string_view path,
                                        std::optional<git_oid>& tree) {
  for (const absl::string_view name : absl::StrSplit(path, '/')) {
    if (!tree.has_value()) return false;
    ASSIGN_OR_RETURN(const OdbObjectPtr object, ReadObject(odb, *tree));
    const absl::string_view content = ContentOf(object.get());
    if (FindInTree(content, kAttributesFile).has_value()) return true;
    const std::optional<TreeEntry> next = FindInTree(content, name);
    tree.reset();
    if (next.has_value() && next->IsTree()) tree = next->id;
  }
  return false;
}

// Whether a folder that holds one of the changes, or is above it, has attributes, so
// that most pushes need no more than this look. Takes no tree apart: it may have
// thousands of entries.
absl::StatusOr<bool> HasAttributes(git_odb* odb, const git_oid& root,
                                   absl::string_view folder,
                                   const TreeChanges& changes) {
  std::optional<git_oid> folder_tree = root;
  ASSIGN_OR_RETURN(const bool above, HasAttributesAlong(odb, folder, folder_tree));
  if (above) return true;
  std::optional<absl::string_view> looked_at;
  for (const auto& [path, change] : changes) {
    const size_t slash = path.rfind('/');
    const absl::string_view parent =
        absl::string_view(path).substr(0, slash == std::string::npos ? 0 : slash);
    if (looked_at == parent) continue;
    looked_at = parent;
    std::optional<git_oid> tree = folder_tree;
    ASSIGN_OR_RETURN(const bool along, HasAttributesAlong(odb, path, tree));
    if (along) return true;
  }
  return false;
}

// Has libgit2 know the macros of a commit's root, and no others. By itself it expands a
// macro only below its definition, and keeps those of commits that it saw before.
absl::Status DefineMacros(git_repository* repository, git_odb* odb,
                          const git_oid& root) {
  if (git_attr_cache_flush(repository) != 0) return GitFailure("forget attributes");
  ASSIGN_OR_RETURN(const OdbObjectPtr tree, ReadObject(odb, root));
  const std::optional<TreeEntry> entry =
      FindInTree(ContentOf(tree.get()), kAttributesFile);
  if (!entry.has_value() || entry->mode != GIT_FILEMODE_BLOB) return absl::OkStatus();
  ASSIGN_OR_RETURN(const OdbObjectPtr file, ReadObject(odb, entry->id));
  // The last definition counts.
  std::map<std::string, std::string> macros;
  for (absl::string_view line : absl::StrSplit(ContentOf(file.get()), '\n')) {
    line = absl::StripAsciiWhitespace(line);
    if (!absl::ConsumePrefix(&line, "[attr]")) continue;
    const std::pair<std::string, std::string> macro =
        absl::StrSplit(line, absl::MaxSplits(absl::ByAnyChar(" \t"), 1));
    macros.insert_or_assign(macro.first, macro.second);
  }
  // What a macro is made of is looked up when it is defined: macros of macros take as
  // many passes as they are deep.
  const size_t passes = std::min(macros.size(), kMaxMacroDepth);
  for (size_t pass = 0; pass < passes; ++pass) {
    for (const auto& [name, values] : macros) {
      if (git_attr_add_macro(repository, name.c_str(), values.c_str()) != 0) {
        git_error_clear();
      }
    }
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status CheckNoTwin(git_repository* repository, const git_tree* root,
                         absl::string_view folder) {
  std::string path;
  for (const absl::string_view name : absl::StrSplit(folder, '/')) {
    ASSIGN_OR_RETURN(const std::optional<git_oid> id,
                     FindFolder(repository, root, path));
    if (!id.has_value()) break;
    ASSIGN_OR_RETURN(const TreePtr tree, LookUpTree(repository, *id));
    const std::string above = path.empty() ? "" : absl::StrCat(path, "/");
    path = absl::StrCat(above, name);
    if (git_tree_entry_byname(tree.get(), std::string(name).c_str()) != nullptr) {
      continue;
    }
    const std::string twin = TwinOf(tree.get(), name);
    if (twin.empty()) break;
    const std::string there = PrintableText(absl::StrCat(above, twin), 1024);
    return Error(absl::StatusCode::kAlreadyExists, reason::kGitFolderTaken,
                 absl::StrCat("The repository has \"", there,
                              "\", which differs from \"", path,
                              "\" by letter case or spelling only: on Windows and "
                              "macOS they would be one. Rename it in the repository, "
                              "or spell the path prefix as it is."))
        .With("folder", there);
  }
  return absl::OkStatus();
}

absl::Status CheckNoFilter(git_repository* repository, absl::string_view commit_id,
                           absl::string_view folder, const TreeChanges& changes) {
  if (changes.empty()) return absl::OkStatus();
  ASSIGN_OR_RETURN(const TreePtr root, TreeOfCommit(repository, commit_id));
  git_odb* raw_odb = nullptr;
  if (git_repository_odb(&raw_odb, repository) != 0) return GitFailure("open objects");
  const OdbPtr odb(raw_odb);
  const git_oid& root_id = *git_tree_id(root.get());
  ASSIGN_OR_RETURN(const bool has_attributes,
                   HasAttributes(raw_odb, root_id, folder, changes));
  if (!has_attributes) return absl::OkStatus();
  RETURN_IF_ERROR(DefineMacros(repository, raw_odb, root_id));
  git_attr_options options = {};
  options.version = GIT_ATTR_OPTIONS_VERSION;
  options.flags = GIT_ATTR_CHECK_INDEX_ONLY | GIT_ATTR_CHECK_NO_SYSTEM |
                  GIT_ATTR_CHECK_INCLUDE_COMMIT;
  options.attr_commit_id = *ParseOid(commit_id);
  for (const auto& [path, change] : changes) {
    if (!change.has_value()) continue;
    const std::string file = absl::StrCat(folder, "/", path);
    const char* filter = nullptr;
    if (git_attr_get_ext(&filter, repository, &options, file.c_str(), "filter") != 0) {
      // Attributes that can't be read filter nothing that is known.
      git_error_clear();
      return absl::OkStatus();
    }
    if (git_attr_value(filter) != GIT_ATTR_VALUE_STRING) continue;
    const std::string name = PrintableText(filter, 100);
    return Error(absl::StatusCode::kFailedPrecondition, reason::kGitFilteredFiles,
                 absl::StrCat("The repository's .gitattributes put \"", file,
                              "\" under the filter \"", name,
                              "\", which clones would apply to what is pushed. Take "
                              "the app's files out of it, such as by a last line \"",
                              folder, "/** -filter\"."))
        .With("file", file)
        .With("filter", name);
  }
  return absl::OkStatus();
}

}  // namespace gitsync
