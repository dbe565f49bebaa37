#include "server/sync/commit_message.h"

#include <gtest/gtest.h>

#include <string>

namespace gitsync {
namespace {

constexpr char kOurs[] =
    "GitSync-App: a\nGitSync-Version: v1 x\nGitSync-Operation: o\n";

TEST(CommitMessageTest, EndsWithOurTrailersOnce) {
  const struct {
    const char* what;
    const char* message;
    const char* before_ours;
  } cases[] = {
      {"a subject", "Fix it\n", "Fix it\n\n"},
      {"a subject that looks like a trailer", "fix: it", "fix: it\n\n"},
      {"a body", "Fix it\n\nIt was broken.", "Fix it\n\nIt was broken.\n\n"},
      {"trailers of others", "Fix it\n\nSigned-off-by: me",
       "Fix it\n\nSigned-off-by: me\n"},
      {"trailers of several lines", "Fix it\n\nNote: a\n b\nSigned-off-by: me",
       "Fix it\n\nNote: a\n b\nSigned-off-by: me\n"},
      {"all of ours",
       "Fix it\n\nGitSync-App: a\nGitSync-Version: v1 x\nGitSync-Operation: o",
       "Fix it\n\n"},
      {"the commit before",
       "Fix it\n\nGitSync-App: a\nGitSync-Version: v1 x\nGitSync-Operation: old\n\n",
       "Fix it\n\n> GitSync-Operation: old\n\n"},
      {"the commit before it", "Fix it\n\n> GitSync-Operation: old\n\nGitSync-App: a",
       "Fix it\n\n> GitSync-Operation: old\n\n"},
      {"ours among others",
       "Fix it\n\nSigned-off-by: me\nGitSync-App: a\nGitSync-Operation: old\nAcked-by: "
       "you",
       "Fix it\n\n> GitSync-Operation: old\n\nSigned-off-by: me\nAcked-by: you\n"},
      {"another app's", "Fix it\n\nGitSync-App: b\nGitSync-Version: v9 y",
       "Fix it\n\n> GitSync-App: b\n> GitSync-Version: v9 y\n\n"},
      {"in other letters", "Fix it\n\ngitsync-operation: old\nGITSYNC-APP: a",
       "Fix it\n\n> gitsync-operation: old\n\n"},
      {"one of several lines",
       "Fix it\n\nGitSync-Operation: old\n older\nGitSync-App: a",
       "Fix it\n\n> GitSync-Operation: old\n>  older\n\n"},
      {"in the last paragraph of two", "Fix it\n\nGitSync-App: b\n\nGitSync-App: a",
       "Fix it\n\n> GitSync-App: b\n\n"},
      {"in a paragraph of text", "Fix it\n\nas said:\nGitSync-App: a\nthere",
       "Fix it\n\nas said:\n> GitSync-App: a\nthere\n\n"},
      {"no subject", "GitSync-App: a\nGitSync-Operation: old",
       "> GitSync-App: a\n> GitSync-Operation: old\n\n"},
      {"cherry-picked", "Fix it\n\nGitSync-App: a\n(cherry picked from commit 1)",
       "Fix it\n\n> GitSync-App: a\n(cherry picked from commit 1)\n\n"},
  };
  for (const auto& one : cases) {
    EXPECT_EQ(MessageWithTrailers(one.message, "a", "v1 x", "o"),
              std::string(one.before_ours) + kOurs)
        << one.what;
  }
}

TEST(CommitMessageTest, LineEndsAreUnixOnes) {
  const struct {
    const char* text;
    const char* tidied;
  } cases[] = {{"a\r\nb", "a\nb"},
               {"a\rb", "a\nb"},
               {"a\nb", "a\nb"},
               {"\r\n\r\n", "\n\n"},
               {"a\r\r\nb", "a\n\nb"},
               {"a\n\rb\r", "a\n\nb\n"},
               {"", ""}};
  for (const auto& one : cases) {
    EXPECT_EQ(WithUnixLineEnds(one.text), one.tidied) << one.text;
  }
}

}  // namespace
}  // namespace gitsync
