#include "server/git/transport/remote.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "server/base/reason.h"
#include "tests/support/status_matchers.h"
#include "tests/support/test_names.h"

namespace gitsync {
namespace {

using testing::HasSubstr;
using testing::Not;

struct Good {
  const char* text;
  GitUrl::Scheme scheme;
  const char* user;
  const char* host;
  int port;
  const char* path;
};

class GoodUrlTest : public testing::TestWithParam<Good> {};

TEST_P(GoodUrlTest, IsTakenApart) {
  const Good& expected = GetParam();

  ASSERT_OK_AND_ASSIGN(const GitUrl url, ParseGitUrl(expected.text, true));

  EXPECT_EQ(url.scheme, expected.scheme);
  EXPECT_EQ(url.user, expected.user);
  EXPECT_EQ(url.host, expected.host);
  EXPECT_EQ(url.port, expected.port);
  EXPECT_EQ(url.path, expected.path);
  EXPECT_EQ(url.text, expected.text);
}

constexpr auto kSsh = GitUrl::Scheme::kSsh;
constexpr auto kHttps = GitUrl::Scheme::kHttps;
constexpr auto kFile = GitUrl::Scheme::kFile;

INSTANTIATE_TEST_SUITE_P(
    All, GoodUrlTest,
    testing::Values(
        Good{"git@github.com:owner/name.git", kSsh, "git", "github.com", 22,
             "owner/name.git"},
        Good{"GitHub.com:owner/name", kSsh, "git", "github.com", 22, "owner/name"},
        Good{"deploy@h:/srv/a.git", kSsh, "deploy", "h", 22, "/srv/a.git"},
        Good{"git@h:~user/a.git", kSsh, "git", "h", 22, "~user/a.git"},
        Good{"git@[::1]:a.git", kSsh, "git", "::1", 22, "a.git"},
        Good{"git@h:team/a@b.git", kSsh, "git", "h", 22, "team/a@b.git"},
        Good{"h:team/a@b.git", kSsh, "git", "h", 22, "team/a@b.git"},
        Good{"ssh://git@h/a.git", kSsh, "git", "h", 22, "/a.git"},
        Good{"ssh://h:2222/a.git", kSsh, "git", "h", 2222, "/a.git"},
        Good{"SSH://org-1@h.example./a", kSsh, "org-1", "h.example", 22, "/a"},
        Good{"ssh://git@[2001:DB8::1]:443/a", kSsh, "git", "2001:db8::1", 443, "/a"},
        Good{"ssh://git@h/~u/a.git", kSsh, "git", "h", 22, "~u/a.git"},
        Good{"ssh://git@127.0.0.1:65535/a", kSsh, "git", "127.0.0.1", 65535, "/a"},
        Good{"ssh://git@h/a..b/c", kSsh, "git", "h", 22, "/a..b/c"},
        Good{"https://h/owner/a.git", kHttps, "", "h", 443, "/owner/a.git"},
        Good{"https://h:8443/a", kHttps, "", "h", 8443, "/a"},
        Good{"https://h/My%20Project/_git/a", kHttps, "", "h", 443,
             "/My%20Project/_git/a"},
        Good{"https://h/caf%C3%A9.git", kHttps, "", "h", 443, "/caf%C3%A9.git"},
        Good{"https://h:/a", kHttps, "", "h", 443, "/a"},
        Good{"file:///srv/a.git", kFile, "", "", 0, "/srv/a.git"},
        Good{"file:///srv/a%20b.git", kFile, "", "", 0, "/srv/a b.git"}),
    [](const auto& test) { return TestNameOf(test.param.text, test.index); });

// What git's own client makes of them (t/t5601-clone.sh), as far as it is taken.
INSTANTIATE_TEST_SUITE_P(
    LikeGit, GoodUrlTest,
    testing::Values(
        Good{"ssh://git@h/My%20Project/a.git", kSsh, "git", "h", 22,
             "/My Project/a.git"},
        Good{"ssh://git@h/My Project/a.git", kSsh, "git", "h", 22, "/My Project/a.git"},
        Good{"git@h:My Project/a.git", kSsh, "git", "h", 22, "My Project/a.git"},
        Good{"git@ssh.dev.azure.com:v3/org/My%20Project/My%20Repo", kSsh, "git",
             "ssh.dev.azure.com", 22, "v3/org/My%20Project/My%20Repo"},
        Good{"ssh://user%40corp.example@h/a", kSsh, "user@corp.example", "h", 22, "/a"},
        Good{"ssh://user@corp.example@h/a", kSsh, "user@corp.example", "h", 22, "/a"},
        Good{"user@corp.example@h:a", kSsh, "user@corp.example", "h", 22, "a"},
        Good{"ssh://CORP%5cuser@h/a", kSsh, "CORP\\user", "h", 22, "/a"},
        Good{"ssh://git@h/a%40b", kSsh, "git", "h", 22, "/a@b"},
        Good{"ssh://git@h/a%2Bb+c", kSsh, "git", "h", 22, "/a+b+c"},
        Good{"ssh://git@h/R%26D/it%27s", kSsh, "git", "h", 22, "/R&D/it's"},
        Good{"ssh://git@h%2Fa/b", kSsh, "git", "h", 22, "/a/b"},
        Good{"ssh://git@h/%7Eu/a", kSsh, "git", "h", 22, "~u/a"},
        Good{"ssh://git@h/100%25", kSsh, "git", "h", 22, "/100%"},
        Good{"ssh://git@h/100%", kSsh, "git", "h", 22, "/100%"},
        Good{"ssh://git@h/a%zz", kSsh, "git", "h", 22, "/a%zz"},
        Good{"git@h:a%00b", kSsh, "git", "h", 22, "a%00b"},
        Good{"ssh://git@h/caf%C3%A9", kSsh, "git", "h", 22, "/caf\xc3\xa9"},
        Good{"git@h:caf\xc3\xa9", kSsh, "git", "h", 22, "caf\xc3\xa9"},
        Good{"ssh://git@h:/a", kSsh, "git", "h", 22, "/a"},
        Good{"ssh://git@[::1]:/a", kSsh, "git", "::1", 22, "/a"},
        Good{"git@h:/~u/a", kSsh, "git", "h", 22, "~u/a"},
        Good{"[h:123]:a", kSsh, "git", "h", 123, "a"},
        Good{"[deploy@h:123]:a", kSsh, "deploy", "h", 123, "a"},
        Good{"[::1]:a", kSsh, "git", "::1", 22, "a"},
        Good{"git+ssh://git@h/a", kSsh, "git", "h", 22, "/a"},
        Good{"ssh+git://git@h:2222/a", kSsh, "git", "h", 2222, "/a"}),
    [](const auto& test) { return TestNameOf(test.param.text, test.index); });

class BadUrlTest : public testing::TestWithParam<std::string> {};

TEST_P(BadUrlTest, IsRefusedWithTheRightForms) {
  const auto url = ParseGitUrl(GetParam(), true);

  EXPECT_THAT(url,
              StatusIs(absl::StatusCode::kInvalidArgument, reason::kInvalidGitUrl));
  EXPECT_THAT(std::string(url.status().message()), HasSubstr("[user@]host:path"));
}

INSTANTIATE_TEST_SUITE_P(
    All, BadUrlTest,
    testing::Values(
        "", "-oProxyCommand=x", "--upload-pack=x:y", "ssh://-oProxyCommand=x/p",
        "ssh://-x@h/p", "-x@h:p", "git@-h:p", "git@h:-p", "git@h:--x/y",
        "ssh://git@h/a'b", "ssh://git@h/a\"b", "git@h:a\\b", "git@h:a`b`", "git@h:$(x)",
        "git@h:a;b", "git@h:a\nb", "git@h:a\tb", std::string("git@h:a\0b", 8),
        "git@h:a\x7f", "git@h:a?b", "git@h:a#b", "ssh://git@h/../etc", "git@h:..",
        "git@h:a/../b", "file:///srv/../etc", "ssh://git@h\xc3\xa9/a",
        "ssh://git@h:0/a", "ssh://git@h:65536/a", "ssh://git@h:99999999999/a",
        "ssh://git@h:+1/a", "ssh://git@h:2x/a", "ssh://git@/a", "ssh:///a",
        "ssh://@h/a", "ssh://git@h", "ssh://git@h/", "git@h:", "git@h:/", "git@h:~",
        "git@:p", "@h:p", "git@h..x:p", "git@.h:p", "git@h-:p", "git@[::1:p",
        "git@[::g]:p", "git@[::1]x:p", "ssh://git@::1/a", "http://h/a", "git://h/a",
        "ftp://h/a", "ext::sh -c x", "ext::x", "fd::17", "h::p", "file://h/a",
        "file://a", "/srv/a.git", "./a:b", "a/b:c", "a.git", "https://user@h/a",
        "https://h", "https://h/%", "https://h/a%2", "https://h/%zz", "https://h/a%00b",
        "https://h/a%0d%0ab", "https://h/a%2fb", "https://h/%2e%2e/a",
        "https://h/%252e", "https://h%20/a",
        // As they are once they are decoded.
        "ssh://%2doProxyCommand=x/p", "ssh://%2dx@h/p", "ssh://git@%2dh/p",
        "ssh://git@h/a%00b", "ssh://git@h/a%0Ab", "ssh://git@h/a%0d%0Ab",
        "ssh://git@h/a%1b[31m", "ssh://git@h/a%7f", "ssh://git@h/%2e%2e/etc",
        "ssh://git@h/%2E./etc", "ssh://git@h/a%2F..%2Fb", "ssh://git@h/caf%E9",
        "git@h:caf\xe9", "ssh://git%20x@h/a", "ssh://h%20x/a", "ssh://git@h/%7E",
        "file:///srv/%2e%2e/etc", "file:///srv/a%00", "-x@y@h:p", "[h:123:a", "[h:0]:a",
        "[-oProxyCommand=x:1]:a", "[-x@h:1]:a", "https://h:x/a", "https://h/a b",
        "git@h:2/a:b\x1b", "://h/a", "git@h:" + std::string(2048, 'a'),
        "git@" + std::string(64, 'a') + ":p"),
    [](const auto& test) { return TestNameOf(test.param, test.index); });

TEST(ParseGitUrlTest, PasswordIsRefusedWithoutBeingRepeated) {
  for (const char* text :
       {"ssh://git:hunter2@h/a", "https://x:hunter2@h/a", "git:hunter2@h:a",
        "ssh://git%3Ahunter2@h/a", "ssh://git:hunter%32@h/a"}) {
    const auto url = ParseGitUrl(text, false);

    EXPECT_EQ(ReasonOf(url.status()), reason::kInvalidGitUrl) << text;
    EXPECT_THAT(url.status().ToString(), Not(HasSubstr("hunter2"))) << text;
    EXPECT_THAT(std::string(url.status().message()), HasSubstr("password")) << text;
  }
}

TEST(ParseGitUrlTest, FileIsRefusedUnlessAllowed) {
  const auto url = ParseGitUrl("file:///srv/a.git", false);

  EXPECT_EQ(ReasonOf(url.status()), reason::kInvalidGitUrl);
  EXPECT_THAT(std::string(url.status().message()), Not(HasSubstr("file:///")));
}

}  // namespace
}  // namespace gitsync
