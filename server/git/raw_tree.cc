#include "server/git/raw_tree.h"

#include <algorithm>
#include <cstring>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace gitsync {
namespace {

constexpr absl::string_view kTreeMode = "40000";
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

// Parts of an entry.
struct EntryText {
  absl::string_view bytes;  // all of it
  absl::string_view mode;
  absl::string_view name;
};

// The first entry of `content`; nothing if that begins with none.
std::optional<EntryText> FirstEntry(absl::string_view content) {
  const size_t space = content.find(' ');
  if (space == absl::string_view::npos || space > 6) return std::nullopt;
  const size_t nul = content.find('\0', space);
  if (nul == absl::string_view::npos || nul == space + 1 ||
      content.size() - nul - 1 < GIT_OID_RAWSZ) {
    return std::nullopt;
  }
  return EntryText{content.substr(0, nul + 1 + GIT_OID_RAWSZ), content.substr(0, space),
                   content.substr(space + 1, nul - space - 1)};
}

// Takes the bytes of an entry apart.
TreeEntry EntryOf(absl::string_view bytes) {
  TreeEntry entry;
  unsigned mode = 0;
  for (const char digit : bytes.substr(0, bytes.find(' '))) {
    mode = mode * 8 + static_cast<unsigned>(digit - '0');
  }
  entry.mode = static_cast<git_filemode_t>(mode);
  const absl::string_view id = bytes.substr(bytes.size() - GIT_OID_RAWSZ);
  std::memcpy(entry.id.id, id.data(), GIT_OID_RAWSZ);
  return entry;
}

}  // namespace

std::optional<TreeEntry> FindInTree(absl::string_view content, absl::string_view name) {
  while (const std::optional<EntryText> entry = FirstEntry(content)) {
    if (entry->name == name) return EntryOf(entry->bytes);
    content.remove_prefix(entry->bytes.size());
  }
  return std::nullopt;
}

std::optional<RawTree> RawTree::Parse(absl::string_view content) {
  RawTree tree;
  tree.places_.reserve(content.size() / kUsualEntryBytes);
  while (!content.empty()) {
    const std::optional<EntryText> entry = FirstEntry(content);
    if (!entry.has_value()) return std::nullopt;
    tree.places_.push_back({.bytes = entry->bytes,
                            .name = entry->name,
                            .is_tree = entry->mode == kTreeMode});
    content.remove_prefix(entry->bytes.size());
  }
  return tree;
}

std::vector<RawTree::Place>::const_iterator RawTree::LowerBound(absl::string_view name,
                                                                bool is_tree) const {
  return std::partition_point(places_.begin(), places_.end(), [&](const Place& place) {
    return ComesBefore(place.name, place.is_tree, name, is_tree);
  });
}

const RawTree::Place* RawTree::FindPlace(absl::string_view name) const {
  for (const bool is_tree : {false, true}) {
    const auto place = LowerBound(name, is_tree);
    if (place != places_.end() && place->name == name) return &*place;
  }
  return nullptr;
}

std::optional<TreeEntry> RawTree::Find(absl::string_view name) const {
  const Place* place = FindPlace(name);
  if (place == nullptr) return std::nullopt;
  return EntryOf(place->bytes);
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
    if (const Place* old = FindPlace(name)) removals.push_back(old - places_.data());
    if (!entry.has_value()) continue;
    const auto before = LowerBound(name, entry->IsTree());
    insertions.push_back({static_cast<size_t>(before - places_.begin()), name, *entry});
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
    const char* begin = places_[copied].bytes.data();
    const absl::string_view last = places_[end - 1].bytes;
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
  pass_to(places_.size());
  return out;
}

}  // namespace gitsync
