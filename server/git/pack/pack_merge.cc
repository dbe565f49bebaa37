#include "server/git/pack/pack_merge.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include <algorithm>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "server/base/status_macros.h"
#include "server/git/object/libgit2.h"
#include "server/git/pack/pack_entry.h"
#include "server/git/pack/pack_file.h"
#include "server/git/pack/pack_reader.h"
#include "server/git/pack/pack_stream.h"

namespace gitsync {
namespace {

constexpr size_t kMaxDeltaTreeBytes = 16 << 20;
// Headroom for heads that grow where an offset becomes an id.
constexpr uint64_t kMaxMergeBytes = kMaxPackFileBytes / 2;
// Each is open meanwhile.
constexpr size_t kMaxPacksAtOnce = 500;

using Depths = std::map<git_oid, int, OidLess>;

// How many deltas of the same pack build on each object, one on the other.
Depths HeightsIn(const PackReader& pack) {
  std::map<git_oid, git_oid, OidLess> bases;
  for (const PackEntry& entry : pack.entries()) {
    if (entry.base.has_value()) bases.emplace(entry.id, *entry.base);
  }
  Depths heights;
  for (const auto& [id, base] : bases) {
    int height = 0;
    // Stops where a longer way was found before, and at an impossible circle.
    for (auto at = bases.find(id);
         at != bases.end() && static_cast<size_t>(height) < bases.size();
         at = bases.find(at->second)) {
      ++height;
      int& known = heights[at->second];
      if (known >= height) break;
      known = height;
    }
  }
  return heights;
}

class Merger {
 public:
  Merger(git_odb* odb, PackFileWriter* out)
      : odb_(odb),
        out_(out),
        sink_([out](absl::string_view bytes) { return out->Add(bytes); }),
        deflated_(sink_, Z_BEST_SPEED) {}

  // `take`: the entries of `pack` that no pack before had.
  absl::Status Add(const PackReader& pack, const std::vector<const PackEntry*>& take) {
    const Depths heights = HeightsIn(pack);
    for (const PackEntry* entry : take) {
      const bool tree = entry->type == GIT_OBJECT_TREE &&
                        entry->size >= kLargeTreeBytes &&
                        entry->size <= kMaxDeltaTreeBytes;
      if (tree) {
        const auto height = heights.find(entry->id);
        RETURN_IF_ERROR(
            AddTree(pack, *entry, height == heights.end() ? 0 : height->second));
        continue;
      }
      RETURN_IF_ERROR(Copy(pack, *entry));
      if (!entry->base.has_value()) continue;
      const auto base = depths_.find(*entry->base);
      if (base == depths_.end()) continue;
      depths_[entry->id] = base->second + 1;
      newer_ = entry->id;
      newer_object_.reset();
    }
    return absl::OkStatus();
  }

 private:
  absl::Status Copy(const PackReader& pack, const PackEntry& entry) {
    out_->Begin(entry.id);
    const git_oid* base = entry.base.has_value() ? &*entry.base : nullptr;
    RETURN_IF_ERROR(out_->Add(EntryHead(entry.type, entry.size, base)));
    return pack.CopyBody(entry, sink_);
  }

  // A large tree that is whole: `height` deltas build on it.
  absl::Status AddTree(const PackReader& pack, const PackEntry& entry, int height) {
    ASSIGN_OR_RETURN(OdbObjectPtr object, ReadObject(odb_, entry.id));
    int depth = 0;
    if (newer_.has_value() && depths_[*newer_] + 1 + height <= kMaxDeltaChain) {
      if (newer_object_ == nullptr) {
        ASSIGN_OR_RETURN(newer_object_, ReadObject(odb_, *newer_));
      }
      const std::string delta =
          MakeDelta(ContentOf(newer_object_.get()), ContentOf(object.get()));
      if (delta.size() < entry.size / 4) {
        depth = depths_[*newer_] + 1;
        out_->Begin(entry.id);
        RETURN_IF_ERROR(deflated_.Write(kRefDelta, delta, &*newer_));
      }
    }
    if (depth == 0) {
      RETURN_IF_ERROR(Copy(pack, entry));
    }
    depths_[entry.id] = depth;
    newer_ = entry.id;
    newer_object_ = std::move(object);
    return absl::OkStatus();
  }

  git_odb* const odb_;
  PackFileWriter* const out_;
  const std::function<absl::Status(absl::string_view)> sink_;
  EntryWriter deflated_;
  // Of large trees, and what are deltas to them: how many deltas each of them is.
  Depths depths_;
  std::optional<git_oid> newer_;  // the last of them
  OdbObjectPtr newer_object_;     // null: not read yet
};

}  // namespace

std::vector<PackOnDisk> PacksToMerge(std::vector<PackOnDisk> packs) {
  std::sort(packs.begin(), packs.end(),
            [](const PackOnDisk& a, const PackOnDisk& b) { return a.bytes < b.bytes; });
  size_t merged = 0;
  uint64_t smaller = 0;
  for (size_t i = 0; i < packs.size(); ++i) {
    if (i == kMaxPacksAtOnce || smaller + packs[i].bytes > kMaxMergeBytes) break;
    if (i > 0 && packs[i].bytes < 2 * smaller) merged = i + 1;
    smaller += packs[i].bytes;
  }
  packs.resize(merged);
  return packs;
}

absl::StatusOr<std::vector<std::string>> MergePacks(const std::string& objects_dir,
                                                    std::vector<PackOnDisk> packs) {
  // From the newest: what several packs have is taken from that, with what it builds
  // on, so that no two objects come to build on each other.
  std::sort(packs.begin(), packs.end(),
            [](const PackOnDisk& a, const PackOnDisk& b) { return a.made > b.made; });
  const std::string pack_dir = absl::StrCat(objects_dir, "/pack");
  std::vector<PackReader> readers;
  std::vector<std::vector<const PackEntry*>> takes;
  std::set<git_oid, OidLess> seen;
  for (const PackOnDisk& pack : packs) {
    ASSIGN_OR_RETURN(PackReader reader,
                     PackReader::Open(absl::StrCat(pack_dir, "/", pack.name)));
    readers.push_back(std::move(reader));
    std::vector<const PackEntry*>& take = takes.emplace_back();
    for (const PackEntry& entry : readers.back().entries()) {
      if (seen.insert(entry.id).second) take.push_back(&entry);
    }
  }
  git_odb* raw_odb = nullptr;
  if (git_odb_open(&raw_odb, objects_dir.c_str()) != 0) {
    return GitFailure("open objects");
  }
  const OdbPtr odb(raw_odb);
  ASSIGN_OR_RETURN(const std::unique_ptr<PackFileWriter> out,
                   PackFileWriter::Create(pack_dir, seen.size()));
  Merger merger(raw_odb, out.get());
  for (size_t i = 0; i < readers.size(); ++i) {
    RETURN_IF_ERROR(merger.Add(readers[i], takes[i]));
  }
  ASSIGN_OR_RETURN(const std::string name, out->Finish());
  // It is as old as what is in it, among those that were added meanwhile.
  const timespec times[] = {{0, UTIME_OMIT}, absl::ToTimespec(packs.front().made)};
  utimensat(AT_FDCWD, absl::StrCat(pack_dir, "/", name, ".pack").c_str(), times, 0);
  std::vector<std::string> useless;
  for (PackOnDisk& pack : packs) {
    if (pack.name != name) useless.push_back(std::move(pack.name));
  }
  return useless;
}

void DeletePacks(const std::string& objects_dir,
                 const std::vector<std::string>& names) {
  for (const std::string& name : names) {
    // What git may have put beside it is of no use without it. Nobody looks for the
    // pack once there is no index.
    for (const char* ending :
         {".rev", ".bitmap", ".mtimes", ".keep", ".idx", ".pack"}) {
      unlink(absl::StrCat(objects_dir, "/pack/", name, ending).c_str());
    }
  }
}

}  // namespace gitsync
