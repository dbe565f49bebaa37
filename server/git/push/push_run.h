// One run of pushes that go out together, from the first connection to the remote's
// last word.

#ifndef GITSYNC_SERVER_GIT_PUSH_PUSH_RUN_H_
#define GITSYNC_SERVER_GIT_PUSH_PUSH_RUN_H_

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "server/base/context.h"
#include "server/git/mirror/mirror_pool.h"
#include "server/git/protocol/conversation.h"
#include "server/git/protocol/receive_pack.h"
#include "server/git/push/branch_push.h"
#include "server/git/push/capability_cache.h"
#include "server/git/push/push_plan.h"
#include "server/git/transport/transport.h"

namespace gitsync {

struct PushSettings {
  GitTransport* transport = nullptr;
  MirrorPool* mirrors = nullptr;
  CapabilityCache* capabilities = nullptr;
  GitSignature committer;
  std::string agent;
  int max_tries = 10;             // how often the branch may move under a push
  absl::Duration confirm_budget;  // for reading the ref again after a broken push
};

// Used once, by one thread.
class PushRun {
 public:
  // `items` is not empty. All outlive this object.
  PushRun(const PushSettings& settings, const Repository& repository,
          const std::vector<PushItem>& items, const PushHooks& hooks,
          const Context& context);

  // A conversation with a remote that gets ready for a push. One that is not used ends
  // with a word to the remote, which the connection outlives.
  class StartedConversation {
   public:
    StartedConversation(absl::StatusOr<std::unique_ptr<Conversation>> conversation)
        : conversation_(std::move(conversation)) {}
    StartedConversation(const absl::Status& error) : conversation_(error) {}
    StartedConversation(StartedConversation&& other) = default;
    ~StartedConversation();

    absl::StatusOr<std::unique_ptr<Conversation>> Take() {
      return std::exchange(conversation_, nullptr);
    }

   private:
    absl::StatusOr<std::unique_ptr<Conversation>> conversation_;
  };

  // Starts a conversation, without asking where the branch is if a push to the remote
  // has just told: the compare-and-swap finds out as well. Blocks.
  static absl::StatusOr<std::unique_ptr<Conversation>> Start(
      const PushSettings& settings, const Repository& repository,
      const Context& context);

  // As BranchPush::Push, in a conversation that was started; its error is every item's.
  void Run(StartedConversation start);

 private:
  // An item that has no answer yet.
  struct Open {
    size_t item;
    std::vector<std::string> earlier_commits;
  };
  // Items that are sent together. One is split when the remote refuses it.
  struct Group {
    std::vector<Open> open;
    int rounds = 0;
    int moves = 0;            // refusals because the ref was not where it was seen
    std::string moved_tip;    // where it was at the last of them
    int moves_at_tip = 0;     // how many in a row
    bool sent_again = false;  // after an error before the pack was complete
  };
  // What one item adds to the branch.
  struct Step {
    size_t item;
    PushPlan plan;
    std::string parent_id;  // empty: none
    std::string commit_id;  // `parent_id`, if it adds no commit
    bool adds = false;      // a commit, or else the branch itself
  };
  // What is to be sent.
  struct Draft {
    std::string branch_tip;  // where the branch has to be; empty: nowhere
    std::string start;       // the commit that it builds on; empty: none
    std::vector<Step> steps;
    std::vector<NewObject> objects;
    std::set<git_oid, OidLess> ids;  // theirs
    std::string pack;                // thin; empty: too large to be held

    const std::string& tip() const { return steps.back().commit_id; }
  };

  // Answers every item that is open with an error.
  void Fail(const absl::Status& status);
  // One try with the last group. An error is all items' answer.
  absl::Status Try(std::unique_ptr<Conversation> conversation);
  // The same without asking where the branch is. False if that can't be done.
  absl::StatusOr<bool> TryUnasked(std::unique_ptr<Conversation> conversation);
  absl::StatusOr<std::unique_ptr<Conversation>> StartAsking() const;
  // Whether the branch was at `tip` when an unasked conversation began, if it says.
  bool BeganAt(Conversation& conversation, const std::string& tip) const;
  // A draft for the commit that the branch was last seen at, made while the remote gets
  // ready; nothing if that is not known or does not work.
  std::optional<Draft> DraftEarly(Mirror& mirror) const;
  // A draft on a start that is the remote's. Answers those that can't be in it or need
  // not be; nothing if the mirror has to be filled first.
  absl::StatusOr<std::optional<Draft>> DraftNow(Mirror& mirror, const std::string& tip,
                                                const std::string& start);
  // Plans an item on top of the draft and commits it.
  absl::StatusOr<Step> PlanStep(Mirror& mirror, const Draft& draft, size_t item) const;
  void Add(Step step, Draft& draft) const;
  // Makes the pack and records the intents to send it.
  absl::Status Seal(Mirror& mirror, Draft& draft) const;
  // Answers the items that the branch has already as they are.
  void AnswerUnchanged(const Mirror& mirror, Draft& draft);
  // Whether every item of the draft still wants to be sent; forgets those that do not.
  bool Claim(const Draft& draft);
  // Sends a draft and judges what came of it.
  absl::Status Send(std::unique_ptr<Conversation> conversation, Mirror mirror,
                    const Draft& draft);
  // After a refusal: on with one half, then with the other.
  void Split();
  // Has what was sent looked for before anything is made of its items again: whatever
  // answers for a remote may have handed a push on twice, and tell of the second.
  void RememberSent(const Draft& draft);
  // Finds out what became of a draft that got no report of git's. False if it is known
  // to have come to nothing; else it is answered, or is to be tried on the branch's new
  // tip.
  bool Confirm(Mirror& mirror, const Draft& draft, const SendResult& sent);
  // What the branch shows of a draft.
  enum class Trace {
    kTaken,      // it is there
    kOvertaken,  // it is not there, and can't come any more
    kNone,       // the branch is as it was before
    kUnread,     // the branch could not be read
  };
  Trace LookForDraft(Mirror& mirror, const Draft& draft, const Remote& remote,
                     const Context& context, absl::Status* error) const;

  // The ref that the branch begins at if the remote has not got it; null if there is
  // none, or none that is known yet.
  const RemoteRef* StartOfNewBranch(const Advertisement& advertisement) const;
  // Finds the branch that one begins at of which the remote has not got the base, and
  // fetches it. FAILED_PRECONDITION (GIT_BRANCH_MISSING) if there is none, or must not
  // be.
  absl::Status FindDefaultBranch(const Mirror& mirror);
  // Brings refs into the mirror: the named ones, or all branches and tags.
  absl::Status Fetch(const Mirror& mirror, const std::vector<std::string>& names,
                     const Context& context);
  // Answers the items of which an earlier commit is reachable from `tip`.
  absl::Status AnswerEarlier(const Mirror& mirror, const std::string& tip);

  // Answers items of the last group, which are then no longer open.
  void Answer(std::vector<PushAnswer> answers);
  void AnswerTaken(const Mirror& mirror, const Draft& draft);
  // The commits that brought to `tip` what items of a draft find there, by item.
  std::map<size_t, std::string> CommitsOfUnchanged(const Mirror& mirror,
                                                   const std::string& tip,
                                                   const Draft& draft) const;
  // Answers all of the last group with the same error.
  void FailGroup(const absl::Status& status);
  Group& group() { return groups_.back(); }
  void Phase(GitPhase phase) const;
  // Waits a little, longer each time, at random; less if the context ends.
  void BackOff() const;

  const PushSettings& settings_;
  const Repository& repository_;
  const std::vector<PushItem>& items_;
  const PushHooks& hooks_;
  const Context& context_;
  const std::string branch_ref_;
  // Whether the push before this one was a moment ago, so that one after it may follow.
  const bool one_of_many_;

  std::vector<Group> groups_;   // worked on from the end
  bool taken_ = false;          // the remote has taken something
  std::string default_branch_;  // of the remote; empty: it was not asked for
  bool fetched_all_ = false;
  bool mirror_renewed_ = false;
};

}  // namespace gitsync

#endif  // GITSYNC_SERVER_GIT_PUSH_PUSH_RUN_H_
