#include "server/git/protocol/pkt_line.h"

#include <cstring>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/strip.h"
#include "server/base/printable.h"
#include "server/base/status_macros.h"
#include "server/git/transport/remote_words.h"

namespace gitsync {
namespace {

// The length that a line begins with; -1 if it is none.
int ParseLength(absl::string_view digits) {
  int length = 0;
  for (char c : digits) {
    if (!absl::ascii_isxdigit(static_cast<unsigned char>(c))) return -1;
    const int digit =
        absl::ascii_isdigit(c) ? c - '0' : absl::ascii_tolower(c) - 'a' + 10;
    length = length * 16 + digit;
  }
  return length;
}

bool ValidDataLength(int length) {
  return length >= 4 && static_cast<size_t>(length) <= kMaxPktLineBytes;
}

}  // namespace

void AppendPktLine(absl::string_view payload, std::string* out) {
  absl::StrAppend(out, absl::StrFormat("%04x", payload.size() + 4), payload);
}

absl::string_view PktLine::Text() const { return absl::StripSuffix(payload, "\n"); }

absl::StatusOr<bool> PktReader::Fill(size_t size) {
  if (buffer_.empty()) buffer_.resize(2 * kMaxPktLineBytes);
  if (begin_ == end_) begin_ = end_ = 0;
  if (begin_ + size > buffer_.size()) {
    std::memmove(buffer_.data(), buffer_.data() + begin_, end_ - begin_);
    end_ -= begin_;
    begin_ = 0;
  }
  while (end_ - begin_ < size) {
    ASSIGN_OR_RETURN(const size_t got,
                     stream_->Read(buffer_.data() + end_, buffer_.size() - end_));
    if (got == 0) return false;
    end_ += got;
  }
  return true;
}

absl::StatusOr<PktLine> PktReader::Next() {
  if (unread_.has_value()) return *std::exchange(unread_, std::nullopt);
  ASSIGN_OR_RETURN(const bool has_length, Fill(4));
  if (!has_length) {
    if (begin_ == end_) return PktLine{};
    return ProtocolError("its answer broke off");
  }
  const int length = ParseLength(absl::string_view(buffer_.data() + begin_, 4));
  if (length == 0) {
    begin_ += 4;
    return PktLine{PktLine::Kind::kFlush, ""};
  }
  if (!ValidDataLength(length)) return ProtocolError("a line has no valid length");
  ASSIGN_OR_RETURN(const bool has_line, Fill(static_cast<size_t>(length)));
  if (!has_line) return ProtocolError("its answer broke off");
  const absl::string_view payload(buffer_.data() + begin_ + 4,
                                  static_cast<size_t>(length) - 4);
  begin_ += static_cast<size_t>(length);
  return PktLine{PktLine::Kind::kData, payload};
}

absl::StatusOr<absl::string_view> PktReader::NextBytes() {
  if (begin_ == end_) {
    RETURN_IF_ERROR(Fill(1).status());
  }
  const absl::string_view bytes(buffer_.data() + begin_, end_ - begin_);
  begin_ = end_;
  return bytes;
}

std::string PktReader::TakeText(size_t limit) {
  stream_->CloseWriting();
  std::string text(buffer_, begin_, end_ - begin_);
  while (text.size() < limit) {
    const absl::StatusOr<size_t> got = stream_->Read(buffer_.data(), buffer_.size());
    // However it ends: what there is, is worth telling.
    if (!got.ok() || *got == 0) break;
    text.append(buffer_, 0, *got);
  }
  begin_ = end_ = 0;
  return PrintableLine(Words(text, limit));
}

std::string PktReader::Words(absl::string_view text, size_t limit) const {
  return PrintableText(stream_->WithoutSecret(text), limit);
}

absl::StatusOr<std::vector<std::string>> SplitPktLines(absl::string_view text) {
  std::vector<std::string> lines;
  while (!text.empty()) {
    const int length = text.size() < 4 ? -1 : ParseLength(text.substr(0, 4));
    if (length == 0) {
      text.remove_prefix(4);
      continue;
    }
    if (!ValidDataLength(length) || static_cast<size_t>(length) > text.size()) {
      return ProtocolError("its report has a line without a valid length");
    }
    const absl::string_view payload = text.substr(4, static_cast<size_t>(length) - 4);
    lines.emplace_back(absl::StripSuffix(payload, "\n"));
    text.remove_prefix(static_cast<size_t>(length));
  }
  return lines;
}

bool HasFlushPkt(absl::string_view text) {
  while (text.size() >= 4) {
    const int length = ParseLength(text.substr(0, 4));
    if (length == 0) return true;
    if (!ValidDataLength(length) || static_cast<size_t>(length) > text.size()) break;
    text.remove_prefix(static_cast<size_t>(length));
  }
  return false;
}

}  // namespace gitsync
