#include "server/git/transport/remote.h"

#include <arpa/inet.h>
#include <sys/socket.h>

#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "server/base/error.h"
#include "server/base/reason.h"
#include "server/base/status_macros.h"

namespace gitsync {
namespace {

constexpr size_t kMostBytes = 2048;

// Never has the URL in it: a URL can hold a password.
absl::Status Refused(absl::string_view why, bool allow_file) {
  std::string text = absl::StrCat(why,
                                  " Use ssh://[user@]host[:port]/path, "
                                  "[user@]host:path or https://host[:port]/path");
  if (allow_file) absl::StrAppend(&text, ", or file:///path");
  absl::StrAppend(&text, ".");
  return Error(absl::StatusCode::kInvalidArgument, reason::kInvalidGitUrl, text)
      .Violation("git_url", why)
      .ToStatus();
}

// What is wrong with the characters of the whole URL; empty if nothing is.
absl::string_view WrongCharacters(absl::string_view text) {
  const bool https = absl::StartsWithIgnoreCase(text, "https:");
  for (const char c : text) {
    if (static_cast<unsigned char>(c) >= 0x80) {
      return "The git URL has characters beyond ASCII; write an international host in "
             "its xn-- form.";
    }
    if (absl::ascii_iscntrl(c)) return "The git URL has a control character.";
    if (absl::ascii_isspace(c)) return "The git URL has white space.";
    if (absl::string_view("'\"`\\").find(c) != absl::string_view::npos) {
      return "The git URL has a quote or back-slash.";
    }
    // Names of projects may have spaces in them, which are encoded there.
    if (https && c == '%') continue;
    // "$" and the rest are harmless in single quotes; refused all the same, as no
    // remote needs them and not every remote's command is run by a POSIX shell.
    if (absl::string_view("?#%$;&|<>(){}*!^").find(c) != absl::string_view::npos) {
      return "The git URL has a character that git hosts don't use in paths.";
    }
  }
  return "";
}

bool IsUserName(absl::string_view user) {
  if (user.empty() || user.size() > 64 || user.front() == '-') return false;
  for (const char c : user) {
    if (!absl::ascii_isalnum(c) && c != '-' && c != '_' && c != '.' && c != '+') {
      return false;
    }
  }
  return true;
}

// A host name by RFC 1123, or an IPv4 address; "_" is let through, as some internal
// names have it.
bool IsHostName(absl::string_view host) {
  if (host.empty() || host.size() > 253) return false;
  if (host.back() == '.') host.remove_suffix(1);
  size_t label = 0;
  char previous = '.';
  for (const char c : host) {
    if (c == '.') {
      if (label == 0 || previous == '-') return false;
      label = 0;
    } else if (absl::ascii_isalnum(c) || c == '_' || (c == '-' && label > 0)) {
      if (++label > 63) return false;
    } else {
      return false;
    }
    previous = c;
  }
  return label > 0 && previous != '-';
}

bool IsIpv6(absl::string_view host) {
  in6_addr address;
  return inet_pton(AF_INET6, std::string(host).c_str(), &address) == 1;
}

// Takes "[user@]host" apart, the host also in brackets; `rest` is what follows it.
absl::string_view ParseAuthority(absl::string_view authority, GitUrl* url,
                                 absl::string_view* rest) {
  const size_t at = authority.find('@');
  if (at != absl::string_view::npos) {
    const absl::string_view user = authority.substr(0, at);
    if (absl::StrContains(user, ":")) {
      return "The git URL has a password in it; take it out, it does not belong there.";
    }
    if (!IsUserName(user)) return "The git URL's user name is not valid.";
    url->user = std::string(user);
    authority.remove_prefix(at + 1);
  }
  absl::string_view host;
  if (absl::StartsWith(authority, "[")) {
    const size_t end = authority.find(']');
    if (end == absl::string_view::npos || !IsIpv6(authority.substr(1, end - 1))) {
      return "The git URL's host is no valid IPv6 address.";
    }
    host = authority.substr(1, end - 1);
    *rest = authority.substr(end + 1);
  } else {
    const size_t end = authority.find(':');
    host = authority.substr(0, end);
    if (!IsHostName(host)) return "The git URL's host is not valid.";
    *rest =
        end == absl::string_view::npos ? absl::string_view() : authority.substr(end);
  }
  url->host = absl::AsciiStrToLower(host);
  if (url->host.back() == '.') url->host.pop_back();
  return "";
}

absl::string_view ParsePort(absl::string_view rest, GitUrl* url) {
  if (rest.empty()) return "";
  int port = 0;
  for (const char c : rest.substr(1)) {
    if (!absl::ascii_isdigit(c)) return "The git URL's port is no number.";
  }
  if (rest[0] != ':' || !absl::SimpleAtoi(rest.substr(1), &port) || port < 1 ||
      port > 65535) {
    return "The git URL's port is not between 1 and 65535.";
  }
  url->port = port;
  return "";
}

absl::string_view CheckPath(absl::string_view path) {
  if (path.empty() || path == "/" || path == "~") {
    return "The git URL has no path to a repository.";
  }
  if (path.front() == '-') return "The git URL's path starts with \"-\".";
  for (absl::string_view left = path; !left.empty();) {
    const size_t end = left.find('/');
    const absl::string_view part = left.substr(0, end);
    // A host that serves only a folder should not be asked to leave it.
    if (part == "..") return "The git URL's path has \"..\" in it.";
    left.remove_prefix(end == absl::string_view::npos ? left.size() : end + 1);
  }
  return "";
}

// An https:// path is sent as it was given: what it encodes must not be what makes a
// path mean another one.
absl::string_view CheckEncoding(absl::string_view path) {
  for (size_t at = path.find('%'); at != absl::string_view::npos;
       at = path.find('%', at + 1)) {
    const absl::string_view digits = path.substr(at + 1, 2);
    if (digits.size() < 2 || !absl::ascii_isxdigit(digits[0]) ||
        !absl::ascii_isxdigit(digits[1])) {
      return "The git URL has a \"%\" that does not begin an encoded character.";
    }
    const char c = absl::HexStringToBytes(digits)[0];
    if (absl::ascii_iscntrl(c) || c == '/' || c == '\\' || c == '.' || c == '%') {
      return "The git URL encodes a character that may not be in it.";
    }
  }
  return "";
}

// The three forms with "://".
absl::string_view ParseWithScheme(absl::string_view scheme, absl::string_view rest,
                                  bool allow_file, GitUrl* url) {
  if (scheme == "file") {
    if (!allow_file) return "file:// remotes are not allowed here.";
    if (!absl::StartsWith(rest, "/")) {
      return "A file:// URL has no host: three slashes, then the path.";
    }
    url->scheme = GitUrl::Scheme::kFile;
    url->path = std::string(rest);
    return CheckPath(url->path);
  }
  if (scheme == "ssh") {
    url->scheme = GitUrl::Scheme::kSsh;
    url->user = "git";
    url->port = 22;
  } else if (scheme == "https") {
    url->scheme = GitUrl::Scheme::kHttps;
    url->port = 443;
  } else {
    return "The git URL's scheme is not allowed.";
  }
  const size_t slash = rest.find('/');
  const absl::string_view authority = rest.substr(0, slash);
  absl::string_view port;
  absl::string_view wrong = ParseAuthority(authority, url, &port);
  if (wrong.empty()) wrong = ParsePort(port, url);
  if (wrong.empty() && scheme == "https" && absl::StrContains(authority, "@")) {
    wrong = "An https:// URL has no user name; give it with the token.";
  }
  if (!wrong.empty()) return wrong;
  absl::string_view path =
      slash == absl::string_view::npos ? absl::string_view() : rest.substr(slash);
  // As git does it: "/~user/..." is below a home folder, not below the root.
  if (scheme == "ssh" && absl::StartsWith(path, "/~")) path.remove_prefix(1);
  url->path = std::string(path);
  if (const auto encoding = CheckEncoding(path); !encoding.empty()) return encoding;
  return CheckPath(url->path);
}

// "[user@]host:path".
absl::string_view ParseScpLike(absl::string_view text, GitUrl* url) {
  constexpr absl::string_view kNoForm = "The git URL has none of the allowed forms.";
  // A colon after a slash is a local path's.
  const size_t colon = text.find(':');
  if (colon == absl::string_view::npos || text.find('/') < colon) return kNoForm;
  url->user = "git";
  url->port = 22;
  // The first "@" ends a user name only if it comes before the path.
  const size_t at = text.find('@');
  if (at != absl::string_view::npos && at > colon &&
      absl::StrContains(text.substr(at), ":")) {
    return "The git URL has a password in it; take it out, it does not belong there.";
  }
  const size_t host = at != absl::string_view::npos && at < colon ? at + 1 : 0;
  const size_t bracket = text[host] == '[' ? text.find(']', host) : host;
  if (bracket == absl::string_view::npos) return kNoForm;
  const size_t end = text.find(':', bracket);
  if (end == absl::string_view::npos) return kNoForm;
  absl::string_view rest;
  if (const auto wrong = ParseAuthority(text.substr(0, end), url, &rest);
      !wrong.empty()) {
    return wrong;
  }
  if (!rest.empty()) return kNoForm;
  url->path = std::string(text.substr(end + 1));
  if (absl::StartsWith(url->path, ":")) return "git's \"transport::\" is not allowed.";
  return CheckPath(url->path);
}

}  // namespace

absl::StatusOr<GitUrl> ParseGitUrl(absl::string_view text, bool allow_file) {
  GitUrl url;
  url.text = std::string(text);
  absl::string_view wrong;
  if (text.empty()) {
    wrong = "The git URL is empty.";
  } else if (text.size() > kMostBytes) {
    wrong = "The git URL is longer than 2048 bytes.";
  } else if (text.front() == '-') {
    wrong = "The git URL starts with \"-\".";
  } else if (const auto characters = WrongCharacters(text); !characters.empty()) {
    wrong = characters;
  } else if (const size_t end = text.find("://"); end != absl::string_view::npos) {
    wrong = ParseWithScheme(absl::AsciiStrToLower(text.substr(0, end)),
                            text.substr(end + 3), allow_file, &url);
  } else {
    wrong = ParseScpLike(text, &url);
  }
  if (!wrong.empty()) return Refused(wrong, allow_file);
  return url;
}

}  // namespace gitsync
