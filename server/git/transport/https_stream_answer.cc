// What an HTTPS remote answers: git's own content, a redirect to that, or a refusal.

#include <algorithm>
#include <cstdint>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "server/base/error.h"
#include "server/base/logging.h"
#include "server/base/reason.h"
#include "server/base/status_macros.h"
#include "server/base/steady_clock.h"
#include "server/git/transport/https_refusal.h"
#include "server/git/transport/https_stream.h"
#include "server/git/transport/page_text.h"
#include "server/git/transport/remote_words.h"
#include "server/http_client/http_url.h"

namespace gitsync {
namespace {

// What is read of an answer that is not git's, and what is told of that.
constexpr size_t kMostRefusal = 16 << 10;
constexpr size_t kMostWords = 1 << 10;
constexpr int kMostRedirects = 5;
constexpr absl::string_view kFlush = "0000";

absl::string_view MediaType(const HttpResponse& answer) {
  const absl::string_view value = answer.Header("content-type");
  return absl::StripAsciiWhitespace(value.substr(0, value.find(';')));
}

}  // namespace

absl::Status HttpsStream::WaitForGit(absl::string_view kind) {
  RETURN_IF_ERROR(with_.client->WaitForHead(session_));
  // Refused is refused: what was sent whole can be sent again.
  if (session_->head().status == 401 && phase_ != Phase::kStreaming &&
      with_.logins->Reject(remote_, login_)) {
    HttpRequest request = session_->request();
    body_was_sent_ = session_->body_was_sent();
    session_.reset();
    // It stays refused if there is no other login.
    refused_ = true;
    ASSIGN_OR_RETURN(login_, with_.logins->Get(remote_, context_));
    refused_ = false;
    RETURN_IF_ERROR(Ask(std::move(request), HttpSession::Body::kWhole));
    RETURN_IF_ERROR(with_.client->WaitForHead(session_));
  }
  if (session_->head().status != 200 ||
      !absl::EqualsIgnoreCase(MediaType(session_->head()), ContentType(kind))) {
    return Refusal();
  }
  with_.tries->Note(remote_, service_, login_, absl::OkStatus(), SteadyNow());
  return absl::OkStatus();
}

absl::Status HttpsStream::WaitForAdvertisement() {
  for (int redirects = 0;; ++redirects) {
    const absl::Status status = WaitForGit("advertisement");
    if (status.ok()) break;
    const std::string base = RedirectedBase();
    if (base.empty() || redirects == kMostRedirects) return status;
    base_url_ = base;
    HttpRequest request = session_->request();
    request.url = RefsUrl();
    RETURN_IF_ERROR(Ask(std::move(request), HttpSession::Body::kWhole));
  }
  if (with_.habits->Moved(url_, MovedTo()) && !MovedTo().empty()) {
    Log(LogLevel::kInfo, "remote redirects",
        {{"git_url", url_}, {"target", WithoutSecret(MovedTo())}});
  }
  return absl::OkStatus();
}

std::string HttpsStream::RedirectedBase() const {
  if (session_ == nullptr) return "";
  const HttpResponse& answer = session_->head();
  if (answer.status < 300 || answer.status >= 400) return "";
  const std::string& from = session_->request().url;
  const std::string target =
      RedirectTarget(from, std::string(answer.Header("location")));
  const auto origin = ParseHttpsUrl(target);
  if (!origin.ok() || !(*origin == session_->origin()) ||
      !absl::EndsWith(target, kRefsPath)) {
    return "";
  }
  return std::string(absl::StripSuffix(target, kRefsPath));
}

absl::Status HttpsStream::Refusal() {
  HttpResponse answer = session_->head();
  refused_ = IsRefusal(answer.status);
  answer.headers["location"] = WithoutSecret(answer.Header("location"));
  if (answer.status == 411 && phase_ == Phase::kStreaming) {
    return Error(absl::StatusCode::kUnavailable, reason::kRemoteRejected,
                 "The remote wants to know a push's length before it takes it (HTTP "
                 "411). Repeat the request: it will be told.");
  }
  absl::Status refusal = HttpsRefusal(answer, WordsOfAnswer(MediaType(answer), ""),
                                      base_url_, service_, remote_);
  // What was streamed can't be sent again: another login is for the next request.
  const bool renewed = answer.status == 401 && phase_ == Phase::kStreaming &&
                       with_.logins->Reject(remote_, login_);
  if (!renewed) with_.tries->Note(remote_, service_, login_, refusal, SteadyNow());
  if (MovedTo().empty()) return refusal;
  return WithMessage(refusal, absl::StrCat(refusal.message(), " It was asked at ",
                                           WithoutSecret(MovedTo()),
                                           ", to which the remote redirects."));
}

std::string HttpsStream::WordsOfAnswer(absl::string_view media_type, std::string text) {
  char buffer[4 << 10];
  while (text.size() < kMostRefusal) {
    const auto count =
        session_->Read(buffer, std::min(sizeof(buffer), kMostRefusal - text.size()));
    // What there is says enough.
    if (!count.ok() || *count == 0) break;
    text.append(buffer, *count);
  }
  // Twice: markup in it must not hide it.
  return WithoutSecret(PageText(media_type, WithoutSecret(text), kMostWords));
}

absl::Status HttpsStream::ReadServiceLine() {
  // Its length is given by what it has to be: "# service=NAME", perhaps a line end, and
  // a flush.
  std::string bytes;
  const auto read = [&](size_t size) -> absl::Status {
    const size_t begin = bytes.size();
    bytes.resize(begin + size);
    for (size_t at = begin; at < bytes.size();) {
      ASSIGN_OR_RETURN(const size_t count,
                       session_->Read(bytes.data() + at, bytes.size() - at));
      if (count == 0) {
        bytes.resize(at);
        return ProtocolError("its answer broke off");
      }
      at += count;
    }
    return absl::OkStatus();
  };
  const std::string line = absl::StrCat("# service=", service_name());
  const auto other = [&]() -> absl::Status {
    const std::string words = WordsOfAnswer("", bytes);
    return ProtocolError(
        words.empty() ? "it does not begin with the service's name"
                      : absl::StrCat("it does not begin with the service's name, "
                                     "but says: ",
                                     words));
  };
  RETURN_IF_ERROR(read(4));
  uint32_t size = 0;
  if (!absl::SimpleHexAtoi(bytes, &size) ||
      (size != line.size() + 4 && size != line.size() + 5)) {
    return other();
  }
  RETURN_IF_ERROR(read(size - 4));
  if (absl::StripSuffix(absl::string_view(bytes).substr(4), "\n") != line) {
    return other();
  }
  RETURN_IF_ERROR(read(kFlush.size()));
  return absl::EndsWith(bytes, kFlush) ? absl::OkStatus()
                                       : ProtocolError("a flush is missing");
}

}  // namespace gitsync
