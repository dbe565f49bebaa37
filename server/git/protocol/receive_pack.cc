#include "server/git/protocol/receive_pack.h"

#include <algorithm>
#include <array>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "server/base/error.h"
#include "server/base/fail_point/fail_point.h"
#include "server/base/reason.h"
#include "server/base/status_macros.h"
#include "server/git/protocol/sideband.h"
#include "server/git/transport/remote_words.h"

namespace gitsync {
namespace {

constexpr size_t kMaxReportWords = 2048;
constexpr size_t kMaxReportBytes = 1 << 20;
constexpr size_t kWriteBytes = 64 << 10;
constexpr size_t kChecksumBytes = 20;

// Collects small pieces into large writes, and knows whether the last bytes of the
// pack, without which the remote can't use it, may have gone out.
class PackBuffer {
 public:
  explicit PackBuffer(GitStream& stream) : stream_(stream) {
    buffer_.reserve(kWriteBytes);
  }

  absl::Status Add(absl::string_view bytes) {
    absl::StrAppend(&buffer_, bytes);
    if (buffer_.size() < kWriteBytes) return absl::OkStatus();
    // Holds back what may be the pack's checksum.
    const size_t before = buffer_.size() - kChecksumBytes;
    RETURN_IF_ERROR(stream_.Write(absl::string_view(buffer_).substr(0, before)));
    buffer_.erase(0, before);
    return absl::OkStatus();
  }

  absl::Status SendLast() {
    // Without the checksum at its end, no pack is taken.
    const absl::string_view rest = buffer_;
    const size_t before = rest.size() - std::min(rest.size(), kChecksumBytes);
    RETURN_IF_ERROR(stream_.Write(rest.substr(0, before)));
    RETURN_IF_ERROR(FailPoint("push/in_pack"));
    last_tried_ = true;
    return stream_.Write(rest.substr(before));
  }

  bool last_tried() const { return last_tried_; }

 private:
  GitStream& stream_;
  std::string buffer_;
  bool last_tried_ = false;
};

struct Report {
  bool complete = false;  // says what became of the pack and of the ref
  bool accepted = false;
  std::string refusal;  // why not
};

Report ParseReport(const std::vector<std::string>& lines, absl::string_view ref) {
  Report report;
  bool unpacked = false, taken = false, refused = false;
  for (const std::string& text : lines) {
    absl::string_view line = text;
    if (absl::ConsumePrefix(&line, "unpack ")) {
      unpacked = line == "ok";
      if (!unpacked) {
        refused = true;
        report.refusal = absl::StrCat("unpack failed: ", line);
      }
    } else if (absl::ConsumePrefix(&line, "ok ")) {
      taken |= line == ref && unpacked;
    } else if (absl::ConsumePrefix(&line, "ng ")) {
      if (!absl::ConsumePrefix(&line, ref) || !(line.empty() || line[0] == ' ')) {
        continue;
      }
      refused = true;
      // The reason for the ref is often only "unpacker error".
      if (report.refusal.empty()) {
        report.refusal = std::string(absl::StripAsciiWhitespace(line));
        if (report.refusal.empty()) report.refusal = "refused without a reason";
      }
    }
  }
  // One that says both says nothing.
  report.complete = taken != refused;
  report.accepted = report.complete && taken;
  return report;
}

std::string Words(const PktReader& reader, const Report& report,
                  const std::string& progress, const std::string& messages) {
  std::string words = report.refusal;
  for (const std::string* more : {&progress, &messages}) {
    if (more->empty()) continue;
    absl::StrAppend(&words, words.empty() ? "" : "\n", *more);
  }
  return reader.Words(words, kMaxReportWords);
}

}  // namespace

bool MeansRefMoved(absl::string_view reason) {
  static constexpr std::array<absl::string_view, 9> kSigns = {
      "fetch first",     "stale info",          "failed to update ref",
      "cannot lock ref", "failed to lock",      "reference already exists",
      "but expected",    "incorrect old value", "unable to lock",
  };
  const std::string lower = absl::AsciiStrToLower(reason);
  for (absl::string_view sign : kSigns) {
    if (absl::StrContains(lower, sign)) return true;
  }
  return false;
}

SendResult SendPack(Conversation& conversation, const RefUpdate& update,
                    absl::string_view agent, PackWriter write_pack) {
  const Advertisement& advertisement = conversation.advertisement();
  if (!advertisement.Can("report-status")) {
    return {SendOutcome::kNotSent, "",
            Error(absl::StatusCode::kPermissionDenied, reason::kRemoteReadOnly,
                  "The remote does not say, as receive-pack does, that it reports "
                  "whether a push worked; GitSync does not push to it. A host that "
                  "lets this login only read may answer like this.")};
  }
  const bool side_band = advertisement.Can("side-band-64k");
  std::string command =
      absl::StrCat(update.old_id, " ", update.new_id, " ", update.ref);
  command.push_back('\0');
  absl::StrAppend(&command, " report-status");
  if (side_band) absl::StrAppend(&command, " side-band-64k");
  if (advertisement.Can("quiet")) absl::StrAppend(&command, " quiet");
  if (advertisement.Can("object-format=sha1")) {
    absl::StrAppend(&command, " object-format=sha1");
  }
  if (advertisement.Can("agent")) absl::StrAppend(&command, " agent=", agent);

  PackBuffer buffer(conversation.stream());
  const auto send = [&]() -> absl::Status {
    std::string head;
    AppendPktLine(command, &head);
    absl::StrAppend(&head, kFlushPkt);
    RETURN_IF_ERROR(buffer.Add(head));
    RETURN_IF_ERROR(
        write_pack([&buffer](absl::string_view bytes) { return buffer.Add(bytes); }));
    return buffer.SendLast();
  };
  const absl::Status sent = send();

  // A remote that hangs up in the middle of a pack (one too large, say) often reports
  // why before, so the report is read in any case.
  SidebandReader answer(conversation.reader(), side_band);
  absl::Status read = FailPoint("push/sent");
  if (read.ok()) read = answer.ReadReport(kMaxReportBytes);
  Report report;
  if (auto lines = SplitPktLines(answer.data()); lines.ok()) {
    report = ParseReport(*lines, update.ref);
  } else if (read.ok()) {
    read = lines.status();
  }
  SendResult result;
  if (report.accepted) {
    result.outcome = SendOutcome::kAccepted;
    return result;
  }
  const absl::Status finished = conversation.stream().Finish();
  result.remote_words = Words(conversation.reader(), report, answer.progress(),
                              side_band ? "" : conversation.stream().RemoteMessages());
  if (report.complete) {
    result.outcome =
        MeansRefMoved(report.refusal) ? SendOutcome::kMoved : SendOutcome::kRejected;
  } else if (!answer.fatal().empty() && sent.ok()) {
    // Band 3 says that the remote command gives up; it has not come to the report,
    // but may have come to the ref.
    result.outcome = SendOutcome::kUnknown;
    result.error = ProtocolError(absl::StrCat("it gave up: ", answer.fatal()));
  } else {
    const GitStream& stream = conversation.stream();
    result.outcome = !buffer.last_tried() || stream.TookNothing()
                         ? SendOutcome::kNotSent
                     : stream.Refused() ? SendOutcome::kRefused
                                        : SendOutcome::kUnknown;
    result.error = !sent.ok() ? sent : !read.ok() ? read : finished;
    // "Permission denied" from the remote command says more than "broken pipe".
    if (!finished.ok() && result.error.code() == absl::StatusCode::kUnavailable) {
      result.error = finished;
    }
    if (result.error.ok()) result.error = ProtocolError("it sent no report");
  }
  return result;
}

}  // namespace gitsync
