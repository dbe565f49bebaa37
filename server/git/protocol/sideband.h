// The multiplexed answers of git's protocols: data, progress, and a fatal error.

#ifndef GITSYNC_SERVER_GIT_PROTOCOL_SIDEBAND_H_
#define GITSYNC_SERVER_GIT_PROTOCOL_SIDEBAND_H_

#include <string>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "server/git/protocol/pkt_line.h"

namespace gitsync {

// Reads an answer to its end. Not thread-safe.
class SidebandReader {
 public:
  // With `multiplexed` false, the answer is plain pkt-lines, all of them data.
  SidebandReader(PktReader& reader, bool multiplexed)
      : reader_(reader), multiplexed_(multiplexed) {}

  // Reads data into data(), up to the flush of a report within it, the flush that ends
  // the answer or the end of the stream: what comes after a report, when the remote's
  // post-receive hooks are done, is not read. Blocks. INTERNAL (REMOTE_PROTOCOL_ERROR)
  // for more than `limit` bytes; and the stream's errors, after which what had come is
  // there.
  absl::Status ReadReport(size_t limit);

  // Hands data to `sink`, up to the flush that ends the answer. Returns whether there
  // was one: false if the stream ended before. Blocks. The errors of the stream and of
  // `sink`.
  absl::StatusOr<bool> ReadTo(absl::FunctionRef<absl::Status(absl::string_view)> sink);

  const std::string& data() const { return data_; }
  // What the remote and its hooks wrote for people: at most 4 KiB, as it came.
  const std::string& progress() const { return progress_; }
  // Why the remote gave up, printable; empty if it did not.
  const std::string& fatal() const { return fatal_; }

 private:
  // Reads one line; what kind it was.
  absl::StatusOr<PktLine::Kind> ReadLine(
      absl::FunctionRef<absl::Status(absl::string_view)> sink);
  absl::Status Append(absl::string_view bytes, size_t limit);

  PktReader& reader_;
  const bool multiplexed_;
  std::string data_;
  std::string progress_;
  std::string fatal_;
};

}  // namespace gitsync

#endif  // GITSYNC_SERVER_GIT_PROTOCOL_SIDEBAND_H_
