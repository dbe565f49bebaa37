// What it takes to reach a remote repository. Plain values, no connection.

#ifndef GITSYNC_SERVER_GIT_TRANSPORT_REMOTE_H_
#define GITSYNC_SERVER_GIT_TRANSPORT_REMOTE_H_

#include <string>
#include <variant>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "server/base/secret.h"

namespace gitsync {

// A URL of one of the forms that are allowed, taken apart.
struct GitUrl {
  enum class Scheme { kSsh, kHttps, kFile };
  Scheme scheme = Scheme::kSsh;
  std::string user;  // SSH; "git" when the URL has none
  std::string host;  // lower case; an IPv6 address without brackets
  int port = 0;      // the scheme's default filled in
  std::string path;  // SSH: as the remote shell command gets it
  std::string text;  // the URL as it was given
};

// Parses `ssh://[user@]host[:port]/path`, `[user@]host:path`,
// `https://host[:port]/path` or, only if `allow_file`, `file:///path`, as git does: in
// ssh:// URLs "%20" is a space, in the second form it is just that.
//
// Refused are a password in the URL, a leading "-" in user, host or path, "..", control
// characters, and, unless they are encoded, the characters that mean something to a
// shell. https:// URLs are ASCII without white space.
//
// INVALID_ARGUMENT (INVALID_GIT_URL), with what is wrong and the forms that are right.
absl::StatusOr<GitUrl> ParseGitUrl(absl::string_view text, bool allow_file);

// Logs in with a private key in OpenSSH's format.
struct SshCredentials {
  // Changes with the key; names pooled sessions, so that an old key's are not used.
  std::string key_id;
  Secret private_key;
  // Host key to insist on, "ssh-ed25519 AAAA..."; empty: a published or configured one
  // if the host has one, else whatever it shows.
  std::string pinned_host_key;
  // Fingerprint to insist on besides, "SHA256:..."; empty: none.
  std::string expected_fingerprint;
};

// Logs in over HTTPS with a user name and a token.
struct HttpsCredentials {
  std::string username;
  Secret token;
  std::string ca_certificate;  // PEM; empty: the system's
};

// Logs in over HTTPS as an installation of a GitHub App, with a token that its API
// gives out for the App's key.
struct GitHubAppCredentials {
  std::string app_id;  // or the App's client id
  std::string installation_id;
  Secret private_key;   // PEM
  std::string key_id;   // fingerprint; changes with the key
  std::string api_url;  // base, without "/" at the end; never empty
  // PEM, for the API and the repository; empty: the system's.
  std::string ca_certificate;
  // Tokens that were asked for before are not used: to prove that the key still works.
  absl::Time token_since = absl::InfinitePast();
};

// No login: file:// only.
struct NoCredentials {};

// A remote repository and how to log in to it.
struct Remote {
  GitUrl url;
  std::variant<NoCredentials, SshCredentials, HttpsCredentials, GitHubAppCredentials>
      credentials;
  // Names its configuration as it is now: under which its failures are counted
  // (circuits.h), and a refused login is remembered. Empty: failures are not counted.
  std::string circuit;
  // Whose it is: the organizations of one host take turns to log in.
  std::string organization;
  // Whether the login is known to have worked with this configuration.
  bool login_proved = false;
  // Whether somebody waits for what is done there. If not, it yields to others.
  bool attended = true;
  // Whether it is tried also while it is left alone, or with a token that was refused
  // before: by someone who is mending it.
  bool even_if_paused = false;
  // Whether this is to find out what became of a push: the remote is asked even if its
  // answer to that push has others leave it alone.
  bool settles = false;
  // Whether to connect and log in anew, to prove that this works now, also with an SSH
  // key that was refused before. Where it does not work, the connections that were made
  // with this login before are not used again.
  bool afresh = false;
};

}  // namespace gitsync

#endif  // GITSYNC_SERVER_GIT_TRANSPORT_REMOTE_H_
