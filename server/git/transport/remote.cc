#include "server/git/transport/remote.h"

#include <arpa/inet.h>
#include <sys/socket.h>

#include <algorithm>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "server/base/error.h"
#include "server/base/hex.h"
#include "server/base/reason.h"
#include "server/base/status_macros.h"
#include "server/base/utf8.h"

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

// What is wrong with the characters of the whole URL; empty if nothing is. `https`:
// whether it goes to a web server, as it is.
absl::string_view WrongCharacters(absl::string_view text, bool https) {
  if (!IsUtf8(text)) return "The git URL is not UTF-8.";
  for (const char c : text) {
    if (https && static_cast<unsigned char>(c) >= 0x80) {
      return "The git URL has characters beyond ASCII; write an international host in "
             "its xn-- form, and encode what is in the path.";
    }
    if (absl::ascii_iscntrl(c)) return "The git URL has a control character.";
    if (https && c == ' ') return "The git URL has white space; encode it as %20.";
    if (absl::string_view("'\"`\\").find(c) != absl::string_view::npos) {
      return "The git URL has a quote or back-slash.";
    }
    // Harmless in single quotes, and refused all the same where a URL says them aloud:
    // not every remote's command is run by a POSIX shell.
    if (absl::string_view("?#$;&|<>(){}*!^").find(c) != absl::string_view::npos) {
      return "The git URL has a character that git hosts don't use in paths; if this "
             "one does, write an ssh:// or https:// URL with it encoded.";
    }
  }
  return "";
}

// As git decodes ssh:// URLs: what encodes nothing stays as it is.
std::string Decode(absl::string_view text) {
  std::string out;
  while (!text.empty()) {
    const absl::string_view digits = text.substr(1, 2);
    if (text[0] == '%' && digits.size() == 2 && absl::ascii_isxdigit(digits[0]) &&
        absl::ascii_isxdigit(digits[1])) {
      out += HexToBytes(digits);
      text.remove_prefix(3);
    } else {
      out += text[0];
      text.remove_prefix(1);
    }
  }
  return out;
}

// Names of directories may be mail addresses, or have their domain in front.
bool IsUserName(absl::string_view user) {
  return !user.empty() && user.size() <= 128 && user.front() != '-' &&
         std::all_of(user.begin(), user.end(), [](char c) {
           return absl::ascii_isgraph(c) && c != '/' && c != ':';
         });
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
  // The last one, as OpenSSH has it.
  const size_t at = authority.rfind('@');
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
    if (!IsHostName(host))
      return "The git URL's host is not valid; an international one has an xn-- form.";
    *rest =
        end == absl::string_view::npos ? absl::string_view() : authority.substr(end);
  }
  url->host = absl::AsciiStrToLower(host);
  if (url->host.back() == '.') url->host.pop_back();
  return "";
}

absl::string_view ParsePort(absl::string_view rest, GitUrl* url) {
  if (rest.empty() || rest == ":") return "";
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
    const char c = HexToBytes(digits)[0];
    if (absl::ascii_iscntrl(c) || c == '/' || c == '\\' || c == '.' || c == '%') {
      return "The git URL encodes a character that may not be in it.";
    }
  }
  return "";
}

// As git does it: "/~user/..." is below a home folder, not below the root.
absl::string_view BelowHome(absl::string_view path) {
  return absl::StartsWith(path, "/~") ? path.substr(1) : path;
}

// The forms with "://"; `rest` is what follows that.
absl::string_view ParseWithScheme(absl::string_view scheme, absl::string_view rest,
                                  bool allow_file, GitUrl* url) {
  const bool ssh = scheme == "ssh" || scheme == "git+ssh" || scheme == "ssh+git";
  const std::string decoded = Decode(rest);
  if (scheme != "https") {
    if (!IsUtf8(decoded) ||
        std::any_of(decoded.begin(), decoded.end(), absl::ascii_iscntrl)) {
      return "The git URL encodes a control character, or what is not UTF-8.";
    }
    rest = decoded;
  }
  if (scheme == "file") {
    if (!allow_file) return "file:// remotes are not allowed here.";
    if (!absl::StartsWith(rest, "/")) {
      return "A file:// URL has no host: three slashes, then the path.";
    }
    url->scheme = GitUrl::Scheme::kFile;
    url->path = std::string(rest);
    return CheckPath(url->path);
  }
  if (ssh) {
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
  if (ssh) {
    path = BelowHome(path);
  } else if (const auto encoding = CheckEncoding(path); !encoding.empty()) {
    return encoding;
  }
  url->path = std::string(path);
  return CheckPath(url->path);
}

// "[user@]host:path", and "[user@host:port]:path", which is how git has a port in it.
absl::string_view ParseScpLike(absl::string_view text, GitUrl* url) {
  constexpr absl::string_view kNoForm = "The git URL has none of the allowed forms.";
  // A colon after a slash is a local path's.
  const size_t colon = text.find(':');
  if (colon == absl::string_view::npos || text.find('/') < colon) return kNoForm;
  url->user = "git";
  url->port = 22;
  // An "@" ends a user name only if it comes before the path.
  const size_t at = text.substr(0, colon).rfind('@');
  const size_t later = text.find('@', colon);
  if (at == absl::string_view::npos && later != absl::string_view::npos &&
      absl::StrContains(text.substr(later), ":")) {
    return "The git URL has a password in it; take it out, it does not belong there.";
  }
  const bool in_brackets = text[0] == '[';
  const size_t host = in_brackets || at == absl::string_view::npos ? 0 : at + 1;
  const size_t bracket = text[host] == '[' ? text.find(']', host) : host;
  if (bracket == absl::string_view::npos) return kNoForm;
  const size_t end = text.find(':', bracket);
  if (end == absl::string_view::npos) return kNoForm;
  absl::string_view authority = text.substr(0, end);
  if (in_brackets && end == bracket + 1 && !IsIpv6(text.substr(1, bracket - 1))) {
    authority = text.substr(1, bracket - 1);
  }
  absl::string_view port;
  absl::string_view wrong = ParseAuthority(authority, url, &port);
  if (wrong.empty()) wrong = ParsePort(port, url);
  if (!wrong.empty()) return wrong;
  url->path = std::string(BelowHome(text.substr(end + 1)));
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
  } else if (const auto characters =
                 WrongCharacters(text, absl::StartsWithIgnoreCase(text, "https:"));
             !characters.empty()) {
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
