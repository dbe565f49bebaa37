#include "server/git/transport/remote_words.h"

#include <algorithm>
#include <initializer_list>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "server/base/error.h"
#include "server/base/reason.h"

namespace gitsync {
namespace {

constexpr size_t kMostKept = 8192;

bool Says(absl::string_view words, std::initializer_list<absl::string_view> any) {
  for (const absl::string_view phrase : any) {
    if (absl::StrContains(words, phrase)) return true;
  }
  return false;
}

std::string Quoting(absl::string_view message, absl::string_view words) {
  if (words.empty()) return std::string(message);
  return absl::StrCat(message, " The remote said: ", words);
}

}  // namespace

std::string HideSecret(const Secret& secret, absl::string_view words) {
  if (secret.empty()) return std::string(words);
  const absl::string_view hidden = secret.Reveal();
  std::string out = absl::StrReplaceAll(words, {{hidden, "***"}});
  // Less of a beginning tells nothing.
  constexpr size_t kLeast = 4;
  for (size_t size = std::min(hidden.size() - 1, out.size()); size >= kLeast; --size) {
    if (!absl::EndsWith(out, hidden.substr(0, size))) continue;
    out.replace(out.size() - size, size, "***");
    break;
  }
  return out;
}

void RemoteWords::Append(absl::string_view bytes) {
  absl::StrAppend(&text_, bytes);
  if (text_.size() > 2 * kMostKept) text_.erase(0, text_.size() - kMostKept);
}

absl::Status ProtocolError(absl::string_view what) {
  return Error(absl::StatusCode::kInternal, reason::kRemoteProtocolError,
               absl::StrCat("The remote did not answer as a git server does: ", what,
                            ". Check that the URL names a git repository."));
}

absl::Status NoProtocolError(absl::string_view words) {
  return Error(absl::StatusCode::kInternal, reason::kRemoteProtocolError,
               Quoting("The remote printed something else in place of git's protocol; "
                       "check that the URL names a git repository, and what the host "
                       "runs for this login.",
                       words))
      .With("remote_message", words);
}

absl::Status RemoteCommandError(GitService service, int exit_code,
                                absl::string_view words, bool git_spoke) {
  const std::string lower = absl::AsciiStrToLower(words);
  const bool writes = service == GitService::kReceivePack;
  if (exit_code == 127 || Says(lower, {"command not found"})) {
    return Error(absl::StatusCode::kFailedPrecondition, reason::kRemoteCommandFailed,
                 Quoting("The remote has no git command; install git there, or correct "
                         "the URL's host.",
                         words));
  }
  if (writes &&
      Says(lower,
           {"marked as read only", "marked as read-only", "read-only", "read only",
            "write access", "not allowed to push", "not allowed to upload",
            "denied for writing", "archived", "permission denied", "denied to",
            "denied for", "denied by", "need the git", "not authorized",
            "not support push", "cannot push", "not permitted to push"})) {
    return Error(absl::StatusCode::kPermissionDenied, reason::kRemoteReadOnly,
                 Quoting("The remote does not let this key write; give the deploy key "
                         "write access, or remove what makes the repository read-only.",
                         words));
  }
  if (Says(lower, {"repository not found", "does not appear to be a git repository",
                   "not a git repository", "no such file", "does not exist",
                   "could not be found", "cannot find repository", "not found"})) {
    return Error(
        absl::StatusCode::kNotFound, reason::kRemoteRepositoryNotFound,
        Quoting("The remote has no such repository, or hides it from this key; "
                "check the URL's path and that the deploy key was added.",
                words));
  }
  if (Says(lower, {"access denied", "permission denied", "denied to", "denied for",
                   "unauthorized", "not authorized", "authentication failed",
                   "forbidden", "insufficient permission"})) {
    return Error(absl::StatusCode::kUnauthenticated, reason::kRemoteAuthFailed,
                 Quoting("The remote refused access to the repository; add the public "
                         "key to it as a deploy key.",
                         words));
  }
  const bool may_pass = Says(
      lower, {"fatal:",    "again",    "later",          "temporar",     "unavailable",
              "time",      "busy",     "maintenance",    "internal",     "memory",
              "space",     "resource", "too many",       "limit",        "overload",
              "exception", "connect",  "not accessible", "input/output", "quota",
              "killed",    "fault",    "went wrong"});
  // From 128 on it is git's own status, or a signal's.
  if (exit_code > 0 && exit_code < 128 && !git_spoke && !words.empty() && !may_pass) {
    return Error(absl::StatusCode::kNotFound, reason::kRemoteRepositoryNotFound,
                 Quoting(absl::StrCat("The remote let this key log in, and refused the "
                                      "repository; check the URL's path, and that the "
                                      "deploy key ",
                                      writes ? "may write to it." : "was added to it."),
                         words));
  }
  const std::string how = exit_code < 0 ? std::string("without a status")
                                        : absl::StrCat("with status ", exit_code);
  return Error(absl::StatusCode::kUnavailable, reason::kRemoteCommandFailed,
               Quoting(absl::StrCat("The git command on the remote ended ", how,
                                    "; repeat the request, and if it goes on, look at "
                                    "the remote's own log."),
                       words));
}

}  // namespace gitsync
