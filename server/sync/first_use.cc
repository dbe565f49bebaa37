#include "server/sync/first_use.h"

#include <limits>
#include <memory>
#include <string>
#include <utility>

#include "server/base/error.h"
#include "server/base/reason.h"
#include "server/base/status_macros.h"
#include "server/base/steady_clock.h"
#include "server/base/uuid.h"
#include "server/sync/git_setup.h"

namespace gitsync {
namespace {

using FinalizeDone = std::function<void(absl::Status)>;

// Returns OK if nothing is left to finalize, whoever did it; the use itself then finds
// out what is there instead.
absl::Status FinalizeOnce(const SyncEnvironment& env,
                          const std::string& organization_id, const Context& context) {
  std::optional<GitConfigRow> pending;
  const auto look = [&](const Transaction& tx) {
    pending = AwaitingFirstUse(tx, ReadyGitConfig(tx, organization_id).status());
    return absl::OkStatus();
  };
  RETURN_IF_ERROR(env.store->Read(look));
  if (!pending.has_value()) return absl::OkStatus();
  FinalizeInput input;
  input.asked = false;
  const absl::Status finalized =
      Finalize(env, *pending, input, /*on_commit=*/nullptr, context).status();
  if (ReasonOf(finalized) != reason::kEtagMismatch) return finalized;
  RETURN_IF_ERROR(env.store->Read(look));
  return pending.has_value() ? finalized : absl::OkStatus();
}

}  // namespace

std::optional<GitConfigRow> AwaitingFirstUse(const Transaction& tx,
                                             const absl::Status& status) {
  if (ReasonOf(status) != reason::kGitNotFinalized) return std::nullopt;
  absl::StatusOr<GitConfigRow> config =
      tx.git_configs().Get(MetadataOf(status, "organization_id"));
  if (!config.ok() || config->kind == CredentialKind::kSsh) return std::nullopt;
  return *std::move(config);
}

void FinalizeForUse(const SyncEnvironment& env, const GitConfigRow& config,
                    const Context& context, FinalizeDone done) {
  const WorkerPool::Lane lane = FinalizeLane(config);
  const Context limited = context.WithDeadline(SteadyNow() + env.time_limit);
  const auto asking = std::make_shared<FinalizeDone>(std::move(done));
  const auto work = [&env, lane, limited, asking,
                     organization_id = config.organization_id](absl::Status admitted) {
    if (!admitted.ok()) return (*asking)(admitted);
    const absl::Status status = FinalizeOnce(env, organization_id, limited);
    // A call that was called off has no result to share with the others.
    if (limited.Check().ok()) {
      const WorkerPool::JointLimits all = {std::numeric_limits<size_t>::max(),
                                           std::numeric_limits<int64_t>::max()};
      for (const auto& payload : env.pool->TakeAlong(lane, all)) {
        (*std::static_pointer_cast<FinalizeDone>(payload))(status);
      }
    }
    (*asking)(status);
  };
  env.pool->SubmitJoint(
      lane, limited, work,
      {.payload = asking, .key = NewUuid(), .weight = 0, .on_end = nullptr});
}

}  // namespace gitsync
