// Packs on the disk, entry by entry, as they are stored: to copy them without taking
// them apart. (libgit2 reads objects, not entries.)

#ifndef GITSYNC_SERVER_GIT_PACK_PACK_READER_H_
#define GITSYNC_SERVER_GIT_PACK_PACK_READER_H_

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "server/git/object/libgit2.h"
#include "server/git/pack/pack_sink.h"

namespace gitsync {

struct PackEntry {
  git_oid id = {};
  uint64_t offset = 0;
  uint64_t end = 0;
  uint64_t body = 0;  // where what is deflated begins
  uint32_t crc = 0;   // of all of it
  // Of the object; kRefDelta, also where the pack has an offset: `base` says of what.
  int type = 0;
  size_t size = 0;  // of what is deflated
  std::optional<git_oid> base;
};

// Not thread-safe. All errors are mirror faults.
class PackReader {
 public:
  // Opens `<path>.pack` with `<path>.idx`, of at most kMaxPackFileBytes. Reads the head
  // of each entry.
  static absl::StatusOr<PackReader> Open(const std::string& path);
  PackReader(PackReader&& other) noexcept;
  PackReader& operator=(PackReader&&) = delete;
  ~PackReader();

  // In the order of the file.
  const std::vector<PackEntry>& entries() const { return entries_; }

  // Passes the deflated bytes of an entry on. A fault if they are not those that were
  // written.
  absl::Status CopyBody(const PackEntry& entry, PackSink sink) const;

 private:
  explicit PackReader(int descriptor) : descriptor_(descriptor) {}
  absl::Status ReadIndex(const std::string& path);
  absl::Status ReadHead(const std::map<uint64_t, git_oid>& ids, PackEntry& entry) const;
  absl::Status Read(uint64_t offset, size_t size, char* out) const;

  int descriptor_;
  std::vector<PackEntry> entries_;
};

}  // namespace gitsync

#endif  // GITSYNC_SERVER_GIT_PACK_PACK_READER_H_
