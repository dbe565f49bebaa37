#include "server/git/protocol/upload_pack.h"

#include <initializer_list>
#include <memory>

#include "absl/functional/function_ref.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "server/base/error.h"
#include "server/base/reason.h"
#include "server/base/status_macros.h"
#include "server/git/pack/pack_entry.h"
#include "server/git/protocol/sideband.h"
#include "server/git/transport/remote_words.h"

namespace gitsync {
namespace {

constexpr size_t kMostWords = 2048;
// "ACK " and an id.
constexpr size_t kAckBytes = 44;
constexpr size_t kLeastPackBytes = kPackHeadBytes + GIT_OID_RAWSZ;
// A head of one byte, and nothing, deflated.
constexpr size_t kLeastObjectBytes = 9;
// Five times what the largest repositories have; libgit2 needs some 12 bytes for each.
constexpr uint32_t kMostObjects = 50'000'000;
// A pack is not worth more for being tried; less keeps the connection.
constexpr size_t kMostTriedBytes = 1 << 20;

struct WritepackFree {
  void operator()(git_odb_writepack* writer) const { writer->free(writer); }
};

// Lets the context stop libgit2 while it works through a large pack.
int StopWhenContextEnds(const git_indexer_progress*, void* payload) {
  return static_cast<const Context*>(payload)->Check().ok() ? 0 : -1;
}

// What a remote is asked for, of what it offers.
struct Wishes {
  std::string capabilities;  // each with a space before it
  bool multiplexed = false;  // the pack comes in a side-band
};

Wishes WishesOf(const Advertisement& advertisement, absl::string_view agent) {
  Wishes wishes;
  // Of those that exclude each other, the better one comes first.
  for (const std::initializer_list<absl::string_view> choice :
       std::initializer_list<std::initializer_list<absl::string_view>>{
           {"multi_ack_detailed", "multi_ack"},
           {"side-band-64k", "side-band"},
           {"thin-pack"},
           {"ofs-delta"},
           {"no-progress"}}) {
    for (const absl::string_view wish : choice) {
      if (!advertisement.Can(wish)) continue;
      absl::StrAppend(&wishes.capabilities, " ", wish);
      wishes.multiplexed |= absl::StartsWith(wish, "side-band");
      break;
    }
  }
  if (advertisement.Can("agent")) {
    absl::StrAppend(&wishes.capabilities, " agent=", agent);
  }
  return wishes;
}

std::string FetchRequest(const Wishes& wishes, const std::vector<std::string>& wants,
                         const std::vector<std::string>& haves, bool shallow = false) {
  std::string request;
  for (size_t i = 0; i < wants.size(); ++i) {
    AppendPktLine(
        absl::StrCat("want ", wants[i], i == 0 ? wishes.capabilities : "", "\n"),
        &request);
  }
  if (shallow) AppendPktLine("deepen 1\n", &request);
  absl::StrAppend(&request, kFlushPkt);
  for (const std::string& have : haves) {
    AppendPktLine(absl::StrCat("have ", have, "\n"), &request);
  }
  AppendPktLine("done\n", &request);
  return request;
}

// The next line of an answer that is not at its end yet.
absl::StatusOr<PktLine> NextLine(Conversation& conversation) {
  ASSIGN_OR_RETURN(const PktLine line, conversation.reader().Next());
  if (line.kind == PktLine::Kind::kEnd) {
    RETURN_IF_ERROR(conversation.stream().Finish());
    return ProtocolError("it ended the conversation instead of sending a pack");
  }
  absl::string_view text = line.Text();
  if (absl::ConsumePrefix(&text, "ERR ")) {
    return ErrLineRefusal(conversation.reader().Words(text, kMostWords));
  }
  return line;
}

// Skips what comes before the pack: "ACK <id> common", "... continue" or "... ready" of
// commits that we said we have, and the last word, "ACK <id>" or "NAK".
absl::Status SkipAcknowledgements(Conversation& conversation, bool multiplexed) {
  bool first = true;
  while (true) {
    ASSIGN_OR_RETURN(const PktLine line, NextLine(conversation));
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
    // A pack that comes without lines is not to be looked into for one. In lines,
    // another word too many does no harm.
    const bool last = text == "NAK" || text.size() == kAckBytes;
    if (last && !multiplexed) return absl::OkStatus();
  }
}

// Hands the pack to `sink`. Whether the answer came to an end; without a side-band only
// the pack tells.
absl::StatusOr<bool> ReadPack(Conversation& conversation, bool multiplexed,
                              absl::FunctionRef<absl::Status(absl::string_view)> sink) {
  if (multiplexed) {
    return SidebandReader(conversation.reader(), /*multiplexed=*/true).ReadTo(sink);
  }
  while (true) {
    ASSIGN_OR_RETURN(const absl::string_view bytes, conversation.reader().NextBytes());
    if (bytes.empty()) return true;
    RETURN_IF_ERROR(sink(bytes));
  }
}

absl::Status BrokenOff(Conversation& conversation) {
  RETURN_IF_ERROR(conversation.stream().Finish());
  return ProtocolError("it ended the conversation in the middle of the pack");
}

absl::Status TooLarge(uint64_t max_bytes) {
  return Error(absl::StatusCode::kResourceExhausted, reason::kStorageFull,
               absl::StrCat("The repository sends more than the ", max_bytes >> 20,
                            " MiB that the server has room for. Make its history "
                            "smaller, or ask the server's operator for more room."));
}

absl::Status TooManyObjects(uint32_t objects) {
  return Error(absl::StatusCode::kResourceExhausted, reason::kStorageFull,
               absl::StrCat("The repository announces ", objects,
                            " objects, and the server takes ", kMostObjects,
                            ". Make its history smaller."));
}

}  // namespace

absl::Status FetchPack(Conversation& conversation, git_repository* repository,
                       const std::vector<std::string>& wants,
                       const std::vector<std::string>& haves, absl::string_view agent,
                       uint64_t max_bytes, const Context& context) {
  const Wishes wishes = WishesOf(conversation.advertisement(), agent);
  RETURN_IF_ERROR(conversation.stream().Write(FetchRequest(wishes, wants, haves)));
  RETURN_IF_ERROR(SkipAcknowledgements(conversation, wishes.multiplexed));

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
  uint64_t received = 0;
  std::string head;
  const auto append = [&](absl::string_view bytes) -> absl::Status {
    received += bytes.size();
    if (received > max_bytes) return TooLarge(max_bytes);
    if (head.size() < kPackHeadBytes) {
      absl::StrAppend(&head, bytes.substr(0, kPackHeadBytes - head.size()));
      // libgit2 makes room for as many objects as a pack announces.
      if (head.size() == kPackHeadBytes) {
        const uint32_t objects = BigEndianAt(head, kObjectCountAt);
        if (objects > max_bytes / kLeastObjectBytes) return TooLarge(max_bytes);
        if (objects > kMostObjects) return TooManyObjects(objects);
      }
    }
    if (writer->append(writer.get(), bytes.data(), bytes.size(), &progress) != 0) {
      return refused();
    }
    return absl::OkStatus();
  };
  ASSIGN_OR_RETURN(const bool ended,
                   ReadPack(conversation, wishes.multiplexed, append));
  const bool whole = progress.total_objects == progress.received_objects &&
                     received >= kLeastPackBytes;
  if (!ended || !whole) return BrokenOff(conversation);
  if (writer->commit(writer.get(), &progress) != 0) return refused();
  // The pack is whole; how the remote's command ended does not matter any more.
  conversation.stream().Finish().IgnoreError();
  return absl::OkStatus();
}

absl::Status TryFetch(Conversation& conversation, const std::string& want,
                      absl::string_view agent) {
  const Wishes wishes = WishesOf(conversation.advertisement(), agent);
  const bool shallow = conversation.advertisement().Can("shallow");
  // Of a commit that we say we have, a remote sends an empty pack.
  const std::vector<std::string> haves =
      shallow ? std::vector<std::string>() : std::vector<std::string>{want};
  RETURN_IF_ERROR(
      conversation.stream().Write(FetchRequest(wishes, {want}, haves, shallow)));
  while (shallow) {
    ASSIGN_OR_RETURN(const PktLine line, NextLine(conversation));
    if (line.kind == PktLine::Kind::kFlush) break;
    if (!absl::StartsWith(line.payload, "shallow ") &&
        !absl::StartsWith(line.payload, "unshallow ")) {
      return ProtocolError(
          absl::StrCat("it answered a fetch with: ",
                       conversation.reader().Words(line.Text(), kMostWords)));
    }
  }
  RETURN_IF_ERROR(SkipAcknowledgements(conversation, wishes.multiplexed));
  std::string pack;
  const auto keep = [&pack](absl::string_view bytes) -> absl::Status {
    absl::StrAppend(&pack, bytes);
    return pack.size() > kMostTriedBytes ? absl::OutOfRangeError("") : absl::OkStatus();
  };
  const absl::StatusOr<bool> ended = ReadPack(conversation, wishes.multiplexed, keep);
  const bool enough = absl::IsOutOfRange(ended.status());
  if (!enough) {
    RETURN_IF_ERROR(ended.status());
    if (!*ended || pack.size() < kLeastPackBytes) return BrokenOff(conversation);
  }
  if (!absl::StartsWith(pack, "PACK")) return ProtocolError("it sends no pack");
  if (!enough) conversation.stream().Finish().IgnoreError();
  return absl::OkStatus();
}

}  // namespace gitsync
