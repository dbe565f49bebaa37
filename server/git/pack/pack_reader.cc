#include "server/git/pack/pack_reader.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "server/base/status_macros.h"
#include "server/git/pack/pack_entry.h"
#include "server/git/pack/pack_file.h"

namespace gitsync {
namespace {

constexpr size_t kIndexHead = 8;
constexpr size_t kFanoutBytes = 256 * 4;
// The longest head: a size of ten bytes and an id.
constexpr size_t kMaxHeadBytes = 10 + GIT_OID_RAWSZ;
constexpr size_t kCopyBytes = 256 << 10;

absl::Status Damaged() { return MirrorFault("a pack is damaged"); }

git_oid IdAt(absl::string_view bytes, size_t at) {
  git_oid id;
  std::memcpy(id.id, bytes.data() + at, GIT_OID_RAWSZ);
  return id;
}

}  // namespace

absl::StatusOr<PackReader> PackReader::Open(const std::string& path) {
  const int descriptor =
      open(absl::StrCat(path, ".pack").c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) return FileFailure("open a pack", errno);
  PackReader reader(descriptor);
  RETURN_IF_ERROR(reader.ReadIndex(path));
  std::map<uint64_t, git_oid> ids;
  for (const PackEntry& entry : reader.entries_) ids.emplace(entry.offset, entry.id);
  for (PackEntry& entry : reader.entries_) {
    RETURN_IF_ERROR(reader.ReadHead(ids, entry));
  }
  return reader;
}

PackReader::PackReader(PackReader&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)),
      entries_(std::move(other.entries_)) {}

PackReader::~PackReader() {
  if (descriptor_ >= 0) close(descriptor_);
}

absl::Status PackReader::ReadIndex(const std::string& path) {
  struct stat info = {};
  if (fstat(descriptor_, &info) != 0) return FileFailure("open a pack", errno);
  const auto pack_size = static_cast<uint64_t>(info.st_size);
  std::ifstream file(absl::StrCat(path, ".idx"), std::ios::binary);
  const std::string index{std::istreambuf_iterator<char>(file), {}};
  if (pack_size > kMaxPackFileBytes || index.size() < kIndexHead + kFanoutBytes ||
      !absl::StartsWith(index, "\377tOc") || BigEndianAt(index, 4) != 2) {
    return Damaged();
  }
  const size_t count = BigEndianAt(index, kIndexHead + kFanoutBytes - 4);
  const size_t ids = kIndexHead + kFanoutBytes;
  if (index.size() != ids + count * (GIT_OID_RAWSZ + 8) + 2 * GIT_OID_RAWSZ ||
      pack_size < GIT_OID_RAWSZ) {
    return Damaged();
  }
  // The pack ends as the index says.
  std::array<char, GIT_OID_RAWSZ> end_of_pack;
  RETURN_IF_ERROR(
      Read(pack_size - end_of_pack.size(), end_of_pack.size(), end_of_pack.data()));
  if (absl::string_view(end_of_pack.data(), end_of_pack.size()) !=
      absl::string_view(index).substr(index.size() - 2 * GIT_OID_RAWSZ,
                                      GIT_OID_RAWSZ)) {
    return Damaged();
  }
  const size_t crcs = ids + count * GIT_OID_RAWSZ;
  const size_t offsets = crcs + count * 4;
  entries_.resize(count);
  for (size_t i = 0; i < count; ++i) {
    entries_[i].id = IdAt(index, ids + i * GIT_OID_RAWSZ);
    entries_[i].crc = BigEndianAt(index, crcs + i * 4);
    entries_[i].offset = BigEndianAt(index, offsets + i * 4);
  }
  std::sort(entries_.begin(), entries_.end(),
            [](const PackEntry& a, const PackEntry& b) { return a.offset < b.offset; });
  uint64_t end = pack_size - GIT_OID_RAWSZ;
  for (auto entry = entries_.rbegin(); entry != entries_.rend(); ++entry) {
    entry->end = end;
    if (entry->offset >= end) return Damaged();
    end = entry->offset;
  }
  return absl::OkStatus();
}

absl::Status PackReader::ReadHead(const std::map<uint64_t, git_oid>& ids,
                                  PackEntry& entry) const {
  std::array<char, kMaxHeadBytes> head = {};
  const size_t have = std::min<uint64_t>(head.size(), entry.end - entry.offset);
  RETURN_IF_ERROR(Read(entry.offset, have, head.data()));
  size_t at = 0;
  const auto next = [&]() -> unsigned {
    return at < have ? static_cast<unsigned char>(head[at++]) : 0;
  };
  unsigned byte = next();
  entry.type = static_cast<int>(byte >> 4 & 7);
  entry.size = byte & 0xf;
  for (unsigned shift = 4; (byte & 0x80) != 0 && shift < 60; shift += 7) {
    byte = next();
    entry.size |= static_cast<size_t>(byte & 0x7f) << shift;
  }
  if (entry.type == kRefDelta) {
    if (have < at + GIT_OID_RAWSZ) return Damaged();
    entry.base = IdAt({head.data(), have}, at);
    at += GIT_OID_RAWSZ;
  } else if (entry.type == kOffsetDelta) {
    byte = next();
    uint64_t distance = byte & 0x7f;
    while ((byte & 0x80) != 0 && at < have) {
      byte = next();
      distance = (distance + 1) << 7 | (byte & 0x7f);
    }
    const auto base = ids.find(entry.offset - distance);
    if (base == ids.end()) return Damaged();
    entry.type = kRefDelta;
    entry.base = base->second;
  }
  entry.body = entry.offset + at;
  return entry.body < entry.end ? absl::OkStatus() : Damaged();
}

absl::Status PackReader::CopyBody(const PackEntry& entry, PackSink sink) const {
  std::string buffer(std::min<uint64_t>(kCopyBytes, entry.end - entry.offset), '\0');
  uLong crc = 0;
  for (uint64_t at = entry.offset; at < entry.end;) {
    // The head by itself, which is not passed on.
    const uint64_t until = at < entry.body ? entry.body : entry.end;
    const size_t size = std::min<uint64_t>(buffer.size(), until - at);
    RETURN_IF_ERROR(Read(at, size, buffer.data()));
    crc = crc32_z(crc, reinterpret_cast<const Bytef*>(buffer.data()), size);
    if (at >= entry.body) {
      RETURN_IF_ERROR(sink(absl::string_view(buffer.data(), size)));
    }
    at += size;
  }
  return crc == entry.crc ? absl::OkStatus() : Damaged();
}

absl::Status PackReader::Read(uint64_t offset, size_t size, char* out) const {
  while (size > 0) {
    const ssize_t got = pread(descriptor_, out, size, static_cast<off_t>(offset));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return FileFailure("read a pack", errno);
    if (got == 0) return Damaged();
    out += got;
    offset += static_cast<uint64_t>(got);
    size -= static_cast<size_t>(got);
  }
  return absl::OkStatus();
}

}  // namespace gitsync
