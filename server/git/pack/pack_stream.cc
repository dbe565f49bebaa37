#include "server/git/pack/pack_stream.h"

#include <zlib.h>

#include <algorithm>
#include <cstring>

#include "server/base/status_macros.h"
#include "server/git/object/sha1.h"
#include "server/git/pack/pack_entry.h"

namespace gitsync {
namespace {

// What git itself puts into one instruction of a delta.
constexpr size_t kMaxCopy = 0x10000;
constexpr size_t kMaxInsert = 127;
constexpr size_t kCompareBytes = 1024;

// Seven bits a byte, the least first.
void AppendVarint(size_t value, std::string* out) {
  for (; value >= 0x80; value >>= 7) {
    out->push_back(static_cast<char>(value | 0x80));
  }
  out->push_back(static_cast<char>(value));
}

void AppendCopy(size_t offset, size_t size, std::string* out) {
  while (size > 0) {
    const size_t piece = std::min(size, kMaxCopy);
    const size_t head = out->size();
    out->push_back('\0');
    unsigned char op = 0x80;
    for (int i = 0; i < 4; ++i) {
      const auto byte = static_cast<unsigned char>(offset >> (8 * i));
      if (byte == 0) continue;
      op |= static_cast<unsigned char>(1 << i);
      out->push_back(static_cast<char>(byte));
    }
    // A size of 0 means kMaxCopy.
    const size_t coded = piece == kMaxCopy ? 0 : piece;
    for (int i = 0; i < 2; ++i) {
      const auto byte = static_cast<unsigned char>(coded >> (8 * i));
      if (byte == 0) continue;
      op |= static_cast<unsigned char>(0x10 << i);
      out->push_back(static_cast<char>(byte));
    }
    (*out)[head] = static_cast<char>(op);
    offset += piece;
    size -= piece;
  }
}

void AppendInsert(absl::string_view bytes, std::string* out) {
  while (!bytes.empty()) {
    const absl::string_view piece = bytes.substr(0, kMaxInsert);
    out->push_back(static_cast<char>(piece.size()));
    out->append(piece.data(), piece.size());
    bytes.remove_prefix(piece.size());
  }
}

// How many bytes both begin with, at most `most`; blocks first, which the C library
// compares many bytes at a time.
size_t CommonPrefix(absl::string_view a, absl::string_view b, size_t most) {
  size_t same = 0;
  while (same + kCompareBytes <= most &&
         std::memcmp(a.data() + same, b.data() + same, kCompareBytes) == 0) {
    same += kCompareBytes;
  }
  while (same < most && a[same] == b[same]) ++same;
  return same;
}

// How many bytes both end with.
size_t CommonSuffix(absl::string_view a, absl::string_view b, size_t most) {
  const char* end_a = a.data() + a.size();
  const char* end_b = b.data() + b.size();
  size_t same = 0;
  while (same + kCompareBytes <= most &&
         std::memcmp(end_a - same - kCompareBytes, end_b - same - kCompareBytes,
                     kCompareBytes) == 0) {
    same += kCompareBytes;
  }
  while (same < most && end_a[-1 - static_cast<ptrdiff_t>(same)] ==
                            end_b[-1 - static_cast<ptrdiff_t>(same)]) {
    ++same;
  }
  return same;
}

}  // namespace

std::string MakeDelta(absl::string_view base, absl::string_view target) {
  const size_t most = std::min(base.size(), target.size());
  const size_t prefix = CommonPrefix(base, target, most);
  const size_t suffix = CommonSuffix(base, target, most - prefix);
  std::string delta;
  AppendVarint(base.size(), &delta);
  AppendVarint(target.size(), &delta);
  AppendCopy(0, prefix, &delta);
  AppendInsert(target.substr(prefix, target.size() - suffix - prefix), &delta);
  AppendCopy(base.size() - suffix, suffix, &delta);
  return delta;
}

absl::Status WritePack(git_repository* repository,
                       const std::vector<NewObject>& objects, bool thin,
                       PackSink sink) {
  git_odb* raw_odb = nullptr;
  if (git_repository_odb(&raw_odb, repository) != 0) return GitFailure("open objects");
  const OdbPtr odb(raw_odb);
  Sha1 checksum;
  const auto checked = [&](absl::string_view bytes) {
    checksum.Update(bytes);
    return sink(bytes);
  };
  EntryWriter entries(checked, Z_DEFAULT_COMPRESSION);
  RETURN_IF_ERROR(checked(PackHead(objects.size())));
  for (const NewObject& object : objects) {
    ASSIGN_OR_RETURN(const OdbObjectPtr target, ReadObject(raw_odb, object.id));
    const absl::string_view content = ContentOf(target.get());
    const git_object_t type = git_odb_object_type(target.get());
    if (thin && object.base.has_value()) {
      ASSIGN_OR_RETURN(const OdbObjectPtr base, ReadObject(raw_odb, *object.base));
      const std::string delta = MakeDelta(ContentOf(base.get()), content);
      if (git_odb_object_type(base.get()) == type &&
          delta.size() < content.size() / 2) {
        RETURN_IF_ERROR(entries.Write(kRefDelta, delta, &*object.base));
        continue;
      }
    }
    RETURN_IF_ERROR(entries.Write(type, content, nullptr));
  }
  ASSIGN_OR_RETURN(const git_oid end, checksum.End());
  return sink(BytesOf(end));
}

}  // namespace gitsync
