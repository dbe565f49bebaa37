#include "server/resource/validation.h"

#include "server/base/reason.h"
#include "tests/support/status_matchers.h"

namespace gitsync {
namespace {

using absl::StatusCode;

bool IsName(absl::string_view value) {
  return Violations().RequireName("f", value).empty();
}
bool IsBranch(absl::string_view value) {
  return Violations().RequireBranch("f", value).empty();
}
bool IsPrefix(absl::string_view value) {
  return Violations().CheckPathPrefix("f", value).empty();
}
bool IsEmail(absl::string_view value) {
  return Violations().RequireGitEmail("f", value).empty();
}
bool IsMessage(absl::string_view value) {
  return Violations().RequireCommitMessage("f", value).empty();
}

TEST(ViolationsTest, NoneIsOk) { EXPECT_OK(Violations().ToStatus()); }

TEST(ViolationsTest, SeveralAreListedInOrder) {
  const absl::Status status =
      Violations().Add("a", "is bad").Add("b", "is worse").ToStatus();

  EXPECT_THAT(status, StatusIs(StatusCode::kInvalidArgument, reason::kInvalidRequest));
  EXPECT_EQ(status.message(), "The request is not valid: a: is bad; b: is worse.");
}

TEST(ViolationsTest, ATypedOneKeepsItsReasonAndMetadataWhenAlone) {
  const absl::Status typed =
      Error(StatusCode::kInvalidArgument, reason::kInvalidGitUrl, "no URL")
          .With("k", "v");

  const absl::Status alone = Violations().Add("git_url", typed).ToStatus();
  const absl::Status both = Violations().Add("git_url", typed).Add("x", "y").ToStatus();

  EXPECT_THAT(alone, StatusIs(StatusCode::kInvalidArgument, reason::kInvalidGitUrl));
  EXPECT_EQ(alone.message(), "no URL");
  EXPECT_EQ(MetadataOf(alone, "k"), "v");
  EXPECT_TRUE(alone.GetPayload("type.googleapis.com/google.rpc.BadRequest"));
  EXPECT_THAT(both, StatusIs(StatusCode::kInvalidArgument, reason::kInvalidRequest));
}

TEST(ViolationsTest, UuidsOfEitherCase) {
  EXPECT_OK(Violations()
                .RequireUuid("f", "AAAAAAAA-bbbb-4ccc-8ddd-eeeeeeeeeeee")
                .OptionalUuid("g", "")
                .ToStatus());
  EXPECT_FALSE(Violations().RequireUuid("f", "").empty());
  EXPECT_FALSE(Violations().OptionalUuid("f", "x").empty());
}

TEST(ViolationsTest, NamesAreCountedInCharacters) {
  std::string hundred;
  for (int i = 0; i < 100; ++i) hundred += "\xc3\xa4";

  EXPECT_TRUE(IsName(hundred));
  EXPECT_TRUE(IsName("  \xf0\x9f\x9a\x80 "));
  EXPECT_FALSE(IsName(hundred + "x"));
  EXPECT_FALSE(IsName(""));
  EXPECT_FALSE(IsName(" \t "));
  EXPECT_FALSE(IsName(std::string(100'000, 'x')));
}

TEST(ViolationsTest, NamesAreUtf8WithoutControls) {
  EXPECT_FALSE(IsName("a\nb"));
  EXPECT_FALSE(IsName(absl::string_view("a\0b", 3)));
  EXPECT_FALSE(IsName("a\x7f"));
  EXPECT_FALSE(IsName("a\xc2\x85"));  // NEL
  EXPECT_FALSE(
      IsName("a\xe2\x80\xa8"
             "b"));  // line separator
  EXPECT_FALSE(IsName("\xff"));
  EXPECT_FALSE(IsName("\xc3"));              // cut off
  EXPECT_FALSE(IsName("\x80"));              // starts in the middle
  EXPECT_FALSE(IsName("\xc0\xaf"));          // longer than needed
  EXPECT_FALSE(IsName("\xed\xa0\x80"));      // surrogate
  EXPECT_FALSE(IsName("\xf4\x90\x80\x80"));  // above U+10FFFF
}

TEST(ViolationsTest, BranchesFollowCheckRefFormat) {
  for (const char* good : {"main", "feature/x", "v1.2", "a@b", "\xc3\xa4", "a-b_c"}) {
    EXPECT_TRUE(IsBranch(good)) << good;
  }
  for (const char* bad : {"",
                          "-a",
                          ".a",
                          "a/.b",
                          "a.lock",
                          "a.lock/b",
                          "a..b",
                          "a b",
                          "a~b",
                          "a^b",
                          "a:b",
                          "a?b",
                          "a*b",
                          "a[b",
                          "a\\b",
                          "/a",
                          "a/",
                          "a//b",
                          "a.",
                          "a@{b",
                          "@",
                          "HEAD",
                          "refs/heads/main",
                          "a\tb",
                          "a\x7f",
                          "\xff"}) {
    EXPECT_FALSE(IsBranch(bad)) << bad;
  }
  EXPECT_TRUE(IsBranch(std::string(250, 'a')));
  EXPECT_FALSE(IsBranch(std::string(251, 'a')));
}

TEST(ViolationsTest, RefsMayBeFullNames) {
  EXPECT_TRUE(Violations().RequireRef("f", "refs/tags/v1").empty());
  EXPECT_FALSE(Violations().RequireRef("f", "v1^{}").empty());
}

TEST(ViolationsTest, PathPrefixesStayInsideTheRepository) {
  for (const char* good :
       {"", "/", "apps", "/a/b/", "a//b", "a.git", "..a", "a-b", ".x", "\xc3\xa4",
        "console", "com", "com10", "a/nulls", "auxiliary.x"}) {
    EXPECT_TRUE(IsPrefix(good)) << good;
  }
  for (const char* bad : {"..",
                          "a/../b",
                          ".",
                          "a/./b",
                          ".git",
                          "a/.GIT/b",
                          ".git.",
                          ".git ",
                          ".git. .",
                          "git~1",
                          ".g\xe2\x80\x8cit",
                          "con",
                          "a/NUL",
                          "aux.txt",
                          "prn .x",
                          "Com1",
                          "lpt9.json",
                          "CONIN$",
                          "a.",
                          "a/b.",
                          "a ",
                          "a<b",
                          "a>b",
                          "a\"b",
                          "a|b",
                          "a?b",
                          "a*b",
                          "a\\b",
                          "-a",
                          "a/-b",
                          "c:x",
                          "a\nb",
                          "\xff"}) {
    EXPECT_FALSE(IsPrefix(bad)) << bad;
  }
  EXPECT_FALSE(IsPrefix(std::string(251, 'a')));
}

TEST(ViolationsTest, GitNamesHaveNoBrackets) {
  const auto is_git_name = [](absl::string_view value) {
    return Violations().RequireGitName("f", value).empty();
  };

  EXPECT_TRUE(is_git_name("Ada Lovelace"));
  EXPECT_FALSE(is_git_name("Ada <ada@x>"));
  EXPECT_FALSE(is_git_name("..."));
  EXPECT_FALSE(is_git_name(""));
  EXPECT_FALSE(is_git_name("a\nb"));
}

TEST(ViolationsTest, EmailsHaveAnAt) {
  EXPECT_TRUE(IsEmail("a@b"));
  EXPECT_TRUE(IsEmail("bot@localhost"));
  for (const char* bad : {"", "ab", "abc", "@abc", "abc@", "a b@c", "<a@b>", "a@b\n"}) {
    EXPECT_FALSE(IsEmail(bad)) << bad;
  }
  EXPECT_FALSE(IsEmail("a@" + std::string(253, 'b')));
}

TEST(ViolationsTest, CommitMessagesAreText) {
  EXPECT_TRUE(IsMessage("Subject\n\nBody\twith a tab\r\n"));
  EXPECT_TRUE(IsMessage(std::string(64 << 10, 'x')));
  EXPECT_FALSE(IsMessage(std::string((64 << 10) + 1, 'x')));
  EXPECT_FALSE(IsMessage(" \n\t"));
  EXPECT_FALSE(IsMessage(absl::string_view("a\0b", 3)));
  EXPECT_FALSE(IsMessage("a\x1b[31m"));
  EXPECT_FALSE(IsMessage("\xff"));
}

TEST(ViolationsTest, RequestIdsAreVisibleAscii) {
  EXPECT_TRUE(Violations().CheckRequestId("f", "").empty());
  EXPECT_TRUE(Violations().CheckRequestId("f", std::string(128, 'x')).empty());
  EXPECT_FALSE(Violations().CheckRequestId("f", std::string(129, 'x')).empty());
  EXPECT_FALSE(Violations().CheckRequestId("f", "a b").empty());
  EXPECT_FALSE(Violations().CheckRequestId("f", "\xc3\xa4").empty());
}

TEST(ViolationsTest, UsernamesHaveNoColon) {
  EXPECT_TRUE(Violations().RequireUsername("f", "x-token-auth").empty());
  EXPECT_FALSE(Violations().RequireUsername("f", "a:b").empty());
  EXPECT_FALSE(Violations().RequireUsername("f", "").empty());
}

TEST(TidyTest, GivesTheKeptForm) {
  EXPECT_EQ(NormalizeUuid("AB-cd"), "ab-cd");
  EXPECT_EQ(TidyName("\t a b \n"), "a b");
  EXPECT_EQ(TidyPathPrefix("//a//b/"), "a/b");
  EXPECT_EQ(TidyPathPrefix("/"), "");
}

}  // namespace
}  // namespace gitsync
