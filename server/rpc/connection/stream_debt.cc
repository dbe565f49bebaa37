#include "server/rpc/connection/stream_debt.h"

#include <algorithm>

namespace gitsync {
namespace {

constexpr double kForgottenPerSecond = 100;
// The headers of an honest request, with everything else that the connection sends, are
// shorter than this.
constexpr double kLongHeadersBytes = 1024;
constexpr double kWeightOfLongHeaders = 3;
// More than a handshake plus what a first request may have in flight before the server
// has begun to read it. More bytes than this can't be a request.
constexpr int64_t kMaxBytesBeforeFirst = 128 << 10;

}  // namespace

void StreamDebt::Add(const StreamCounts& before, const StreamCounts& now,
                     absl::Duration elapsed) {
  says_nothing_ = now.begun == 0 && now.bytes > kMaxBytesBeforeFirst;
  const double forgotten = kForgottenPerSecond * absl::ToDoubleSeconds(elapsed);
  const auto begun = static_cast<double>(now.begun - before.begun);
  const auto read = static_cast<double>(now.read - before.read);
  const auto answered = static_cast<double>(now.answered - before.answered);
  const auto bytes = static_cast<double>(now.bytes - before.bytes);
  const bool long_headers = bytes > kLongHeadersBytes * begun;
  const double weight = long_headers ? kWeightOfLongHeaders : 1;
  // A message that takes long to arrive pays back at least what its stream was counted
  // as.
  unread_ =
      std::max(0.0, unread_ + weight * begun - kWeightOfLongHeaders * read - forgotten);
  unanswered_ = std::max(0.0, unanswered_ + begun - answered - forgotten);
}

}  // namespace gitsync
