#include "server/security/access_token.h"

#include <openssl/crypto.h>
#include <openssl/rand.h>

#include <algorithm>
#include <cstdlib>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "server/base/error.h"
#include "server/base/reason.h"
#include "server/base/sha256.h"
#include "server/security/openssl_util.h"
#include "server/security/wiped_string.h"

namespace gitsync {
namespace {

constexpr absl::string_view kTokenPrefix = "gst_";
constexpr size_t kTokenBytes = 32;
constexpr size_t kMaxAuthorizationBytes = 4096;

absl::Status NoCredentials() {
  return Error(absl::StatusCode::kUnauthenticated, reason::kMissingCredentials,
               "There are no credentials in a form that is understood; send the header "
               "'Authorization: Basic <access token>' or 'Authorization: Bearer "
               "<access token>'.");
}

// Whether `text` can be a token at all: printable ASCII without spaces.
bool IsTokenText(absl::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](unsigned char c) {
    return absl::ascii_isgraph(c);
  });
}

void AddToken(absl::string_view text, std::vector<Secret>& tokens) {
  if (IsTokenText(text)) tokens.emplace_back(std::string(text));
}

// Adds the tokens in the decoded value of a standard Basic header. A shell's `echo` or
// a file's last line leaves a line end after the password.
void AddDecoded(absl::string_view decoded, std::vector<Secret>& tokens) {
  decoded = absl::StripTrailingAsciiWhitespace(decoded);
  const size_t colon = decoded.find(':');
  if (colon == absl::string_view::npos) {
    AddToken(decoded, tokens);
    return;
  }
  const absl::string_view user = decoded.substr(0, colon);
  const absl::string_view password = decoded.substr(colon + 1);
  // Clients with a single field for credentials put the token in place of the user.
  const bool user_first = absl::StartsWith(user, kTokenPrefix);
  AddToken(user_first ? user : password, tokens);
  AddToken(user_first ? password : user, tokens);
}

bool Decode(absl::string_view text, std::string& decoded) {
  return absl::Base64Unescape(text, &decoded) ||
         absl::WebSafeBase64Unescape(text, &decoded);
}

}  // namespace

Secret NewAccessTokenSecret() {
  WipedString random(kTokenBytes);
  random.bytes().resize(kTokenBytes);
  // Without randomness, no token is safe to hand out.
  if (RAND_priv_bytes(Bytes(random.bytes()), kTokenBytes) != 1) std::abort();
  const Secret encoded(absl::WebSafeBase64Escape(random.view()));
  return Secret(absl::StrCat(kTokenPrefix, encoded.Reveal()));
}

std::string HashAccessToken(const Secret& token) { return Sha256(token.Reveal()); }

bool ConstantTimeEquals(absl::string_view a, absl::string_view b) {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

absl::StatusOr<std::vector<Secret>> ParseAuthorization(absl::string_view value) {
  value = absl::StripAsciiWhitespace(value);
  const size_t space = value.find(' ');
  if (value.size() > kMaxAuthorizationBytes || space == absl::string_view::npos) {
    return NoCredentials();
  }
  const absl::string_view scheme = value.substr(0, space);
  const absl::string_view text = absl::StripLeadingAsciiWhitespace(value.substr(space));

  std::vector<Secret> tokens;
  if (absl::EqualsIgnoreCase(scheme, "bearer")) {
    AddToken(text, tokens);
  } else if (absl::EqualsIgnoreCase(scheme, "basic")) {
    // base64 in lines of 76 characters arrives with spaces in place of the line ends.
    // The decoder skips them.
    WipedString decoded(text.size() + 4);
    const bool is_base64 = Decode(text, decoded.bytes());
    const bool raw_first = absl::StartsWith(text, kTokenPrefix);
    if (raw_first) AddToken(text, tokens);
    if (is_base64) AddDecoded(decoded.view(), tokens);
    if (!raw_first) AddToken(text, tokens);
  }
  if (tokens.empty()) return NoCredentials();
  return tokens;
}

}  // namespace gitsync
