// pkt-lines from a stream and in a text, and words of the remote that are shown.

#include <algorithm>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "server/base/printable.h"
#include "server/base/utf8.h"
#include "server/git/protocol/pkt_line.h"
#include "tests/fuzz/fuzz_stream.h"
#include "tests/fuzz/fuzz_target.h"

using gitsync::AppendPktLine;
using gitsync::PktLine;

namespace {

void CheckWords(absl::string_view input) {
  constexpr size_t kLimit = 100;
  const std::string words = gitsync::PrintableText(input, kLimit);
  FUZZ_CHECK(words.size() <= kLimit);
  FUZZ_CHECK(gitsync::IsUtf8(words));
  FUZZ_CHECK(std::none_of(words.begin(), words.end(), [](unsigned char c) {
    return (c < 0x20 && c != '\n' && c != '\t') || c == 0x7f;
  }));
  FUZZ_CHECK(gitsync::PrintableText(words, kLimit) == words);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const absl::string_view input(reinterpret_cast<const char*>(data), size);
  CheckWords(input);

  gitsync::FuzzStream stream{std::string(input)};
  gitsync::PktReader reader(&stream);
  std::string framed;
  std::vector<std::string> lines;
  bool flushed = false;
  absl::Status end;
  while (true) {
    const auto line = reader.Next();
    end = line.status();
    if (!end.ok() || line->kind == PktLine::Kind::kEnd) break;
    if (line->kind == PktLine::Kind::kFlush) {
      flushed = true;
      framed.append(gitsync::kFlushPkt.data(), gitsync::kFlushPkt.size());
      continue;
    }
    FUZZ_CHECK(line->payload.size() <= gitsync::kMaxPktLineBytes - 4);
    AppendPktLine(line->payload, &framed);
    lines.emplace_back(line->Text());
  }
  // What was read is what was there, but for the case of hexadecimal digits.
  FUZZ_CHECK(framed.size() <= input.size());
  FUZZ_CHECK(absl::EqualsIgnoreCase(framed, input.substr(0, framed.size())));
  FUZZ_CHECK(gitsync::HasFlushPkt(input) == flushed);
  const auto split = gitsync::SplitPktLines(input);
  FUZZ_CHECK(split.ok() == end.ok());
  if (split.ok()) FUZZ_CHECK(*split == lines);
  return 0;
}
