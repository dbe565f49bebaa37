#include "server/git/object/raw_tree.h"

#include <algorithm>
#include <cstring>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace gitsync {
namespace {

constexpr absl::string_view kTreePrefix = "40000 ";
constexpr size_t kMaxModeBytes = 6;
constexpr size_t kUsualEntryBytes = 40;

// Whether one name comes before the other in git's order of a tree's entries.
bool ComesBefore(absl::string_view a, bool a_is_tree, absl::string_view b,
                 bool b_is_tree) {
  const size_t common = std::min(a.size(), b.size());
  const int order = std::memcmp(a.data(), b.data(), common);
  if (order != 0) return order < 0;
  const auto next = [common](absl::string_view name, bool is_tree) {
    if (name.size() > common) return static_cast<unsigned char>(name[common]);
    return static_cast<unsigned char>(is_tree ? '/' : '\0');
  };
  return next(a, a_is_tree) < next(b, b_is_tree);
}

// How many octal digits `content` begins with, if they are a mode: a space follows. 0
// if not.
size_t ModeSize(absl::string_view content) {
  size_t size = 0;
  while (size < std::min(content.size(), kMaxModeBytes) && content[size] >= '0' &&
         content[size] <= '7') {
    ++size;
  }
  return size < content.size() && content[size] == ' ' ? size : 0;
}

// The bytes of the first entry of `content`; empty if that begins with none.
absl::string_view FirstEntry(absl::string_view content) {
  const size_t mode = ModeSize(content);
  if (mode == 0) return {};
  const size_t nul = content.find('\0', mode + 1);
  if (nul == absl::string_view::npos || nul == mode + 1 ||
      content.size() - nul - 1 < GIT_OID_RAWSZ) {
    return {};
  }
  return content.substr(0, nul + 1 + GIT_OID_RAWSZ);
}

// The name in the bytes of an entry.
absl::string_view NameIn(absl::string_view bytes) {
  const size_t mode = ModeSize(bytes);
  return bytes.substr(mode + 1, bytes.size() - mode - 2 - GIT_OID_RAWSZ);
}

bool IsTree(absl::string_view bytes) { return absl::StartsWith(bytes, kTreePrefix); }

// Takes the bytes of an entry apart.
TreeEntry EntryOf(absl::string_view bytes) {
  TreeEntry entry;
  unsigned mode = 0;
  for (const char digit : bytes.substr(0, ModeSize(bytes))) {
    mode = mode * 8 + static_cast<unsigned>(digit - '0');
  }
  entry.mode = static_cast<git_filemode_t>(mode);
  const absl::string_view id = bytes.substr(bytes.size() - GIT_OID_RAWSZ);
  std::memcpy(entry.id.id, id.data(), GIT_OID_RAWSZ);
  return entry;
}

}  // namespace

std::optional<TreeEntry> FindInTree(absl::string_view content, absl::string_view name) {
  while (true) {
    const absl::string_view entry = FirstEntry(content);
    if (entry.empty()) return std::nullopt;
    if (NameIn(entry) == name) return EntryOf(entry);
    content.remove_prefix(entry.size());
  }
}

std::optional<RawTree> RawTree::Parse(absl::string_view content) {
  RawTree tree;
  tree.entries_.reserve(content.size() / kUsualEntryBytes);
  while (!content.empty()) {
    const absl::string_view entry = FirstEntry(content);
    if (entry.empty()) return std::nullopt;
    tree.entries_.push_back(entry);
    content.remove_prefix(entry.size());
  }
  return tree;
}

std::vector<absl::string_view>::const_iterator RawTree::LowerBound(
    absl::string_view name, bool is_tree) const {
  return std::partition_point(
      entries_.begin(), entries_.end(), [&](absl::string_view entry) {
        return ComesBefore(NameIn(entry), IsTree(entry), name, is_tree);
      });
}

const absl::string_view* RawTree::FindEntry(absl::string_view name) const {
  for (const bool is_tree : {false, true}) {
    const auto entry = LowerBound(name, is_tree);
    if (entry != entries_.end() && NameIn(*entry) == name) return &*entry;
  }
  return nullptr;
}

std::optional<TreeEntry> RawTree::Find(absl::string_view name) const {
  const absl::string_view* entry = FindEntry(name);
  if (entry == nullptr) return std::nullopt;
  return EntryOf(*entry);
}

std::string RawTree::With(const TreeEdits& edits) const {
  // By the place in the old tree that each comes before; entries of one place are in
  // git's order among themselves.
  struct Insertion {
    size_t before;
    absl::string_view name;
    TreeEntry entry;
  };
  std::vector<Insertion> insertions;
  std::vector<size_t> removals;
  for (const auto& [name, entry] : edits) {
    if (const absl::string_view* old = FindEntry(name)) {
      removals.push_back(old - entries_.data());
    }
    if (!entry.has_value()) continue;
    const auto before = LowerBound(name, entry->IsTree());
    insertions.push_back(
        {static_cast<size_t>(before - entries_.begin()), name, *entry});
  }
  std::sort(insertions.begin(), insertions.end(),
            [](const Insertion& a, const Insertion& b) {
              if (a.before != b.before) return a.before < b.before;
              return ComesBefore(a.name, a.entry.IsTree(), b.name, b.entry.IsTree());
            });
  std::sort(removals.begin(), removals.end());

  std::string out;
  size_t copied = 0;  // old entries up to here are dealt with
  const auto copy_to = [&](size_t end) {
    if (copied >= end) return;
    const char* begin = entries_[copied].data();
    const absl::string_view last = entries_[end - 1];
    out.append(begin, last.data() + last.size() - begin);
    copied = end;
  };
  auto removal = removals.begin();
  const auto pass_to = [&](size_t end) {
    for (; removal != removals.end() && *removal < end; ++removal) {
      copy_to(*removal);
      copied = *removal + 1;
    }
    copy_to(end);
  };
  for (const Insertion& insertion : insertions) {
    pass_to(insertion.before);
    absl::StrAppend(&out, absl::StrFormat("%o", insertion.entry.mode), " ",
                    insertion.name);
    out.push_back('\0');
    out.append(reinterpret_cast<const char*>(insertion.entry.id.id), GIT_OID_RAWSZ);
  }
  pass_to(entries_.size());
  return out;
}

}  // namespace gitsync
