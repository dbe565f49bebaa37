#include "server/git/protocol/conversation.h"

#include <algorithm>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "server/base/error.h"
#include "server/base/logging.h"
#include "server/base/reason.h"
#include "server/base/status_macros.h"
#include "server/git/transport/remote_words.h"

namespace gitsync {
namespace {

// A remote that advertises more is broken or hostile.
constexpr size_t kMaxRefs = 500'000;
constexpr size_t kMaxRefNameBytes = 4096;
constexpr size_t kMaxRemoteWords = 2048;

bool IsSha1(absl::string_view id) {
  return id.size() == 40 && std::all_of(id.begin(), id.end(), [](unsigned char c) {
           return absl::ascii_isdigit(c) || (c >= 'a' && c <= 'f');
         });
}

}  // namespace

absl::Status ErrLineRefusal(const std::string& words) {
  const std::string lower = absl::AsciiStrToLower(words);
  if (absl::StrContains(lower, "not found") ||
      absl::StrContains(lower, "no such repository") ||
      absl::StrContains(lower, "does not exist")) {
    return Error(absl::StatusCode::kNotFound, reason::kRemoteRepositoryNotFound,
                 absl::StrCat("The remote has no such repository, or this key may not "
                              "see it. It said: ",
                              words));
  }
  return Error(absl::StatusCode::kFailedPrecondition, reason::kRemoteRejected,
               absl::StrCat("The remote refused: ", words))
      .With("remote_message", words);
}

absl::StatusOr<std::unique_ptr<Conversation>> Conversation::Start(
    GitTransport* transport, const Remote& remote, GitService service,
    const Context& context) {
  ASSIGN_OR_RETURN(std::unique_ptr<GitStream> stream,
                   transport->Open(remote, service, context));
  return std::unique_ptr<Conversation>(new Conversation(std::move(stream), remote));
}

absl::StatusOr<std::unique_ptr<Conversation>> Conversation::Open(
    GitTransport* transport, const Remote& remote, GitService service,
    const Context& context) {
  ASSIGN_OR_RETURN(std::unique_ptr<Conversation> conversation,
                   Start(transport, remote, service, context));
  RETURN_IF_ERROR(conversation->ReadAdvertisement());
  return conversation;
}

absl::StatusOr<std::unique_ptr<Conversation>> Conversation::StartUnasked(
    GitTransport* transport, const Remote& remote,
    std::vector<std::string> capabilities, const Context& context) {
  ASSIGN_OR_RETURN(std::unique_ptr<GitStream> stream,
                   transport->OpenUnasked(remote, context));
  if (stream == nullptr) return nullptr;
  std::unique_ptr<Conversation> conversation(
      new Conversation(std::move(stream), remote));
  conversation->advertisement_.capabilities = std::move(capabilities);
  conversation->unasked_ = true;
  conversation->advertises_ = conversation->stream_->Advertises();
  return conversation;
}

absl::Status Conversation::ReadAdvertisement() {
  read_ = ReadRefs();
  if (read_.ok()) return read_;
  stream_->Blame(read_);
  const std::string why = ReasonOf(read_);
  if (why == reason::kRemoteCommandFailed || why == reason::kRemoteProtocolError) {
    // A host's own words are often of use to its administrator only.
    Log(LogLevel::kWarning, "remote did not serve git",
        {{"host", host_}, {"error", read_}});
  }
  return read_;
}

absl::Status Conversation::ReadRefs() {
  bool first = true;
  for (bool spoke = false;; spoke = true) {
    const absl::StatusOr<PktLine> next = reader_.Next();
    if (!next.ok()) {
      const bool no_line = ReasonOf(next.status()) == reason::kRemoteProtocolError;
      return no_line && !spoke ? NotGit(next.status()) : next.status();
    }
    const PktLine& line = *next;
    if (line.kind == PktLine::Kind::kEnd) {
      // What the remote command says about its end is the better error.
      RETURN_IF_ERROR(stream_->Finish());
      if (const std::string words = stream_->RemoteMessages(); !words.empty()) {
        return NoProtocolError(words);
      }
      return ProtocolError("it ended the conversation before it listed its refs");
    }
    if (line.kind == PktLine::Kind::kFlush) break;
    absl::string_view text = line.Text();
    if (absl::ConsumePrefix(&text, "ERR ")) {
      return ErrLineRefusal(reader_.Words(text, kMaxRemoteWords));
    }
    if (first && absl::StartsWith(text, "version ")) continue;
    if (absl::ConsumePrefix(&text, "shallow ")) {
      if (advertisement_.shallow.size() == kMaxRefs) {
        return ProtocolError("it lists more than 500,000 shallow commits");
      }
      advertisement_.shallow.emplace_back(text);
      continue;
    }

    if (first) {
      const size_t nul = text.find('\0');
      if (nul != absl::string_view::npos) {
        advertisement_.capabilities = std::vector<std::string>(
            absl::StrSplit(text.substr(nul + 1), ' ', absl::SkipEmpty()));
        text = text.substr(0, nul);
      }
      first = false;
      for (const std::string& capability : advertisement_.capabilities) {
        if (absl::StartsWith(capability, "object-format=") &&
            capability != "object-format=sha1") {
          return Error(absl::StatusCode::kFailedPrecondition, reason::kUnsupported,
                       "The repository does not use SHA-1 object ids, the only ones "
                       "that GitSync can work with.");
        }
      }
    }
    if (text.size() < 42 || text[40] != ' ' || !IsSha1(text.substr(0, 40)) ||
        text.size() - 41 > kMaxRefNameBytes) {
      return ProtocolError("a line of its list of refs is none");
    }
    const absl::string_view id = text.substr(0, 40);
    absl::string_view name = text.substr(41);
    // An empty repository has this in place of a ref; ".have" names a commit of a
    // repository that the remote borrows objects from.
    if (name == "capabilities^{}" || name == ".have") continue;
    if (absl::ConsumeSuffix(&name, "^{}")) {
      if (!advertisement_.refs.empty() && name == advertisement_.refs.back().name) {
        advertisement_.refs.back().peeled_id = std::string(id);
      }
      continue;
    }
    if (advertisement_.refs.size() == kMaxRefs) {
      return ProtocolError("it lists more than 500,000 refs");
    }
    advertisement_.refs.push_back({std::string(name), std::string(id), ""});
  }
  return absl::OkStatus();
}

absl::Status Conversation::NotGit(const absl::Status& error) {
  std::string words = reader_.TakeText(kMaxRemoteWords / 2);
  if (const std::string more = stream_->RemoteMessages(); !more.empty()) {
    absl::StrAppend(&words, words.empty() ? "" : " | ", more);
  }
  // A stream that failed by itself has quoted what it got.
  return words.empty() ? error : NoProtocolError(words);
}

absl::Status Conversation::Decline() {
  RETURN_IF_ERROR(read_);
  RETURN_IF_ERROR(stream_->Write(kFlushPkt));
  return stream_->Finish();
}

}  // namespace gitsync
