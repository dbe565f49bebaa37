// Packs as files of a mirror, with their index (gitformat-pack, version 2 of both),
// written without libgit2's indexer, which takes everything apart again to find out
// what is known here.

#ifndef GITSYNC_SERVER_GIT_PACK_PACK_FILE_H_
#define GITSYNC_SERVER_GIT_PACK_PACK_FILE_H_

#include <cstdint>
#include <cstdio>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "server/git/object/libgit2.h"
#include "server/git/object/sha1.h"
#include "server/git/pack/pack_entry.h"
#include "server/git/pack/pack_stream.h"

namespace gitsync {

// What the file of an unfinished pack begins with. One that nobody writes to any more
// was left by a process that was killed.
inline constexpr absl::string_view kUnfinishedPack = "tmp_pack_";

// The largest pack that PackFileWriter writes: offsets are of 31 bits.
inline constexpr uint64_t kMaxPackFileBytes = 0x7fffffff;

// So many deltas are put together at most to read an object of what is written here.
inline constexpr int kMaxDeltaChain = 50;

// Trees of this size and more are stored as they are: ids don't compress.
inline constexpr size_t kLargeTreeBytes = 32 << 10;

// Writes one pack. Readers see it when it is finished, not before; an unfinished one is
// deleted. Blocks on the disk, and does not wait until the disk has it: what a mirror
// loses is fetched again. Errors of all calls: RESOURCE_EXHAUSTED (STORAGE_FULL), or
// mirror faults.
class PackFileWriter {
 public:
  // A pack of `objects` objects in the folder `pack_dir`.
  static absl::StatusOr<std::unique_ptr<PackFileWriter>> Create(
      const std::string& pack_dir, size_t objects);
  ~PackFileWriter();
  PackFileWriter(const PackFileWriter&) = delete;
  PackFileWriter& operator=(const PackFileWriter&) = delete;

  // Begins the entry of an object, whose bytes are what is then added. Each object
  // once; the base of a delta is in the same pack.
  void Begin(const git_oid& id);
  absl::Status Add(absl::string_view bytes);

  // Returns the names of the pack's files, without ".pack" or ".idx".
  absl::StatusOr<std::string> Finish();

 private:
  struct Entry {
    git_oid id;
    uint32_t offset;
    uint32_t crc;
  };
  struct Close {
    void operator()(FILE* file) const { fclose(file); }
  };
  using File = std::unique_ptr<FILE, Close>;

  PackFileWriter(const std::string& pack_dir, std::string unfinished, File file);
  absl::Status Put(absl::string_view bytes);
  absl::Status WriteIndex(const std::string& path, const git_oid& checksum);

  const std::string pack_dir_;
  const std::string unfinished_;
  File file_;
  Sha1 checksum_;
  uint64_t size_ = 0;
  std::vector<Entry> entries_;
};

// Writes `objects`, which `repository` has, as a pack of its own. One whose successor
// is among them (whose id is the base of another) is written as what differs from that:
// the newest is read most.
absl::Status WritePackFile(git_repository* repository,
                           const std::vector<NewObject>& objects);

}  // namespace gitsync

#endif  // GITSYNC_SERVER_GIT_PACK_PACK_FILE_H_
