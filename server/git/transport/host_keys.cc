#include "server/git/transport/host_keys.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <algorithm>
#include <fstream>
#include <iterator>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/synchronization/mutex.h"
#include "server/base/error.h"
#include "server/base/logging.h"
#include "server/base/reason.h"
#include "server/base/sha256.h"
#include "server/base/status_macros.h"

namespace gitsync {
namespace {

struct Published {
  const char* host;
  const char* type;
  const char* fingerprint;
};

// From docs.github.com "GitHub's SSH key fingerprints", docs.gitlab.com "GitLab.com
// settings", and support.atlassian.com "Configure SSH and two-step verification".
constexpr Published kPublished[] = {
    {"github.com", "ssh-ed25519", "SHA256:+DiY3wvvV6TuJJhbpZisF/zLDA0zPMSvHdkr4UvCOqU"},
    {"github.com", "ecdsa-sha2-nistp256",
     "SHA256:p2QAMXNIC1TJYWeIOttrVc98/R1BUFWu3/LiyKgUfQM"},
    {"github.com", "ssh-rsa", "SHA256:uNiVztksCsDhcc0u9e8BujQXVUpKZIDTMczCvj3tD2s"},
    {"gitlab.com", "ssh-ed25519", "SHA256:eUXGGm1YGsMAS7vkcx6JOJdOGHPem5gQp4taiCfCLB8"},
    {"gitlab.com", "ecdsa-sha2-nistp256",
     "SHA256:HbW3g8zUjNSksFbqTiUWPWg2Bq1x8xdGUrliXFzSnUw"},
    {"gitlab.com", "ssh-rsa", "SHA256:ROQFvPThGrW4RuWLoL9tq9I9zJ42fK4XywyRtbOz/EQ"},
    {"bitbucket.org", "ssh-ed25519",
     "SHA256:ybgmFkzwOSotHTHLJgHO0QN8L0xErw6vd0VhFA9m3SM"},
    {"bitbucket.org", "ecdsa-sha2-nistp256",
     "SHA256:FC73VB6C4OQLSCrjEayhMp9UMxS97caD/Yyi2bhW/J0"},
    {"bitbucket.org", "ssh-rsa", "SHA256:46OSHA1Rmj8E8ERTC6xkNcmGOw9oFxYr0WF6zWW8l1E"},
};

// Name of host and port as known_hosts has it.
std::string NameOf(absl::string_view host, int port) {
  if (port == 22) return absl::AsciiStrToLower(host);
  return absl::StrCat("[", absl::AsciiStrToLower(host), "]:", port);
}

// "*" is any text, "?" any character.
bool MatchesWildcard(absl::string_view pattern, absl::string_view name) {
  size_t p = 0;
  size_t n = 0;
  size_t star = absl::string_view::npos;
  size_t resume = 0;
  while (n < name.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      resume = n;
    } else if (p < pattern.size() && (pattern[p] == '?' || pattern[p] == name[n])) {
      ++p;
      ++n;
    } else if (star != absl::string_view::npos) {
      p = star + 1;
      n = ++resume;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && pattern[p] == '*') ++p;
  return p == pattern.size();
}

// "|1|salt|hash": HMAC-SHA1 of the name under the salt.
bool MatchesHash(absl::string_view pattern, absl::string_view name) {
  const std::vector<std::string> parts = absl::StrSplit(pattern, '|');
  std::string salt;
  std::string hash;
  if (parts.size() != 4 || parts[1] != "1" || !absl::Base64Unescape(parts[2], &salt) ||
      !absl::Base64Unescape(parts[3], &hash)) {
    return false;
  }
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned int size = 0;
  HMAC(EVP_sha1(), salt.data(), static_cast<int>(salt.size()),
       reinterpret_cast<const unsigned char*>(name.data()), name.size(), digest, &size);
  return hash == absl::string_view(reinterpret_cast<char*>(digest), size);
}

bool MatchesPatterns(const std::vector<std::string>& patterns, absl::string_view name) {
  bool matches = false;
  for (const absl::string_view pattern : patterns) {
    if (absl::StartsWith(pattern, "|")) {
      matches = matches || MatchesHash(pattern, name);
    } else if (absl::StartsWith(pattern, "!")) {
      if (MatchesWildcard(pattern.substr(1), name)) return false;
    } else {
      matches = matches || MatchesWildcard(pattern, name);
    }
  }
  return matches;
}

absl::Status Mismatch(absl::string_view host, absl::string_view wanted,
                      const HostKey& shown, absl::string_view why) {
  return Error(absl::StatusCode::kFailedPrecondition, reason::kHostKeyMismatch,
               absl::StrCat("The host key of ", host, " is ", shown.fingerprint, " (",
                            shown.type, "), but ", why, " ", wanted,
                            ". Somebody may be intercepting the connection. If the "
                            "host's key was changed on purpose, finalize the git "
                            "configuration again with the new fingerprint."))
      .With("expected_fingerprint", wanted)
      .With("fingerprint", shown.fingerprint);
}

std::string Fingerprints(const std::vector<HostKey>& keys) {
  return absl::StrJoin(keys, ", ", [](std::string* out, const HostKey& key) {
    absl::StrAppend(out, key.fingerprint);
  });
}

}  // namespace

absl::StatusOr<HostKey> ParseHostKey(absl::string_view key) {
  const std::vector<std::string> fields =
      absl::StrSplit(key, absl::ByAnyChar(" \t"), absl::SkipEmpty());
  std::string blob;
  if (fields.size() < 2 || !absl::Base64Unescape(fields[1], &blob)) {
    return absl::InvalidArgumentError("not a public key");
  }
  // The blob starts with its own type, as a string with a length of four bytes.
  const std::string& type = fields[0];
  const char size = static_cast<char>(type.size());
  if (type.size() > 64 ||
      !absl::StartsWith(
          blob, absl::StrCat(std::string(3, '\0'), std::string(1, size), type))) {
    return absl::InvalidArgumentError(
        "not a public key of the type it is said to have");
  }
  return HostKey{type, Sha256Fingerprint(blob, /*padded=*/false)};
}

absl::StatusOr<HostKeys> HostKeys::Parse(absl::string_view known_hosts) {
  HostKeys keys;
  int number = 0;
  for (const absl::string_view text : absl::StrSplit(known_hosts, '\n')) {
    ++number;
    std::vector<std::string> fields =
        absl::StrSplit(text, absl::ByAnyChar(" \t\r"), absl::SkipEmpty());
    if (fields.empty() || fields[0][0] == '#') continue;
    if (fields[0] == "@cert-authority") {
      Log(LogLevel::kWarning, "known_hosts: certificate authorities are not supported",
          {{"line", number}});
      continue;
    }
    Line line;
    line.revoked = fields[0] == "@revoked";
    if (line.revoked) fields.erase(fields.begin());
    absl::StatusOr<HostKey> key = absl::InvalidArgumentError("too few fields");
    if (fields.size() >= 3) key = ParseHostKey(absl::StrCat(fields[1], " ", fields[2]));
    if (!key.ok() || fields[0][0] == '@') {
      return absl::InvalidArgumentError(
          absl::StrCat("known_hosts, line ", number, ": not \"names type key\""));
    }
    line.key = *std::move(key);
    for (absl::string_view pattern :
         absl::StrSplit(fields[0], ',', absl::SkipEmpty())) {
      line.patterns.push_back(absl::StartsWith(pattern, "|")
                                  ? std::string(pattern)
                                  : absl::AsciiStrToLower(pattern));
    }
    keys.lines_.push_back(std::move(line));
  }
  return keys;
}

absl::StatusOr<HostKeys> HostKeys::Load(const std::string& path) {
  if (path.empty()) return HostKeys();
  std::ifstream file(path, std::ios::binary);
  if (!file) return absl::NotFoundError("The known_hosts file can't be read.");
  return Parse(std::string(std::istreambuf_iterator<char>(file), {}));
}

std::vector<HostKey> HostKeys::Allowed(absl::string_view host, int port) const {
  const std::string name = NameOf(host, port);
  std::vector<HostKey> allowed;
  for (const Line& line : lines_) {
    if (!line.revoked && MatchesPatterns(line.patterns, name)) {
      allowed.push_back(line.key);
    }
  }
  if (!allowed.empty()) return allowed;
  // GitHub's second name, for networks that let only port 443 out, has the same keys.
  const absl::string_view published =
      absl::EqualsIgnoreCase(host, "ssh.github.com") ? "github.com" : host;
  for (const Published& key : kPublished) {
    if (absl::EqualsIgnoreCase(key.host, published)) {
      allowed.push_back({key.type, key.fingerprint});
    }
  }
  return allowed;
}

bool HostKeys::IsRevoked(absl::string_view host, int port, const HostKey& key) const {
  const std::string name = NameOf(host, port);
  return std::any_of(lines_.begin(), lines_.end(), [&](const Line& line) {
    return line.revoked && line.key == key && MatchesPatterns(line.patterns, name);
  });
}

struct SharedHostKeys::State {
  absl::Mutex mutex;
  std::shared_ptr<const HostKeys> keys ABSL_GUARDED_BY(mutex);
};

SharedHostKeys::SharedHostKeys(HostKeys keys) : state_(std::make_shared<State>()) {
  Set(std::move(keys));
}

std::shared_ptr<const HostKeys> SharedHostKeys::Get() const {
  absl::MutexLock lock(&state_->mutex);
  return state_->keys;
}

void SharedHostKeys::Set(HostKeys keys) {
  auto shared = std::make_shared<const HostKeys>(std::move(keys));
  absl::MutexLock lock(&state_->mutex);
  state_->keys = std::move(shared);
}

absl::StatusOr<std::vector<HostKey>> DemandedKeys(const HostKeys& known,
                                                  const HostKeyDemand& demand) {
  std::vector<HostKey> keys = known.Allowed(demand.host, demand.port);
  if (!demand.pinned.empty()) {
    absl::StatusOr<HostKey> pinned = ParseHostKey(demand.pinned);
    if (!pinned.ok()) {
      return Error(absl::StatusCode::kFailedPrecondition, reason::kHostKeyMismatch,
                   "The pinned host key can't be read; finalize the git configuration "
                   "again.")
          .ToStatus();
    }
    keys = {*std::move(pinned)};
  }
  // Asked for first, so that a host with several keys shows the one that is expected.
  std::stable_partition(keys.begin(), keys.end(), [&](const HostKey& key) {
    return key.fingerprint == demand.expected_fingerprint;
  });
  return keys;
}

absl::Status CheckHostKey(const HostKeys& known, const HostKeyDemand& demand,
                          const HostKey& shown) {
  if (known.IsRevoked(demand.host, demand.port, shown)) {
    return Mismatch(demand.host, "another one", shown,
                    "that key is revoked and must be");
  }
  ASSIGN_OR_RETURN(const std::vector<HostKey> keys, DemandedKeys(known, demand));
  if (!keys.empty() && std::find(keys.begin(), keys.end(), shown) == keys.end()) {
    return Mismatch(demand.host, Fingerprints(keys), shown,
                    demand.pinned.empty() ? "the known one is" : "the pinned one is");
  }
  if (!demand.expected_fingerprint.empty() &&
      demand.expected_fingerprint != shown.fingerprint) {
    return Mismatch(demand.host, demand.expected_fingerprint, shown,
                    "the expected one is");
  }
  return absl::OkStatus();
}

}  // namespace gitsync
