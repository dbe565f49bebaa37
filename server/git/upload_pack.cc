#include "server/git/upload_pack.h"

#include <memory>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "server/base/error.h"
#include "server/base/reason.h"
#include "server/base/status_macros.h"
#include "server/git/sideband.h"

namespace gitsync {
namespace {

struct WritepackFree {
  void operator()(git_odb_writepack* writer) const { writer->free(writer); }
};

// Lets the context stop libgit2 while it works through a large pack.
int StopWhenContextEnds(const git_indexer_progress*, void* payload) {
  return static_cast<const Context*>(payload)->Check().ok() ? 0 : -1;
}

std::string FetchRequest(const Advertisement& advertisement,
                         const std::vector<std::string>& wants,
                         const std::vector<std::string>& haves,
                         absl::string_view agent) {
  std::string request;
  std::string capabilities = " side-band-64k";
  for (absl::string_view wish : {"thin-pack", "ofs-delta", "no-progress"}) {
    if (advertisement.Can(wish)) absl::StrAppend(&capabilities, " ", wish);
  }
  absl::StrAppend(&capabilities, " agent=", agent);
  for (size_t i = 0; i < wants.size(); ++i) {
    AppendPktLine(absl::StrCat("want ", wants[i], i == 0 ? capabilities : "", "\n"),
                  &request);
  }
  absl::StrAppend(&request, kFlushPkt);
  for (const std::string& have : haves) {
    AppendPktLine(absl::StrCat("have ", have, "\n"), &request);
  }
  AppendPktLine("done\n", &request);
  return request;
}

// Skips what comes before the pack: NAK, or an ACK for one or more of the commits that
// we said we have.
absl::Status SkipAcknowledgements(Conversation& conversation) {
  bool first = true;
  while (true) {
    ASSIGN_OR_RETURN(const PktLine line, conversation.reader().Next());
    if (line.kind == PktLine::Kind::kEnd) {
      RETURN_IF_ERROR(conversation.stream().Finish());
      return ProtocolError("it ended the conversation instead of sending a pack");
    }
    const absl::string_view text = line.Text();
    if (text != "NAK" && !absl::StartsWith(text, "ACK ")) {
      if (first) {
        return ProtocolError(absl::StrCat("it answered a fetch with: ",
                                          conversation.reader().Words(text, 500)));
      }
      conversation.reader().Unread(line);
      return absl::OkStatus();
    }
    first = false;
  }
}

absl::Status TooLarge(uint64_t max_bytes) {
  return Error(absl::StatusCode::kResourceExhausted, reason::kStorageFull,
               absl::StrCat("The repository sends more than the ", max_bytes >> 20,
                            " MiB that the server has room for. Make its history "
                            "smaller, or ask the server's operator for more room."));
}

}  // namespace

absl::Status FetchPack(Conversation& conversation, git_repository* repository,
                       const std::vector<std::string>& wants,
                       const std::vector<std::string>& haves, absl::string_view agent,
                       uint64_t max_bytes, const Context& context) {
  const Advertisement& advertisement = conversation.advertisement();
  if (!advertisement.Can("side-band-64k")) {
    return ProtocolError("it does not offer side-band-64k");
  }
  RETURN_IF_ERROR(
      conversation.stream().Write(FetchRequest(advertisement, wants, haves, agent)));
  RETURN_IF_ERROR(SkipAcknowledgements(conversation));

  git_odb* raw_odb = nullptr;
  if (git_repository_odb(&raw_odb, repository) != 0) return GitFailure("open objects");
  const OdbPtr odb(raw_odb);
  git_odb_writepack* raw_writer = nullptr;
  if (git_odb_write_pack(&raw_writer, raw_odb, StopWhenContextEnds,
                         const_cast<Context*>(&context)) != 0) {
    return GitFailure("begin a pack");
  }
  const std::unique_ptr<git_odb_writepack, WritepackFree> writer(raw_writer);
  git_indexer_progress progress = {};

  // What libgit2 refuses came from the remote, unless the disk or the time is the
  // reason, or the pack builds on what we wrongly said that we have.
  const auto refused = [&]() -> absl::Status {
    const absl::Status failure = GitFailure("index a pack");
    RETURN_IF_ERROR(context.Check());
    if (failure.code() == absl::StatusCode::kResourceExhausted || !haves.empty()) {
      return failure;
    }
    return ProtocolError("its pack is damaged");
  };
  SidebandReader answer(conversation.reader(), /*multiplexed=*/true);
  uint64_t received = 0;
  const auto append = [&](absl::string_view bytes) -> absl::Status {
    received += bytes.size();
    if (received > max_bytes) return TooLarge(max_bytes);
    if (writer->append(writer.get(), bytes.data(), bytes.size(), &progress) != 0) {
      return refused();
    }
    return absl::OkStatus();
  };
  ASSIGN_OR_RETURN(const bool whole, answer.ReadTo(append));
  if (!whole) {
    RETURN_IF_ERROR(conversation.stream().Finish());
    return ProtocolError("it ended the conversation in the middle of the pack");
  }
  if (writer->commit(writer.get(), &progress) != 0) return refused();
  // The pack is whole; how the remote's command ended does not matter any more.
  conversation.stream().Finish().IgnoreError();
  return absl::OkStatus();
}

}  // namespace gitsync
