// Mirrors as folders and files of the disk.

#ifndef GITSYNC_SERVER_GIT_MIRROR_MIRROR_FILES_H_
#define GITSYNC_SERVER_GIT_MIRROR_MIRROR_FILES_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "server/git/pack/pack_merge.h"

namespace gitsync {

inline constexpr absl::string_view kMirrorEnding = ".git";
inline constexpr absl::string_view kTrashPrefix = "trash-";

struct MirrorOnDisk {
  uint64_t bytes = 0;  // of all files
  std::vector<PackOnDisk> packs;
};

// Looks at each file of the mirror at `path`; nothing if there is none. Deletes packs
// that nobody has finished for an hour.
std::optional<MirrorOnDisk> MeasureMirror(const std::string& path);

// Keeps the time when a mirror was last used, for a process that comes after this one.
void WriteLastUsed(const std::string& path, absl::Time time);
absl::Time ReadLastUsed(const std::string& path);

}  // namespace gitsync

#endif  // GITSYNC_SERVER_GIT_MIRROR_MIRROR_FILES_H_
