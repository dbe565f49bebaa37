#include "server/git/object/commit_walk.h"

#include <algorithm>
#include <utility>

#include "server/base/status_macros.h"

namespace gitsync {

absl::Status CommitWalk::Push(const git_oid& id) { return Add(id).status(); }

absl::Status CommitWalk::Hide(const git_oid& id) {
  ASSIGN_OR_RETURN(Node* const node, Add(id));
  HideKnown(node);
  hides_ = true;
  return absl::OkStatus();
}

absl::StatusOr<std::optional<Commit>> CommitWalk::Next() {
  if (!hides_) {
    if (queue_.empty()) return std::optional<Commit>();
    ASSIGN_OR_RETURN(const Node* const node, Step());
    return std::optional<Commit>(node->commit);
  }
  if (!limited_.has_value()) {
    RETURN_IF_ERROR(Limit());
  }
  if (limited_->empty()) return std::optional<Commit>();
  std::optional<Commit> next = limited_->back()->commit;
  limited_->pop_back();
  return next;
}

absl::StatusOr<CommitWalk::Node*> CommitWalk::Add(const git_oid& id) {
  const auto known = nodes_.find(id);
  if (known != nodes_.end()) return &known->second;
  ASSIGN_OR_RETURN(Commit commit, reader_->Read(id));
  Node* const node = &nodes_[id];
  node->commit = std::move(commit);
  node->number = nodes_.size();
  queue_.push(node);
  ++shown_in_queue_;
  return node;
}

absl::StatusOr<CommitWalk::Node*> CommitWalk::Step() {
  Node* const node = queue_.top();
  queue_.pop();
  node->queued = false;
  if (!node->hidden) --shown_in_queue_;
  for (const git_oid& id : node->commit.parents) {
    ASSIGN_OR_RETURN(Node* const parent, Add(id));
    if (node->hidden) HideKnown(parent);
  }
  return node;
}

void CommitWalk::HideKnown(Node* node) {
  std::vector<Node*> all = {node};
  while (!all.empty()) {
    Node* const next = all.back();
    all.pop_back();
    if (std::exchange(next->hidden, true)) continue;
    if (next->queued) --shown_in_queue_;
    for (const git_oid& id : next->commit.parents) {
      const auto parent = nodes_.find(id);
      if (parent != nodes_.end()) all.push_back(&parent->second);
    }
  }
}

// A commit may turn out to be hidden after it was come to, if one that it leads to has
// an older date. So the walk goes on as long as there are dates not older than what it
// has found, and a few commits more, as git's does.
absl::Status CommitWalk::Limit() {
  constexpr int kSlop = 5;
  std::vector<Node*> found;
  int slop = kSlop;
  while (!queue_.empty() && slop > 0) {
    if (shown_in_queue_ > 0 ||
        (!found.empty() &&
         found.back()->commit.commit_time <= queue_.top()->commit.commit_time)) {
      slop = kSlop;
    } else {
      --slop;
    }
    ASSIGN_OR_RETURN(Node* const node, Step());
    if (!node->hidden) found.push_back(node);
  }
  found.erase(std::remove_if(found.begin(), found.end(),
                             [](const Node* node) { return node->hidden; }),
              found.end());
  std::reverse(found.begin(), found.end());
  limited_ = std::move(found);
  return absl::OkStatus();
}

namespace {

// Colours commits by which side leads to them, until what both lead to is all that is
// left to look at. A commit on a way to `ancestor` never has both colours, so each such
// way is followed to its end.
class Painter {
 public:
  explicit Painter(const CommitReader& reader) : reader_(reader) {}

  absl::StatusOr<bool> Reaches(absl::Span<const git_oid> from,
                               const git_oid& ancestor) {
    for (const git_oid& id : from) {
      RETURN_IF_ERROR(Paint(id, kFrom));
    }
    RETURN_IF_ERROR(Paint(ancestor, kTo));
    const Node& wanted = nodes_[ancestor];
    while (open_in_queue_ > 0 && (wanted.colours & kFrom) == 0) {
      Node* const node = queue_.top();
      queue_.pop();
      --node->times_queued;
      if (!node->IsDone()) --open_in_queue_;
      unsigned colours = node->colours;
      if ((colours & (kFrom | kTo)) == (kFrom | kTo)) colours |= kDone;
      for (const git_oid& parent : node->commit.parents) {
        RETURN_IF_ERROR(Paint(parent, colours));
      }
    }
    return (wanted.colours & kFrom) != 0;
  }

 private:
  static constexpr unsigned kFrom = 1, kTo = 2, kDone = 4;
  struct Node {
    Commit commit;
    unsigned colours = 0;
    int times_queued = 0;

    bool IsDone() const { return (colours & kDone) != 0; }
  };
  struct Older {
    bool operator()(const Node* a, const Node* b) const {
      return a->commit.commit_time < b->commit.commit_time;
    }
  };

  absl::Status Paint(const git_oid& id, unsigned colours) {
    Node& node = nodes_[id];
    if (node.colours == 0) {
      ASSIGN_OR_RETURN(node.commit, reader_.Read(id));
    }
    if ((node.colours & colours) == colours) return absl::OkStatus();
    if (!node.IsDone()) open_in_queue_ -= node.times_queued;
    node.colours |= colours;
    ++node.times_queued;
    if (!node.IsDone()) open_in_queue_ += node.times_queued;
    queue_.push(&node);
    return absl::OkStatus();
  }

  const CommitReader& reader_;
  absl::node_hash_map<git_oid, Node, OidHash, OidEqual> nodes_;
  std::priority_queue<Node*, std::vector<Node*>, Older> queue_;
  int open_in_queue_ = 0;  // entries of it that are not done
};

}  // namespace

absl::StatusOr<bool> AnyReaches(const CommitReader& reader,
                                absl::Span<const git_oid> from,
                                const git_oid& ancestor) {
  return Painter(reader).Reaches(from, ancestor);
}

}  // namespace gitsync
