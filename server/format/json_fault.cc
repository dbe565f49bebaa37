#include "server/format/json_fault.h"

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

namespace gitsync {
namespace {

std::string Position(size_t offset, absl::string_view text) {
  size_t line = 1;
  size_t column = 1;
  for (const char c : text.substr(0, offset)) {
    if (c == '\n') {
      ++line;
      column = 1;
    } else if ((c & 0xc0) != 0x80) {
      ++column;
    }
  }
  return absl::StrCat("line ", line, ", column ", column);
}

bool IsUtf16(absl::string_view text) {
  if (absl::StartsWith(text, "\xff\xfe") || absl::StartsWith(text, "\xfe\xff")) {
    return true;
  }
  // No byte order mark is needed: the first character of JSON is ASCII.
  return text.size() >= 2 && (text[0] == '\0') != (text[1] == '\0');
}

// Whether the line that starts at `offset` begins with one of git's conflict markers.
bool IsConflictMarker(absl::string_view text, size_t offset) {
  if (offset > 0 && text[offset - 1] != '\n') return false;
  for (const absl::string_view marker : {"<<<<<<<", "|||||||", "=======", ">>>>>>>"}) {
    if (absl::StartsWith(text.substr(offset), marker)) return true;
  }
  return false;
}

}  // namespace

std::string Describe(const JsonFault& fault, absl::string_view text) {
  std::string description =
      absl::StrCat(Position(fault.offset, text), ": ", fault.message);
  if (fault.other_offset.has_value()) {
    absl::StrAppend(&description, " ", Position(*fault.other_offset, text));
  }
  return description;
}

void NameForeignText(absl::string_view text, JsonFault& fault) {
  if (absl::StartsWith(text, "version https://git-lfs.github.com/spec/")) {
    fault = {0,
             "this is a Git LFS pointer, not the content that it stands for; take the "
             "file out of LFS (git lfs untrack, then git add --renormalize)",
             std::nullopt};
  } else if (absl::StartsWith(text, absl::string_view("\0GITCRYPT\0", 10))) {
    fault = {0, "this is encrypted by git-crypt; commit the file in clear",
             std::nullopt};
  } else if (IsUtf16(text)) {
    fault = {0, "this is UTF-16; save it as UTF-8 without a byte order mark",
             std::nullopt};
  } else if (IsConflictMarker(text, fault.offset)) {
    fault.message =
        "this is a conflict marker of a merge that was not finished; resolve the "
        "conflict and remove the markers";
    fault.other_offset.reset();
  }
}

}  // namespace gitsync
