// What packs are made of (gitformat-pack, version 2), for those who write them.

#ifndef GITSYNC_SERVER_GIT_PACK_PACK_ENTRY_H_
#define GITSYNC_SERVER_GIT_PACK_PACK_ENTRY_H_

#include <zlib.h>

#include <array>
#include <cstdint>
#include <memory>
#include <string>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "server/git/object/libgit2.h"
#include "server/git/pack/pack_sink.h"

namespace gitsync {

// Types of entries besides those of objects: a delta to what is at an offset before,
// or to the object of an id.
inline constexpr int kOffsetDelta = 6;
inline constexpr int kRefDelta = 7;

void AppendBigEndian(uint32_t value, std::string* out);
// `bytes` must have four from `at` on.
uint32_t BigEndianAt(absl::string_view bytes, size_t at);

// How long the head of a pack is, and where it says how many objects there are.
inline constexpr size_t kPackHeadBytes = 12;
inline constexpr size_t kObjectCountAt = 8;

// What a pack of so many objects begins with.
std::string PackHead(size_t objects);

// What an entry begins with. `base`: of a kRefDelta. `size`: of what is deflated.
std::string EntryHead(int type, size_t size, const git_oid* base);

// Writes entries to a sink, which must outlive it; one compressor for all of them.
class EntryWriter {
 public:
  EntryWriter(PackSink sink, int level);

  // `base`: of a kRefDelta. The sink's error, or INTERNAL.
  absl::Status Write(int type, absl::string_view content, const git_oid* base);

 private:
  struct End {
    void operator()(z_stream* stream) const { deflateEnd(stream); }
  };

  PackSink sink_;
  z_stream stream_ = {};
  std::unique_ptr<z_stream, End> owner_;
  std::array<char, 16 << 10> output_ = {};
};

}  // namespace gitsync

#endif  // GITSYNC_SERVER_GIT_PACK_PACK_ENTRY_H_
