// What a remote says first: its refs, and what it can do (gitprotocol-pack, version 0).

#ifndef GITSYNC_SERVER_GIT_PROTOCOL_ADVERTISEMENT_H_
#define GITSYNC_SERVER_GIT_PROTOCOL_ADVERTISEMENT_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "server/git/protocol/remote_branches.h"

namespace gitsync {

inline constexpr absl::string_view kZeroId = "0000000000000000000000000000000000000000";

struct RemoteRef {
  std::string name;
  std::string id;
  std::string peeled_id;  // of an annotated tag: what it points at in the end

  // What a commit would be read from.
  const std::string& TargetId() const { return peeled_id.empty() ? id : peeled_id; }
};

struct Advertisement {
  std::vector<RemoteRef> refs;
  std::vector<std::string> capabilities;
  std::vector<std::string> shallow;  // commits whose parents the remote has not

  // Null if there is no such ref.
  const RemoteRef* Find(absl::string_view name) const;
  // Whether it has the capability, "side-band-64k", "object-format=sha1", or of one
  // that comes with a value, "agent", any.
  bool Can(absl::string_view capability) const;
  // The default one is told by upload-pack alone.
  RemoteBranches Branches() const;
};

}  // namespace gitsync

#endif  // GITSYNC_SERVER_GIT_PROTOCOL_ADVERTISEMENT_H_
