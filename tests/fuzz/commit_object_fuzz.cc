// A commit as somebody pushed it: what it says to a program, and to a person.

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "server/base/utf8.h"
#include "server/git/object/commit_object.h"
#include "tests/fuzz/fuzz_target.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const absl::string_view content(reinterpret_cast<const char*>(data), size);
  const auto commit = gitsync::ParseCommit({}, content);
  if (commit.has_value()) {
    // The tree and the parents are what the first lines say, of which the last may be
    // without an end.
    std::string start = absl::StrCat("tree ", gitsync::OidHex(commit->tree));
    for (const git_oid& parent : commit->parents) {
      absl::StrAppend(&start, "\nparent ", gitsync::OidHex(parent));
    }
    FUZZ_CHECK(absl::StartsWithIgnoreCase(content, start));
  }
  const gitsync::CommitInfo info = gitsync::DescribeCommit({}, content);
  FUZZ_CHECK(gitsync::IsUtf8(info.message));
  FUZZ_CHECK(gitsync::IsUtf8(info.author.name));
  FUZZ_CHECK(gitsync::IsUtf8(info.author.email));
  FUZZ_CHECK(info.message.size() <= gitsync::CommitInfo::kMaxMessageBytes);
  FUZZ_CHECK(info.author.name.size() <= gitsync::CommitInfo::kMaxNameBytes);
  FUZZ_CHECK(info.author.email.size() <= gitsync::CommitInfo::kMaxNameBytes);
  return 0;
}
