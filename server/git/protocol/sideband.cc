#include "server/git/protocol/sideband.h"

#include "absl/strings/str_cat.h"
#include "server/base/status_macros.h"
#include "server/git/transport/remote_words.h"

namespace gitsync {
namespace {

constexpr size_t kMaxProgressBytes = 4096;
constexpr size_t kMaxFatalBytes = 2048;

}  // namespace

absl::Status SidebandReader::Append(absl::string_view bytes, size_t limit) {
  if (data_.size() + bytes.size() > limit) {
    return ProtocolError("its report is too long");
  }
  absl::StrAppend(&data_, bytes);
  return absl::OkStatus();
}

absl::Status SidebandReader::ReadReport(size_t limit) {
  const auto append = [this, limit](absl::string_view bytes) {
    return Append(bytes, limit);
  };
  while (!HasFlushPkt(data_)) {
    ASSIGN_OR_RETURN(const PktLine::Kind kind, ReadLine(append));
    if (kind != PktLine::Kind::kData) break;
  }
  return absl::OkStatus();
}

absl::StatusOr<bool> SidebandReader::ReadTo(
    absl::FunctionRef<absl::Status(absl::string_view)> sink) {
  while (true) {
    ASSIGN_OR_RETURN(const PktLine::Kind kind, ReadLine(sink));
    if (kind != PktLine::Kind::kData) return kind == PktLine::Kind::kFlush;
  }
}

absl::StatusOr<PktLine::Kind> SidebandReader::ReadLine(
    absl::FunctionRef<absl::Status(absl::string_view)> sink) {
  ASSIGN_OR_RETURN(const PktLine line, reader_.Next());
  if (line.kind != PktLine::Kind::kData) return line.kind;
  if (!multiplexed_) {
    std::string framed;
    AppendPktLine(line.payload, &framed);
    RETURN_IF_ERROR(sink(framed));
    return line.kind;
  }
  if (line.payload.empty()) return ProtocolError("a line names no band");
  const absl::string_view bytes = line.payload.substr(1);
  switch (line.payload[0]) {
    case 1:
      RETURN_IF_ERROR(sink(bytes));
      return line.kind;
    case 2:
      if (progress_.size() < kMaxProgressBytes) {
        absl::StrAppend(&progress_,
                        bytes.substr(0, kMaxProgressBytes - progress_.size()));
      }
      return line.kind;
    case 3:
      fatal_ = reader_.Words(bytes, kMaxFatalBytes);
      return ProtocolError(absl::StrCat("it gave up: ", fatal_));
    default:
      return ProtocolError("a line names a band that does not exist");
  }
}

}  // namespace gitsync
