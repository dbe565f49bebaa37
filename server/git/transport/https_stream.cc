#include "server/git/transport/https_stream.h"

#include <cstdint>
#include <utility>
#include <variant>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/strip.h"
#include "server/base/status_macros.h"
#include "server/git/transport/https_refusal.h"
#include "server/git/transport/remote_words.h"

namespace gitsync {
namespace {

// A request up to this size is sent at once, with its length; not every server takes
// one without.
constexpr size_t kMostHeld = 1 << 20;
// What may follow an advertisement, and what is read of a refusal.
constexpr size_t kMostRest = 64 << 10;
constexpr size_t kMostRefusal = 2 << 10;
constexpr absl::string_view kFlush = "0000";
// Some hosts serve repositories only to what they take for git.
constexpr std::pair<const char*, const char*> kUserAgent = {"User-Agent",
                                                            "git/2.0 (gitsync)"};

absl::string_view ServiceName(GitService service) {
  return service == GitService::kUploadPack ? "git-upload-pack" : "git-receive-pack";
}

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

absl::string_view MediaType(const HttpResponse& answer) {
  const absl::string_view value = answer.Header("content-type");
  return absl::StripAsciiWhitespace(value.substr(0, value.find(';')));
}

}  // namespace

HttpsStream::HttpsStream(HttpClient* client, HttpsLogins* logins, const Remote& remote,
                         GitService service, const Context& context)
    : client_(client),
      logins_(logins),
      remote_(remote),
      service_(service),
      context_(context),
      base_url_(BaseUrl(remote.url)) {}

absl::StatusOr<std::unique_ptr<HttpsStream>> HttpsStream::Open(HttpClient* client,
                                                               HttpsLogins* logins,
                                                               const Remote& remote,
                                                               GitService service,
                                                               const Context& context) {
  std::unique_ptr<HttpsStream> stream(
      new HttpsStream(client, logins, remote, service, context));
  ASSIGN_OR_RETURN(stream->login_, logins->Get(remote, context));
  HttpRequest request;
  request.url =
      absl::StrCat(stream->base_url_, "/info/refs?service=", ServiceName(service));
  request.headers = {kUserAgent};
  request.repeatable = true;
  RETURN_IF_ERROR(stream->Ask(std::move(request), HttpSession::Body::kWhole));
  return stream;
}

absl::StatusOr<std::unique_ptr<HttpsStream>> HttpsStream::OpenUnasked(
    HttpClient* client, HttpsLogins* logins, const Remote& remote,
    const Context& context) {
  std::unique_ptr<HttpsStream> stream(
      new HttpsStream(client, logins, remote, GitService::kReceivePack, context));
  ASSIGN_OR_RETURN(stream->login_, logins->Get(remote, context));
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
  ASSIGN_OR_RETURN(session_, client_->Begin(std::move(request), context_, body));
  return absl::OkStatus();
}

absl::Status HttpsStream::WaitForGit(absl::string_view kind) {
  RETURN_IF_ERROR(client_->WaitForHead(session_));
  // Refused is refused: what was sent whole can be sent again.
  if (session_->head().status == 401 && phase_ != Phase::kStreaming &&
      logins_->Reject(remote_, login_)) {
    HttpRequest request = session_->request();
    session_.reset();
    ASSIGN_OR_RETURN(login_, logins_->Get(remote_, context_));
    RETURN_IF_ERROR(Ask(std::move(request), HttpSession::Body::kWhole));
    RETURN_IF_ERROR(client_->WaitForHead(session_));
  }
  if (session_->head().status != 200 ||
      MediaType(session_->head()) !=
          absl::StrCat("application/x-", ServiceName(service_), "-", kind)) {
    return Refusal();
  }
  return absl::OkStatus();
}

absl::Status HttpsStream::Refusal() {
  const HttpResponse& answer = session_->head();
  refused_ = TookNothingFor(answer.status);
  std::string words;
  if (MediaType(answer) == "text/plain") {
    char buffer[kMostRefusal];
    while (words.size() < kMostRefusal) {
      const auto count = session_->Read(buffer, kMostRefusal - words.size());
      // The status says enough.
      if (!count.ok() || *count == 0) break;
      words.append(buffer, *count);
    }
  }
  return HttpsRefusal(answer, PrintableWords(WithoutSecret(words)), service_, remote_);
}

absl::Status HttpsStream::ReadServiceLine() {
  // Its length is given by what it has to be: "# service=NAME", perhaps a line end, and
  // a flush.
  const auto read = [this](size_t size) -> absl::StatusOr<std::string> {
    std::string bytes(size, '\0');
    for (size_t at = 0; at < size;) {
      ASSIGN_OR_RETURN(const size_t count,
                       session_->Read(bytes.data() + at, size - at));
      if (count == 0) return ProtocolError("its answer broke off");
      at += count;
    }
    return bytes;
  };
  const std::string line = absl::StrCat("# service=", ServiceName(service_));
  ASSIGN_OR_RETURN(const std::string length, read(4));
  uint32_t size = 0;
  if (!absl::SimpleHexAtoi(length, &size) ||
      (size != line.size() + 4 && size != line.size() + 5)) {
    return ProtocolError("it does not begin with the service's name");
  }
  ASSIGN_OR_RETURN(const std::string text, read(size - 4));
  if (absl::StripSuffix(text, "\n") != line) {
    return ProtocolError("it does not begin with the service's name");
  }
  ASSIGN_OR_RETURN(const std::string flush, read(kFlush.size()));
  return flush == kFlush ? absl::OkStatus() : ProtocolError("a flush is missing");
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
      RETURN_IF_ERROR(WaitForGit("advertisement"));
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
    if (held_.size() <= kMostHeld) return absl::OkStatus();
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
  const std::string type = absl::StrCat("application/x-", ServiceName(service_));
  HttpRequest request;
  request.method = "POST";
  request.url = absl::StrCat(base_url_, "/", ServiceName(service_));
  request.headers = {kUserAgent,
                     {"Content-Type", absl::StrCat(type, "-request")},
                     {"Accept", absl::StrCat(type, "-result")}};
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
  if (session_ != nullptr) client_->Keep(std::move(session_));
  return absl::OkStatus();
}

absl::Status HttpsStream::TryFinish() {
  if (phase_ == Phase::kAsked) {
    RETURN_IF_ERROR(WaitForGit("advertisement"));
  }
  // Nothing wanted needs no request.
  const bool declined = phase_ == Phase::kHolding && (held_.empty() || held_ == kFlush);
  if (!declined && (phase_ == Phase::kHolding || phase_ == Phase::kStreaming)) {
    RETURN_IF_ERROR(EndWriting());
  }
  return ReadRest(SIZE_MAX);
}

std::string HttpsStream::WithoutSecret(absl::string_view words) const {
  return HideSecret(login_.token, HideSecret(BasicCredentials(login_), words));
}

bool HttpsStream::TookNothing() const {
  return refused_ || !posted_ || session_ == nullptr || !session_->body_was_sent();
}

absl::Status HttpsStream::Fail(const absl::Status& status) {
  failure_ = status;
  return status;
}

}  // namespace gitsync
