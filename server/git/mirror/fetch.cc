#include "server/git/mirror/fetch.h"

#include <set>

#include "absl/strings/match.h"
#include "server/base/fail_point/fail_point.h"
#include "server/base/status_macros.h"
#include "server/git/object/shallow.h"
#include "server/git/protocol/upload_pack.h"
#include "server/git/transport/remote_words.h"

namespace gitsync {
namespace {

// More refs than this at once are a one-time sweep, not worth a file each.
constexpr size_t kMaxRememberedRefs = 16;
constexpr size_t kMaxAdvertisedHaves = 256;

}  // namespace

bool IsBranchOrTag(const RemoteRef& ref) {
  return absl::StartsWith(ref.name, "refs/heads/") ||
         absl::StartsWith(ref.name, "refs/tags/");
}

absl::Status FetchRefs(Conversation& conversation, const Mirror& mirror,
                       const std::vector<const RemoteRef*>& refs,
                       absl::string_view agent, absl::FunctionRef<void()> on_fetch,
                       const Context& context) {
  git_odb* raw_odb = nullptr;
  if (git_repository_odb(&raw_odb, mirror.repository()) != 0) {
    return GitFailure("open objects");
  }
  const OdbPtr odb(raw_odb);
  const auto has = [raw_odb](absl::string_view id) {
    const std::optional<git_oid> oid = ParseOid(id);
    return oid.has_value() && git_odb_exists(raw_odb, &*oid) == 1;
  };

  std::set<std::string> wants;
  for (const RemoteRef* ref : refs) {
    if (!has(ref->id)) {
      wants.insert(ref->id);
      continue;
    }
    const git_oid oid = *ParseOid(ref->id);
    git_odb_object* object = nullptr;
    // There, but unreadable: fetching does not replace it.
    if (git_odb_read(&object, raw_odb, &oid) != 0) return GitFailure("read a ref");
    git_odb_object_free(object);
  }
  if (wants.empty()) {
    conversation.Decline().IgnoreError();
    return absl::OkStatus();
  }
  on_fetch();
  // Before the commits that lead there: without it they would seem damaged.
  RETURN_IF_ERROR(
      AddShallow(mirror.repository(), conversation.advertisement().shallow));
  RETURN_IF_ERROR(FailPoint("fetch/asking"));
  std::vector<std::string> haves = mirror.KnownCommits();
  size_t advertised = 0;
  for (const RemoteRef& ref : conversation.advertisement().refs) {
    if (advertised == kMaxAdvertisedHaves) break;
    if (wants.count(ref.id) == 0 && mirror.HasCommit(ref.id)) {
      haves.push_back(ref.id);
      ++advertised;
    }
  }
  const absl::Status fetched =
      FetchPack(conversation, mirror.repository(),
                std::vector<std::string>(wants.begin(), wants.end()), haves, agent,
                mirror.max_fetch_bytes(), context);
  if (!fetched.ok()) {
    conversation.stream().Blame(fetched);
    return fetched;
  }
  mirror.PackAdded();
  git_odb_refresh(raw_odb);
  RETURN_IF_ERROR(FailPoint("fetch/received"));
  for (const std::string& id : wants) {
    if (!has(id)) return ProtocolError("its pack lacks what was asked for");
  }
  if (refs.size() <= kMaxRememberedRefs) {
    for (const RemoteRef* ref : refs) mirror.RememberTip(ref->name, ref->TargetId());
  }
  return absl::OkStatus();
}

}  // namespace gitsync
