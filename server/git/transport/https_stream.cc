#include "server/git/transport/https_stream.h"

#include <cstdint>
#include <utility>
#include <variant>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/strip.h"
#include "server/base/status_macros.h"
#include "server/base/steady_clock.h"
#include "server/git/transport/remote_words.h"

namespace gitsync {
namespace {

// A request up to this size is sent at once, with its length; not every server takes
// one without.
constexpr size_t kMostHeld = 1 << 20;
// For a remote that takes none without. Definitions are smaller.
constexpr size_t kMostHeldForLength = 128 << 20;
// What may follow an advertisement.
constexpr size_t kMostRest = 64 << 10;
// Some hosts serve repositories only to what they take for git.
constexpr std::pair<const char*, const char*> kUserAgent = {"User-Agent",
                                                            "git/2.0 (gitsync)"};

std::string BaseUrl(const GitUrl& url) {
  const bool v6 = absl::StrContains(url.host, ":");
  // Of what a git URL may have in its path, only brackets have no place in an HTTP one.
  const std::string path = absl::StrReplaceAll(absl::StripSuffix(url.path, "/"),
                                               {{"[", "%5B"}, {"]", "%5D"}});
  return absl::StrCat("https://", v6 ? "[" : "", url.host, v6 ? "]" : "", ":", url.port,
                      path);
}

// A login as HTTP has it.
Secret BasicCredentials(const HttpsLogin& login) {
  const Secret plain(absl::StrCat(login.username, ":", login.token.Reveal()));
  return Secret(absl::Base64Escape(plain.Reveal()));
}

std::string CaCertificate(const Remote& remote) {
  if (const auto* token = std::get_if<HttpsCredentials>(&remote.credentials)) {
    return token->ca_certificate;
  }
  const auto* app = std::get_if<GitHubAppCredentials>(&remote.credentials);
  return app == nullptr ? "" : app->ca_certificate;
}

}  // namespace

HttpsStream::HttpsStream(const With& with, const Remote& remote, GitService service,
                         const Context& context)
    : with_(with),
      remote_(remote),
      service_(service),
      context_(context),
      url_(BaseUrl(remote.url)),
      base_url_(url_) {}

absl::StatusOr<std::unique_ptr<HttpsStream>> HttpsStream::Open(const With& with,
                                                               const Remote& remote,
                                                               GitService service,
                                                               const Context& context) {
  std::unique_ptr<HttpsStream> stream(new HttpsStream(with, remote, service, context));
  ASSIGN_OR_RETURN(stream->login_, with.logins->Get(remote, context));
  RETURN_IF_ERROR(
      with.tries->Check(remote, stream->service_, stream->login_, SteadyNow()));
  HttpRequest request;
  request.url = stream->RefsUrl();
  request.headers = {kUserAgent};
  request.repeatable = true;
  RETURN_IF_ERROR(stream->Ask(std::move(request), HttpSession::Body::kWhole));
  return stream;
}

absl::StatusOr<std::unique_ptr<HttpsStream>> HttpsStream::OpenUnasked(
    const With& with, const Remote& remote, const Context& context) {
  std::unique_ptr<HttpsStream> stream(
      new HttpsStream(with, remote, GitService::kReceivePack, context));
  ASSIGN_OR_RETURN(stream->login_, with.logins->Get(remote, context));
  RETURN_IF_ERROR(
      with.tries->Check(remote, stream->service_, stream->login_, SteadyNow()));
  stream->base_url_ = with.habits->WhereIs(stream->url_);
  stream->phase_ = Phase::kHolding;
  return stream;
}

absl::Status HttpsStream::Ask(HttpRequest request, HttpSession::Body body) {
  request.authorization =
      Secret(absl::StrCat("Basic ", BasicCredentials(login_).Reveal()));
  request.connection_id = absl::StrCat(login_.username, "\n", login_.id);
  request.ca_certificate = CaCertificate(remote_);
  if (session_ != nullptr) {
    return session_->Begin(std::move(request), body, context_);
  }
  ASSIGN_OR_RETURN(session_, with_.client->Begin(std::move(request), context_, body));
  return absl::OkStatus();
}

absl::StatusOr<size_t> HttpsStream::Read(char* buffer, size_t size) {
  RETURN_IF_ERROR(failure_);
  absl::StatusOr<size_t> count = TryRead(buffer, size);
  if (!count.ok()) return Fail(count.status());
  return count;
}

absl::StatusOr<size_t> HttpsStream::TryRead(char* buffer, size_t size) {
  switch (phase_) {
    case Phase::kAsked:
      RETURN_IF_ERROR(WaitForAdvertisement());
      RETURN_IF_ERROR(ReadServiceLine());
      phase_ = Phase::kAdvertisement;
      break;
    case Phase::kHolding:
    case Phase::kStreaming:
      RETURN_IF_ERROR(EndWriting());
      break;
    case Phase::kAdvertisement:
    case Phase::kAnswer:
      break;
    case Phase::kFinished:
      return 0;
  }
  return session_->Read(buffer, size);
}

absl::Status HttpsStream::Write(absl::string_view bytes) {
  RETURN_IF_ERROR(failure_);
  return Fail(TryWrite(bytes));
}

absl::Status HttpsStream::TryWrite(absl::string_view bytes) {
  if (phase_ == Phase::kAdvertisement) phase_ = Phase::kHolding;
  if (phase_ == Phase::kHolding) {
    absl::StrAppend(&held_, bytes);
    if (held_.size() <= kMostHeld ||
        (held_.size() <= kMostHeldForLength && with_.habits->DoesWantLength(url_))) {
      return absl::OkStatus();
    }
    RETURN_IF_ERROR(BeginPost(HttpSession::Body::kStreamed));
    phase_ = Phase::kStreaming;
    const std::string held = std::exchange(held_, "");
    return TryWrite(held);
  }
  if (phase_ != Phase::kStreaming) return absl::FailedPreconditionError("finished");
  RETURN_IF_ERROR(session_->Write(bytes));
  return session_->head().status >= 300 ? Refusal() : absl::OkStatus();
}

absl::Status HttpsStream::BeginPost(HttpSession::Body body) {
  // Its end has to be taken in before the connection is good for another request.
  RETURN_IF_ERROR(ReadRest(kMostRest));
  HttpRequest request;
  request.method = "POST";
  request.url = absl::StrCat(base_url_, "/", service_name());
  request.headers = {kUserAgent,
                     {"Content-Type", ContentType("request")},
                     {"Accept", ContentType("result")}};
  if (body == HttpSession::Body::kWhole) request.body = std::exchange(held_, "");
  request.repeatable = service_ == GitService::kUploadPack;
  posted_ = true;
  return Ask(std::move(request), body);
}

absl::Status HttpsStream::EndWriting() {
  if (phase_ == Phase::kHolding) {
    RETURN_IF_ERROR(BeginPost(HttpSession::Body::kWhole));
  }
  RETURN_IF_ERROR(WaitForGit("result"));
  phase_ = Phase::kAnswer;
  return absl::OkStatus();
}

absl::Status HttpsStream::ReadRest(size_t most) {
  if (session_ == nullptr) return absl::OkStatus();
  char rest[4096];
  size_t read = 0;
  while (true) {
    ASSIGN_OR_RETURN(const size_t count, session_->Read(rest, sizeof(rest)));
    if (count == 0) return absl::OkStatus();
    read += count;
    if (read > most) return ProtocolError("it does not stop where its answer ends");
  }
}

absl::Status HttpsStream::Finish() {
  RETURN_IF_ERROR(failure_);
  if (phase_ == Phase::kFinished) return absl::OkStatus();
  RETURN_IF_ERROR(Fail(TryFinish()));
  phase_ = Phase::kFinished;
  if (session_ != nullptr) {
    body_was_sent_ |= posted_ && session_->body_was_sent();
    with_.client->Keep(std::move(session_));
  }
  return absl::OkStatus();
}

absl::Status HttpsStream::TryFinish() {
  if (phase_ == Phase::kAsked) {
    RETURN_IF_ERROR(WaitForAdvertisement());
  }
  // Nothing wanted needs no request.
  const bool declined = phase_ == Phase::kHolding && (held_.empty() || held_ == "0000");
  if (!declined && (phase_ == Phase::kHolding || phase_ == Phase::kStreaming)) {
    RETURN_IF_ERROR(EndWriting());
  }
  return ReadRest(SIZE_MAX);
}

std::string HttpsStream::RefsUrl() const {
  return absl::StrCat(base_url_, kRefsPath, "?service=", service_name());
}

std::string HttpsStream::ContentType(absl::string_view kind) const {
  return absl::StrCat("application/x-", service_name(), "-", kind);
}

std::string HttpsStream::WithoutSecret(absl::string_view words) const {
  return HideSecret(login_.token, HideSecret(BasicCredentials(login_), words));
}

bool HttpsStream::TookNothing() const {
  if (!posted_) return true;
  return !body_was_sent_ && (session_ == nullptr || !session_->body_was_sent());
}

absl::Status HttpsStream::Fail(const absl::Status& status) {
  // There are servers that break off a stream of HTTP/2 for being of unknown length.
  if (phase_ == Phase::kStreaming && absl::IsUnavailable(status)) {
    with_.habits->WantsLength(url_);
  }
  failure_ = status;
  return status;
}

}  // namespace gitsync
