// pkt-lines, the framing of git's protocols (gitprotocol-common).

#ifndef GITSYNC_SERVER_GIT_PROTOCOL_PKT_LINE_H_
#define GITSYNC_SERVER_GIT_PROTOCOL_PKT_LINE_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "server/git/transport/transport.h"

namespace gitsync {

inline constexpr absl::string_view kFlushPkt = "0000";
inline constexpr size_t kMaxPktLineBytes = 65520;  // with its length

// Appends `payload` as one line; at most kMaxPktLineBytes - 4 bytes.
void AppendPktLine(absl::string_view payload, std::string* out);

struct PktLine {
  enum class Kind { kData, kFlush, kEnd };
  Kind kind = Kind::kEnd;
  absl::string_view payload;  // valid until the next line is read

  // The payload without the newline that it may end with.
  absl::string_view Text() const;
};

// Reads lines from a stream. Not thread-safe.
class PktReader {
 public:
  explicit PktReader(GitStream* stream) : stream_(stream) {}

  // Blocks for the next line. kEnd if the stream ends before one.
  //
  // Errors: the stream's, and INTERNAL (REMOTE_PROTOCOL_ERROR) for what is no line, or
  // a stream that ends within one.
  absl::StatusOr<PktLine> Next();

  // Blocks for bytes that are in no line, behind the last one that was read; valid
  // until the next read. Empty at the end of the stream. Errors: the stream's.
  absl::StatusOr<absl::string_view> NextBytes();

  // Ends a conversation in which Next found no line, and returns what the remote
  // printed in place of lines: what Next could not read and what follows it, printable
  // and without secrets; at most `limit` bytes. Blocks for the end of the stream.
  std::string TakeText(size_t limit);

  // What the stream's remote said for people, printable and without secrets; at most
  // `limit` bytes.
  std::string Words(absl::string_view text, size_t limit) const;

  // Makes Next return `line`, which it has just returned, once more.
  void Unread(const PktLine& line) { unread_ = line; }

 private:
  // Makes `size` bytes available; false at the end of the stream.
  absl::StatusOr<bool> Fill(size_t size);

  GitStream* stream_;
  std::optional<PktLine> unread_;
  std::string buffer_;
  size_t begin_ = 0;
  size_t end_ = 0;
};

// Takes text apart that holds whole lines; flushes are left out.
absl::StatusOr<std::vector<std::string>> SplitPktLines(absl::string_view text);

// Whether whole pkt-lines of `text` end with a flush.
bool HasFlushPkt(absl::string_view text);

}  // namespace gitsync

#endif  // GITSYNC_SERVER_GIT_PROTOCOL_PKT_LINE_H_
