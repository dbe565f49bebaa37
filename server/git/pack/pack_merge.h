// Making one pack of many. Each push and each fetch leaves a pack, and a lookup of an
// object goes through all of them.

#ifndef GITSYNC_SERVER_GIT_PACK_PACK_MERGE_H_
#define GITSYNC_SERVER_GIT_PACK_PACK_MERGE_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace gitsync {

struct PackOnDisk {
  std::string name;  // of its files, without ".pack" or ".idx"
  uint64_t bytes = 0;
  absl::Time made;
};

// Those of `packs` to make one of, so that of what stays each pack is at least twice as
// large as all smaller ones together: there are few, and what is large is seldom copied
// again. Fewer than two: nothing is to be done.
std::vector<PackOnDisk> PacksToMerge(std::vector<PackOnDisk> packs);

// Writes one pack of all objects of `packs`, which are in the folder "pack" of
// `objects_dir`. Others may read and add objects meanwhile. Entries are copied as they
// are, but for large trees, which become deltas to the next newer one. Returns the
// names of the packs that are of no use any more. Blocks on the disk.
// RESOURCE_EXHAUSTED (STORAGE_FULL), or mirror faults.
absl::StatusOr<std::vector<std::string>> MergePacks(const std::string& objects_dir,
                                                    std::vector<PackOnDisk> packs);

// Deletes packs that MergePacks returned. Who began to look through the folder before
// the merged pack was there may find neither that nor these: repositories that were
// opened before are closed first. A pack that is open stays readable.
void DeletePacks(const std::string& objects_dir, const std::vector<std::string>& names);

}  // namespace gitsync

#endif  // GITSYNC_SERVER_GIT_PACK_PACK_MERGE_H_
