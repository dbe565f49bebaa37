// Ways through the history of a mirror, as git takes them: by commit date, and right
// whatever the dates are.

#ifndef GITSYNC_SERVER_GIT_OBJECT_COMMIT_WALK_H_
#define GITSYNC_SERVER_GIT_OBJECT_COMMIT_WALK_H_

#include <cstring>
#include <optional>
#include <queue>
#include <vector>

#include "absl/container/node_hash_map.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "server/git/object/commit_object.h"

namespace gitsync {

struct OidHash {
  size_t operator()(const git_oid& id) const {
    size_t hash;
    std::memcpy(&hash, id.id, sizeof(hash));
    return hash;
  }
};
struct OidEqual {
  bool operator()(const git_oid& a, const git_oid& b) const {
    return git_oid_equal(&a, &b) != 0;
  }
};

// Goes through commits and what leads to them, the newest first of those that it has
// come to. Without Hide it reads only as far as it goes. `reader` must outlive it.
// Errors: those of CommitReader::Read.
class CommitWalk {
 public:
  explicit CommitWalk(const CommitReader* reader) : reader_(reader) {}

  // Begins at a commit. Call before Next.
  absl::Status Push(const git_oid& id);
  // Leaves out a commit and what leads to it. Call before Next.
  absl::Status Hide(const git_oid& id);

  // The next commit; nothing at the end.
  absl::StatusOr<std::optional<Commit>> Next();

 private:
  struct Node {
    Commit commit;
    size_t number = 0;  // how many were known before it
    bool hidden = false;
    bool queued = true;
  };
  // Of the same date, the one that was come to first goes first: its parents, which may
  // be of that date too, come after all their children.
  struct Later {
    bool operator()(const Node* a, const Node* b) const {
      return a->commit.commit_time != b->commit.commit_time
                 ? a->commit.commit_time < b->commit.commit_time
                 : a->number > b->number;
    }
  };

  // Adds a commit, if it is not known yet.
  absl::StatusOr<Node*> Add(const git_oid& id);
  // Takes the newest one off the queue, and adds its parents.
  absl::StatusOr<Node*> Step();
  // Hides a node and the known ones that lead to it.
  void HideKnown(Node* node);
  // Finds all that is not hidden.
  absl::Status Limit();

  const CommitReader* const reader_;
  absl::node_hash_map<git_oid, Node, OidHash, OidEqual> nodes_;
  std::priority_queue<Node*, std::vector<Node*>, Later> queue_;
  size_t shown_in_queue_ = 0;  // those of the queue that are not hidden
  bool hides_ = false;
  std::optional<std::vector<Node*>>
      limited_;  // what Limit has found, the first one last
};

// Whether one of `from` is `ancestor` or has it in its history. Looks no further than
// to where their histories meet. Errors: those of CommitReader::Read.
absl::StatusOr<bool> AnyReaches(const CommitReader& reader,
                                absl::Span<const git_oid> from,
                                const git_oid& ancestor);

}  // namespace gitsync

#endif  // GITSYNC_SERVER_GIT_OBJECT_COMMIT_WALK_H_
