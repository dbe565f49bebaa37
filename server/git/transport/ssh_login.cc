#include "server/git/transport/ssh_login.h"

#include <libssh/libssh.h>
#include <string.h>

#include <string>
#include <utility>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "server/base/error.h"
#include "server/base/reason.h"
#include "server/base/status_macros.h"
#include "server/git/transport/transport.h"

namespace gitsync {
namespace {

// An imported private key; the copy that libssh's interface needs is wiped.
UniqueSshKey ImportPrivateKey(const Secret& secret) {
  std::string text(secret.Reveal());
  ssh_key key = nullptr;
  ssh_pki_import_privkey_base64(text.c_str(), nullptr, nullptr, nullptr, &key);
  explicit_bzero(text.data(), text.size());
  return UniqueSshKey(key);
}

// What the server says that it would take to log in.
std::string MethodsOf(ssh_session handle) {
  static constexpr std::pair<int, const char*> kMethods[] = {
      {SSH_AUTH_METHOD_PASSWORD, "password"},
      {SSH_AUTH_METHOD_PUBLICKEY, "publickey"},
      {SSH_AUTH_METHOD_HOSTBASED, "hostbased"},
      {SSH_AUTH_METHOD_INTERACTIVE, "keyboard-interactive"},
      {SSH_AUTH_METHOD_GSSAPI_MIC, "gssapi-with-mic"}};
  const int offered = ssh_userauth_list(handle, nullptr);
  std::vector<std::string> names;
  for (const auto& [bit, name] : kMethods) {
    if ((offered & bit) != 0) names.push_back(name);
  }
  return names.empty() ? "nothing that GitSync knows" : absl::StrJoin(names, ", ");
}

// The error of a login that the server did not grant.
absl::Status Refusal(ssh_session handle, int result) {
  constexpr auto kCode = absl::StatusCode::kUnauthenticated;
  if (result == SSH_AUTH_PARTIAL) {
    return Error(
               kCode, reason::kRemoteAuthFailed,
               absl::StrCat("The git remote accepts the SSH key, but asks for more: ",
                            MethodsOf(handle),
                            ". GitSync has the key alone; have the host let this user "
                            "in with it."))
        .With(kKeyNotShown, "true");
  }
  // Each server offers it whose keys may be shown; empty before it was asked.
  const int offered = ssh_userauth_list(handle, nullptr);
  if (offered != 0 && (offered & SSH_AUTH_METHOD_PUBLICKEY) == 0) {
    return Error(kCode, reason::kRemoteAuthFailed,
                 absl::StrCat("The git remote takes no SSH keys of this user, only: ",
                              MethodsOf(handle), ". Check the URL's host and user."))
        .With(kKeyNotShown, "true");
  }
  // libssh's words for an algorithm that this client does not use: SHA-1, which is what
  // it has for servers that announce nothing better.
  if (absl::StrContains(ssh_get_error(handle), "PUBLICKEY_ACCEPTED_TYPES")) {
    return Error(kCode, reason::kRemoteAuthFailed,
                 "The git remote does not say that it takes RSA keys with SHA-2 "
                 "signatures, so that the SSH key was not shown to it; SHA-1 is not "
                 "used. Make a new key of type Ed25519, or have the host's SSH server "
                 "updated.")
        .With(kKeyNotShown, "true");
  }
  return Error(kCode, reason::kRemoteAuthFailed,
               "The git remote does not accept the SSH key; add the public key to the "
               "repository as a deploy key, with write access, and check the URL's "
               "user.");
}

}  // namespace

absl::Status LogIn(SshSession& session, const SshCredentials& credentials,
                   const TransportOptions& options, const Context& context,
                   std::string* algorithm) {
  const ssh_session handle = session.handle();
  const UniqueSshKey key = ImportPrivateKey(credentials.private_key);
  if (key == nullptr) return InternalError("the stored SSH key can't be imported");
  const auto ask = [&](absl::FunctionRef<int()> step) {
    return session.Drive(step, SSH_AUTH_AGAIN, context, options.stall_limit);
  };
  int result = SSH_AUTH_DENIED;
  if (ssh_key_type(key.get()) == SSH_KEYTYPE_RSA) {
    // Which signatures it takes of RSA keys, a server says when it likes to after the
    // handshake (RFC 8308), but before it answers this. It counts as no failed login:
    // OpenSSH's client begins like this, too.
    ASSIGN_OR_RETURN(result, ask([&] { return ssh_userauth_none(handle, nullptr); }));
  }
  if (result == SSH_AUTH_DENIED) {
    ASSIGN_OR_RETURN(result, ask([&] {
                       return ssh_userauth_publickey(handle, nullptr, key.get());
                     }));
  }
  if (result == SSH_AUTH_SUCCESS) {
    // libssh does not tell which of the two it took: the better one that the host
    // takes.
    const bool rsa = ssh_key_type(key.get()) == SSH_KEYTYPE_RSA;
    *algorithm = rsa ? "rsa-sha2-512 or rsa-sha2-256"
                     : ssh_key_type_to_char(ssh_key_type(key.get()));
    return absl::OkStatus();
  }
  if (result == SSH_AUTH_ERROR && !ssh_is_connected(handle)) return session.Broken();
  return Refusal(handle, result);
}

}  // namespace gitsync
