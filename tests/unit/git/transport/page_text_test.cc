#include "server/git/transport/page_text.h"

#include <gtest/gtest.h>

#include <string>

namespace gitsync {
namespace {

struct Page {
  const char* name;
  const char* media_type;
  std::string body;
  std::string text;
};

class PageTextTest : public testing::TestWithParam<Page> {};

TEST_P(PageTextTest, IsWhatAPersonWouldRead) {
  EXPECT_EQ(PageText(GetParam().media_type, GetParam().body, 40), GetParam().text);
}

INSTANTIATE_TEST_SUITE_P(
    Of, PageTextTest,
    testing::Values(
        Page{"Html", "text/html", "<html><title>Sign in</title>\n<p>now",
             "Sign in now"},
        Page{"Script", "text/html",
             "a<script>if (a<b) x()</script>b<STYLE>p{}</style>c", "a b c"},
        Page{"Comment", "text/html", "a<!-- b > c -->d", "a d"},
        Page{"Entities", "text/html", "&lt;a&gt; &amp;lt; &quot;b&quot;",
             "<a> &lt; \"b\""},
        Page{"OpenTag", "text/html", "a<div class='x", "a"},
        Page{"OpenScript", "text/html", "a<script>secret", "a"},
        Page{"HtmlWithoutType", "", " <h1>Moved</h1>", "Moved"},
        Page{"Xml", "application/xml", "<Error><Code>Denied</Code></Error>", "Denied"},
        Page{"Json", "application/problem+json", R"({"message":"no"})",
             R"({"message":"no"})"},
        Page{"Text", "TEXT/PLAIN", "one\r\ntwo\n", "one | two"},
        Page{"EscapeSequence", "text/plain", "a\x1b[31mb", "a?[31mb"},
        Page{"NotUtf8", "text/plain", "caf\xe9", "caf\xef\xbf\xbd"},
        Page{"Long", "text/plain", std::string(100, 'x'), std::string(40, 'x')},
        Page{"CutWithinACharacter", "text/plain", std::string(39, 'x') + "\xc3\xa9y",
             std::string(39, 'x')},
        Page{"Binary", "application/octet-stream", "PACK", ""},
        Page{"Empty", "text/html", "", ""}),
    [](const auto& page) { return page.param.name; });

}  // namespace
}  // namespace gitsync
