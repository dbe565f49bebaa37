// One push, from the first connection to the remote's last word.

#ifndef GITSYNC_SERVER_GIT_PUSH_RUN_H_
#define GITSYNC_SERVER_GIT_PUSH_RUN_H_

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "server/base/context.h"
#include "server/git/git_engine.h"
#include "server/git/mirror_pool.h"
#include "server/git/push_plan.h"
#include "server/git/receive_pack.h"
#include "server/git/transport/transport.h"

namespace gitsync {

struct PushSettings {
  GitTransport* transport = nullptr;
  MirrorPool* mirrors = nullptr;
  GitSignature committer;
  std::string agent;
  int max_tries = 10;             // how often the branch may move under a push
  absl::Duration confirm_budget;  // for reading the ref again after a broken push
};

// Used once, by one thread.
class PushRun {
 public:
  PushRun(const PushSettings& settings, const Repository& repository,
          const PushRequest& request, const PushHooks& hooks, const Context& context);

  // As GitEngine::Push.
  absl::StatusOr<PushResult> Run();

 private:
  using Answer = absl::StatusOr<std::optional<PushResult>>;

  // One try; no result means: again, from the top.
  Answer Try();
  // What is to be sent.
  struct Draft {
    std::string branch_tip;  // where the branch has to be; empty: nowhere
    std::string start;       // the commit it builds on; empty: none
    bool planned = false;
    PushPlan plan;
    // Once written:
    std::string commit_id;
    std::vector<NewObject> objects;
    std::string pack;  // thin; empty: too large to be held
  };

  // A draft for the commit that the branch was last seen at, made while the remote gets
  // ready; not planned if that is not known or does not work.
  Draft DraftEarly(Mirror& mirror) const;
  // Writes the commit and the pack of a plan and records the intent to send it.
  absl::Status WriteDraft(Mirror& mirror, Draft& draft) const;
  // Sends a draft and judges what came of it.
  Answer Send(std::unique_ptr<Conversation> conversation, Mirror mirror, Draft draft);
  // Finds out what became of a push whose report did not come.
  Answer Confirm(Mirror& mirror, const std::vector<git_oid>& objects,
                 const PushResult& pushed, const std::string& old_id,
                 const absl::Status& cause);

  // Brings refs into the mirror: the named ones, or all branches and tags.
  absl::Status Fetch(const Mirror& mirror, const std::vector<std::string>& names,
                     const Context& context);
  // The result of an earlier commit of this push, if `tip` has it.
  Answer EarlierResult(const Mirror& mirror, const std::string& tip);
  absl::Status ConflictError(const std::vector<std::string>& files) const;
  void Phase(GitPhase phase) const;
  // Waits a little, longer each time, at random; less if the context ends.
  void BackOff() const;

  const PushSettings& settings_;
  const Repository& repository_;
  const PushRequest& request_;
  const PushHooks& hooks_;
  const Context& context_;
  const std::string branch_ref_;

  std::vector<std::string> earlier_commits_;
  int moves_ = 0;          // refusals because the ref was not where it was seen
  std::string moved_tip_;  // where it was at the last of them
  int moves_at_tip_ = 0;   // how many in a row
  bool fetched_all_ = false;
  bool sent_again_ = false;
};

}  // namespace gitsync

#endif  // GITSYNC_SERVER_GIT_PUSH_RUN_H_
