#include "server/git/object/commit_object.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "absl/strings/str_cat.h"
#include "server/base/utf8.h"
#include "server/git/object/libgit2.h"

namespace gitsync {
namespace {

constexpr char kHead[] =
    "tree 0123456789012345678901234567890123456789\n"
    "parent aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\n";

struct Told {
  std::string name;
  std::string email;
  int64_t time;
  std::string message;
};

CommitInfo Describe(const std::string& rest) {
  return DescribeCommit(git_oid{}, absl::StrCat(kHead, rest));
}

TEST(CommitObjectTest, WhateverTheHeadersSayIsToldAsFarAsItGoes) {
  const struct {
    const char* what;
    std::string rest;
    Told told;
  } cases[] = {
      {"as git writes it",
       "author A U Thor <a@example.com> 1700000000 +0100\n\nhi\n",
       {"A U Thor", "a@example.com", 1700000000, "hi\n"}},
      {"before 1970, as git writes it",
       "author A <a@b> 18446744073709548016 +0100\n\nhi",
       {"A", "a@b", -3600, "hi"}},
      {"before 1970, with a sign",
       "author A <a@b> -3600 +0100\n\nhi",
       {"A", "a@b", -3600, "hi"}},
      {"beyond 64 bits",
       "author A <a@b> 99999999999999999999999 +0000\n\nhi",
       {"A", "a@b", INT64_MAX, "hi"}},
      {"beyond 64 bits, before 1970",
       "author A <a@b> -99999999999999999999999 +0\n\nhi",
       {"A", "a@b", INT64_MIN, "hi"}},
      {"no mail",
       "author Foo Bar 1282910542 +0200\n\nhi",
       {"Foo Bar", "", 1282910542, "hi"}},
      {"empty mail",
       "author Foo Bar <> 1282910542 +0200\n\nhi",
       {"Foo Bar", "", 1282910542, "hi"}},
      {"no name", "author <a@b> 12 +0200\n\nhi", {"", "a@b", 12, "hi"}},
      {"no end of the mail",
       "author A <a@b 12 +0200\n\nhi",
       {"A", "a@b 12 +0200", 12, "hi"}},
      {"brackets in the mail",
       "author A <<a>@b> 12 +0200\n\nhi",
       {"A", "<a", 12, "hi"}},
      {"no date", "author A <a@b>\n\nhi", {"A", "a@b", 0, "hi"}},
      {"a date in words",
       "author A <a@b> Mon Jan 5 2009\n\nhi",
       {"A", "a@b", 2009, "hi"}},
      {"no zone", "author A <a@b> 12\n\nhi", {"A", "a@b", 12, "hi"}},
      {"nobody", "author \n\nhi", {"", "", 0, "hi"}},
      {"no author", "committer C <c@d> 12 +0000\n\nhi", {"", "", 0, "hi"}},
      {"no message", "author A <a@b> 12 +0000\n", {"A", "a@b", 12, ""}},
      {"headers of several lines",
       "author A <a@b> 12 +0000\ngpgsig -----BEGIN\n author no\n \n -----END\n\nhi",
       {"A", "a@b", 12, "hi"}},
      {"Latin 1",
       "author J\xf6rg <a@b> 12 +0000\nencoding ISO-8859-1\n\nGr\xf6\xdf"
       "e",
       {"J\xc3\xb6rg", "a@b", 12,
        "Gr\xc3\xb6\xc3\x9f"
        "e"}},
      {"Shift JIS",
       "author A <a@b> 12 +0000\nencoding Shift_JIS\n\n\x93\xfa\x96\x7b",
       {"A", "a@b", 12, "\xe6\x97\xa5\xe6\x9c\xac"}},
      {"half a character of Shift JIS",
       "author A <a@b> 12 +0000\nencoding SHIFT_JIS\n\nx\x93",
       {"A", "a@b", 12, "x\xef\xbf\xbd"}},
      {"Latin 1 that says nothing",
       "author J\xf6rg <\xff@b> 12 +0000\n\n\xdf!",
       {"J\xef\xbf\xbdrg", "\xef\xbf\xbd@b", 12, "\xef\xbf\xbd!"}},
      {"Latin 1 that says UTF-8",
       "author A <a@b> 12 +0\nencoding utf-8\n\n\xdf!",
       {"A", "a@b", 12, "\xef\xbf\xbd!"}},
      {"an unknown encoding",
       "author A <a@b> 12 +0\nencoding klingon\n\n\xdf!",
       {"A", "a@b", 12, "\xef\xbf\xbd!"}},
      {"an encoding that is a path",
       "author A <a@b> 12 +0\nencoding ../../../tmp/x\n\n\xdf!",
       {"A", "a@b", 12, "\xef\xbf\xbd!"}},
      {"an encoding with options",
       "author A <a@b> 12 +0\nencoding LATIN1//IGNORE\n\n\xdf!",
       {"A", "a@b", 12, "\xef\xbf\xbd!"}},
      {"a message with NUL",
       absl::StrCat("author A <a@b> 12 +0\n\nhi", absl::string_view("\0there", 6)),
       {"A", "a@b", 12, "hi"}},
  };
  for (const auto& one : cases) {
    SCOPED_TRACE(one.what);
    const CommitInfo info = Describe(one.rest);
    EXPECT_EQ(info.author.name, one.told.name);
    EXPECT_EQ(info.author.email, one.told.email);
    EXPECT_EQ(absl::ToUnixSeconds(info.author_time), one.told.time);
    EXPECT_EQ(info.message, one.told.message);
    EXPECT_FALSE(info.message_truncated);
    const auto commit = ParseCommit(git_oid{}, absl::StrCat(kHead, one.rest));
    ASSERT_TRUE(commit.has_value());
    EXPECT_EQ(OidHex(commit->tree), "0123456789012345678901234567890123456789");
    ASSERT_EQ(commit->parents.size(), 1);
  }
}

TEST(CommitObjectTest, WhatHasNoTreeIsNoCommit) {
  const Libgit2Library library;  // says what is wrong with an id
  for (const char* content :
       {"", "tree", "tree \n", "tree 0123\n", "parent 0\n",
        "tree zzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzz\nauthor A <a@b> 1 +0\n"}) {
    EXPECT_FALSE(ParseCommit(git_oid{}, content).has_value()) << content;
  }
}

TEST(CommitObjectTest, CommitterTellsTheTime) {
  const std::string author = "author A <a@b> 1 +0000\n";
  const struct {
    const char* committer;
    int64_t time;
  } cases[] = {{"committer C <c@d> 77 +0000\n", 77},
               {"committer C 77 +0000\n", 77},
               {"committer C <c@d> 18446744073709548016 +0000\n", -3600},
               {"committer\n", 0},
               {"", 0}};
  for (const auto& one : cases) {
    const auto commit =
        ParseCommit(git_oid{}, absl::StrCat(kHead, author, one.committer, "\nhi\n"));
    ASSERT_TRUE(commit.has_value());
    EXPECT_EQ(commit->commit_time, one.time) << one.committer;
  }
}

TEST(CommitObjectTest, LongTextsAreCutBetweenCharacters) {
  const std::string author = "author A <a@b> 1 +0000\n\n";
  const std::string umlaut = "\xc3\xb6";
  const struct {
    const char* what;
    std::string message;
    size_t size;
    bool truncated;
  } cases[] = {
      {"just right", std::string(CommitInfo::kMaxMessageBytes, 'x'),
       CommitInfo::kMaxMessageBytes, false},
      {"a byte too long", std::string(CommitInfo::kMaxMessageBytes + 1, 'x'),
       CommitInfo::kMaxMessageBytes, true},
      {"a character across the limit",
       std::string(CommitInfo::kMaxMessageBytes - 1, 'x') + umlaut,
       CommitInfo::kMaxMessageBytes - 1, true},
      {"much too long", std::string(100'000, 'x'), CommitInfo::kMaxMessageBytes, true},
      {"no UTF-8", std::string(100'000, '\xff'), CommitInfo::kMaxMessageBytes - 1,
       true},
  };
  for (const auto& one : cases) {
    SCOPED_TRACE(one.what);
    const CommitInfo info = Describe(author + one.message);
    EXPECT_EQ(info.message.size(), one.size);
    EXPECT_EQ(info.message_truncated, one.truncated);
    EXPECT_TRUE(IsUtf8(info.message));
  }
  const std::string name(10'000, 'n');
  const CommitInfo info =
      Describe(absl::StrCat("author ", name, " <", name, "@b> 1 +0000\n\nhi\n"));
  EXPECT_EQ(info.author.name.size(), CommitInfo::kMaxNameBytes);
  EXPECT_EQ(info.author.email.size(), CommitInfo::kMaxNameBytes);
}

}  // namespace
}  // namespace gitsync
