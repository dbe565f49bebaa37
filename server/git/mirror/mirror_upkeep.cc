#include "server/git/mirror/mirror_upkeep.h"

#include <algorithm>
#include <filesystem>
#include <optional>
#include <system_error>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "absl/time/clock.h"
#include "server/base/logging.h"
#include "server/git/mirror/mirror_files.h"
#include "server/git/object/libgit2.h"

namespace gitsync {
namespace {

namespace fs = std::filesystem;

// How often it is tried to delete packs that were merged.
constexpr absl::Duration kDeletePeriod = absl::Seconds(1);

}  // namespace

MirrorUpkeep::MirrorUpkeep(MirrorPool* pool, const Options& options)
    : pool_(pool), options_(options) {
  pool_->OnManyPacks([this] {
    absl::MutexLock lock(&mutex_);
    woken_ = true;
    changed_.Signal();
  });
}

MirrorUpkeep::~MirrorUpkeep() {
  {
    absl::MutexLock lock(&mutex_);
    stopping_ = true;
    changed_.Signal();
  }
  if (thread_.joinable()) thread_.join();
}

void MirrorUpkeep::Start() {
  thread_ = std::thread([this] { Work(); });
}

void MirrorUpkeep::Work() {
  while (!Stopping()) {
    Pass();
    absl::Duration wait = options_.period;
    if (beyond_limit_) wait = std::min(wait, options_.grace);
    if (!merged_.empty()) wait = std::min(wait, kDeletePeriod);
    const absl::Time next = absl::Now() + wait;
    absl::MutexLock lock(&mutex_);
    while (!stopping_ && !woken_) {
      if (changed_.WaitWithDeadline(&mutex_, next)) break;
    }
    woken_ = false;
  }
}

bool MirrorUpkeep::Stopping() {
  absl::MutexLock lock(&mutex_);
  return stopping_;
}

void MirrorUpkeep::Pass() {
  if (!found_mirrors_) {
    FindMirrors();
    found_mirrors_ = true;
  }
  DeleteMerged();
  for (const MirrorPool::Use& use : pool_->TakeUses()) {
    if (Stopping()) return;
    WriteLastUsed(pool_->PathOf(use.id), use.time);
    LookAt(use);
  }
  DropLeastUsed();
  pool_->CloseUnusedSince(absl::Now() - options_.max_idle_time);
}

void MirrorUpkeep::FindMirrors() {
  std::error_code error;
  for (fs::directory_iterator it(pool_->directory(), error), end;
       !error && it != end && !Stopping(); it.increment(error)) {
    const std::string name = it->path().filename();
    absl::string_view id = name;
    std::error_code ignored;
    if (absl::StartsWith(name, kTrashPrefix)) {
      // Of a process that was killed: what this one drops is deleted at once.
      fs::remove_all(it->path(), ignored);
    } else if (absl::ConsumeSuffix(&id, kMirrorEnding)) {
      LookAt({std::string(id), ReadLastUsed(it->path())});
    }
  }
}

void MirrorUpkeep::LookAt(const MirrorPool::Use& use) {
  const std::string path = pool_->PathOf(use.id);
  std::optional<MirrorOnDisk> mirror = MeasureMirror(path);
  if (mirror.has_value() && Merge(use.id, mirror->packs)) mirror = MeasureMirror(path);
  if (mirror.has_value()) {
    mirrors_[use.id] = {mirror->bytes, use.time};
  } else {
    mirrors_.erase(use.id);
  }
}

bool MirrorUpkeep::Merge(const std::string& id, const std::vector<PackOnDisk>& packs) {
  if (packs.size() <= kManyPacks || merged_.count(id) != 0) return false;
  std::vector<PackOnDisk> merged = PacksToMerge(packs);
  if (merged.size() < 2) return false;
  const absl::Time start = absl::Now();
  const int count = static_cast<int>(merged.size());
  auto useless = MergePacks(ObjectsOf(id), std::move(merged));
  const absl::Status& status = useless.status();
  Log(status.ok() ? LogLevel::kDebug : LogLevel::kWarning,
      status.ok() ? "packs of a mirror merged" : "packs of a mirror not merged",
      {{"mirror_id", id},
       {"packs", count},
       {"milliseconds", absl::ToInt64Milliseconds(absl::Now() - start)},
       {"error", status}});
  if (useless.ok()) {
    merged_[id] = *std::move(useless);
    pool_->Reopen(id);
    DeleteMerged();
  } else if (IsMirrorFault(status)) {
    pool_->Drop(id);
  }
  return true;
}

void MirrorUpkeep::DeleteMerged() {
  for (auto it = merged_.begin(); it != merged_.end();) {
    if (pool_->Reopened(it->first)) {
      DeletePacks(ObjectsOf(it->first), it->second);
      it = merged_.erase(it);
    } else {
      ++it;
    }
  }
}

std::string MirrorUpkeep::ObjectsOf(const std::string& id) const {
  return absl::StrCat(pool_->PathOf(id), "/objects");
}

void MirrorUpkeep::DropLeastUsed() {
  uint64_t bytes = 0;
  std::vector<std::pair<absl::Time, std::string>> by_use;
  for (const auto& [id, mirror] : mirrors_) {
    bytes += mirror.bytes;
    by_use.emplace_back(mirror.last_used, id);
  }
  beyond_limit_ = bytes > options_.max_bytes;
  if (!beyond_limit_) return;
  std::sort(by_use.begin(), by_use.end());
  const absl::Time recent = absl::Now() - options_.grace;
  for (const auto& [last_used, id] : by_use) {
    if (bytes <= options_.max_bytes || last_used > recent || Stopping()) break;
    if (!pool_->DropIfUnused(id)) continue;
    const auto mirror = mirrors_.find(id);
    Log(LogLevel::kInfo, "mirror dropped to make room",
        {{"mirror_id", id}, {"bytes", static_cast<int64_t>(mirror->second.bytes)}});
    bytes -= mirror->second.bytes;
    mirrors_.erase(mirror);
  }
  beyond_limit_ = bytes > options_.max_bytes;
}

}  // namespace gitsync
