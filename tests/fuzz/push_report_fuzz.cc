// A remote's answer to a push: bands, and the report that says what became of it. The
// first byte says whether the remote multiplexes.

#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "server/base/error.h"
#include "server/base/utf8.h"
#include "server/git/protocol/receive_pack.h"
#include "server/git/protocol/sideband.h"
#include "tests/fuzz/fuzz_stream.h"
#include "tests/fuzz/fuzz_target.h"

namespace {

constexpr char kRef[] = "refs/heads/main";

std::string Advertisement(bool side_band) {
  std::string line(40, '1');
  absl::StrAppend(&line, " ", kRef);
  line.push_back('\0');
  absl::StrAppend(&line, "report-status", side_band ? " side-band-64k" : "");
  std::string text;
  gitsync::AppendPktLine(line, &text);
  absl::StrAppend(&text, gitsync::kFlushPkt);
  return text;
}

// The data in the answer, without bands.
std::string DataIn(bool side_band, absl::string_view answer) {
  gitsync::FuzzStream stream{std::string(answer)};
  gitsync::PktReader reader(&stream);
  gitsync::SidebandReader bands(reader, side_band);
  std::string data;
  const auto ended = bands.ReadTo([&](absl::string_view bytes) {
    absl::StrAppend(&data, bytes);
    return absl::OkStatus();
  });
  FUZZ_CHECK(data.size() <= answer.size());
  FUZZ_CHECK(ended.ok() || !gitsync::ReasonOf(ended.status()).empty());
  return data;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const bool side_band = (data[0] & 1) != 0;
  const absl::string_view answer(reinterpret_cast<const char*>(data) + 1, size - 1);
  const std::string report = DataIn(side_band, answer);

  gitsync::FuzzTransport transport(absl::StrCat(Advertisement(side_band), answer));
  const auto conversation = gitsync::Conversation::Open(
      &transport, {}, gitsync::GitService::kReceivePack, gitsync::Context());
  FUZZ_CHECK(conversation.ok());
  const gitsync::SendResult result = gitsync::SendPack(
      **conversation, {std::string(40, '1'), std::string(40, '2'), kRef}, "gitsync",
      [](gitsync::PackSink sink) { return sink("PACK and a checksum of 20 bytes"); });

  const bool accepted = result.outcome == gitsync::SendOutcome::kAccepted;
  FUZZ_CHECK(!accepted || (absl::StrContains(report, "unpack ok") &&
                           absl::StrContains(report, absl::StrCat("ok ", kRef))));
  // The whole pack went out, so the remote may have it unless it says otherwise.
  FUZZ_CHECK(result.outcome != gitsync::SendOutcome::kNotSent);
  FUZZ_CHECK((result.outcome == gitsync::SendOutcome::kUnknown) == !result.error.ok());
  FUZZ_CHECK(result.remote_words.size() <= 2048);
  FUZZ_CHECK(gitsync::IsUtf8(result.remote_words));
  return 0;
}
