#include "server/sync/commit_message.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"

namespace gitsync {
namespace {

struct Trailer {
  absl::string_view key;
  absl::string_view value;
};
using Trailers = std::vector<Trailer>;

// The key of a line "Key: value"; empty if the line has another form.
absl::string_view KeyOf(absl::string_view line) {
  const size_t colon = line.find(':');
  if (colon == absl::string_view::npos) return "";
  const absl::string_view key = line.substr(0, colon);
  const bool valid = std::all_of(key.begin(), key.end(), [](char c) {
    return absl::ascii_isalnum(c) || c == '-';
  });
  return valid ? key : "";
}

// The trailer of ours that a line gives a value for, right or wrong; null if none.
const Trailer* OursIn(absl::string_view line, const Trailers& ours) {
  const absl::string_view key = KeyOf(line);
  for (const Trailer& trailer : ours) {
    if (absl::EqualsIgnoreCase(key, trailer.key)) return &trailer;
  }
  return nullptr;
}

bool IsContinuation(absl::string_view line) {
  return absl::StartsWith(line, " ") || absl::StartsWith(line, "\t");
}

// Whether git reads a paragraph as trailers.
bool IsTrailers(const std::vector<absl::string_view>& lines) {
  for (size_t i = 0; i < lines.size(); ++i) {
    if (i > 0 && IsContinuation(lines[i])) continue;
    const absl::string_view key = KeyOf(lines[i]);
    if (key.empty() || !absl::StartsWith(lines[i].substr(key.size()), ": "))
      return false;
  }
  return true;
}

std::string Quoted(absl::string_view line) { return absl::StrCat("> ", line); }

}  // namespace

std::string WithUnixLineEnds(absl::string_view text) {
  return absl::StrReplaceAll(absl::StrReplaceAll(text, {{"\r\n", "\n"}}),
                             {{"\r", "\n"}});
}

std::string MessageWithTrailers(absl::string_view message, absl::string_view git_app_id,
                                absl::string_view version,
                                absl::string_view operation_id) {
  const Trailers ours = {{"GitSync-App", git_app_id},
                         {"GitSync-Version", version},
                         {"GitSync-Operation", operation_id}};
  std::vector<absl::string_view> lines =
      absl::StrSplit(absl::StripAsciiWhitespace(message), '\n');
  // git reads only the last paragraph as trailers, and not if it is the only one.
  auto last = lines.end();
  while (last != lines.begin() && !std::prev(last)->empty()) --last;
  std::vector<absl::string_view> trailers;
  if (last != lines.begin() && IsTrailers({last, lines.end()})) {
    trailers.assign(last, lines.end());
    lines.erase(last, lines.end());
  }
  std::vector<std::string> out;
  for (const absl::string_view line : lines) {
    out.push_back(OursIn(line, ours) == nullptr ? std::string(line) : Quoted(line));
  }
  while (!out.empty() && out.back().empty()) out.pop_back();

  std::vector<std::string> quoted;
  std::vector<std::string> kept;
  for (size_t i = 0; i < trailers.size();) {
    size_t end = i + 1;
    while (end < trailers.size() && IsContinuation(trailers[end])) ++end;
    const Trailer* const same_key = OursIn(trailers[i], ours);
    const std::string whole =
        absl::StrJoin(trailers.begin() + i, trailers.begin() + end, "\n");
    const absl::string_view value = absl::StripAsciiWhitespace(
        absl::string_view(whole).substr(KeyOf(trailers[i]).size() + 1));
    for (; i < end; ++i) {
      if (same_key == nullptr) {
        kept.emplace_back(trailers[i]);
      } else if (value != same_key->value) {
        quoted.push_back(Quoted(trailers[i]));
      }
    }
  }
  if (!quoted.empty()) {
    out.emplace_back();
    out.insert(out.end(), quoted.begin(), quoted.end());
  }
  out.emplace_back();
  out.insert(out.end(), kept.begin(), kept.end());
  for (const Trailer& trailer : ours) {
    out.push_back(absl::StrCat(trailer.key, ": ", trailer.value));
  }
  return absl::StrCat(absl::StrJoin(out, "\n"), "\n");
}

}  // namespace gitsync
