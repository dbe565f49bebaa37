#include "server/git/transport/page_text.h"

#include <algorithm>
#include <array>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_replace.h"
#include "server/base/printable.h"
#include "server/git/transport/remote_words.h"

namespace gitsync {
namespace {

bool IsReadable(absl::string_view media_type) {
  return media_type.empty() || absl::StartsWithIgnoreCase(media_type, "text/") ||
         absl::EndsWithIgnoreCase(media_type, "json") ||
         absl::EndsWithIgnoreCase(media_type, "xml");
}

// Where `end`, in lower case, ends in `text`; the end of the text if it does not.
size_t Behind(absl::string_view text, absl::string_view end, size_t from) {
  const auto found =
      std::search(text.begin() + static_cast<std::ptrdiff_t>(from), text.end(),
                  end.begin(), end.end(), [](char a, char b) {
                    return absl::ascii_tolower(static_cast<unsigned char>(a)) == b;
                  });
  if (found == text.end()) return text.size();
  return static_cast<size_t>(found - text.begin()) + end.size();
}

std::string WithoutMarkup(absl::string_view page) {
  // What is in these is for browsers.
  static constexpr std::array<std::pair<absl::string_view, absl::string_view>, 3>
      kUnread = {{{"<!--", "-->"}, {"<script", "</script>"}, {"<style", "</style>"}}};
  std::string text;
  for (size_t at = 0; at < page.size();) {
    if (page[at] != '<') {
      text.push_back(page[at++]);
      continue;
    }
    text.push_back(' ');
    absl::string_view end = ">";
    for (const auto& [begin, its_end] : kUnread) {
      if (absl::StartsWithIgnoreCase(page.substr(at), begin)) end = its_end;
    }
    at = Behind(page, end, at);
  }
  return absl::StrReplaceAll(text, {{"&lt;", "<"},
                                    {"&gt;", ">"},
                                    {"&quot;", "\""},
                                    {"&#39;", "'"},
                                    {"&apos;", "'"},
                                    {"&nbsp;", " "},
                                    {"&amp;", "&"}});
}

}  // namespace

std::string PageText(absl::string_view media_type, absl::string_view body,
                     size_t limit) {
  if (!IsReadable(media_type)) return "";
  const bool marked_up = absl::EndsWithIgnoreCase(media_type, "html") ||
                         absl::EndsWithIgnoreCase(media_type, "xml") ||
                         absl::StartsWith(absl::StripLeadingAsciiWhitespace(body), "<");
  std::string text = marked_up ? WithoutMarkup(body) : std::string(body);
  if (marked_up) absl::RemoveExtraAsciiWhitespace(&text);
  // Each byte may become three: " | ".
  text = PrintableLine(absl::string_view(text).substr(0, limit));
  if (text.size() <= limit) return text;
  // Not in the middle of a character.
  while (limit > 0 && (text[limit] & 0xC0) == 0x80) --limit;
  text.resize(limit);
  return text;
}

}  // namespace gitsync
