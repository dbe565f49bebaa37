// A pack on the disk, entry by entry. The input is the number of entries, for each the
// place where it begins in two bytes, and the pack; the index is made here, as it is
// ours, not the remote's.

#include <algorithm>
#include <fstream>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "server/git/pack/pack_entry.h"
#include "server/git/pack/pack_reader.h"
#include "tests/fuzz/fuzz_target.h"
#include "tests/support/temp_dir.h"

namespace {

constexpr size_t kChecksumBytes = 20;

// `offsets` in the order of ids, which are 0, 1, 2, ...
std::string IndexOf(const std::vector<uint16_t>& offsets, absl::string_view pack) {
  std::string index("\377tOc");
  gitsync::AppendBigEndian(2, &index);
  for (size_t first = 0; first < 256; ++first) {
    gitsync::AppendBigEndian(static_cast<uint32_t>(std::min(first + 1, offsets.size())),
                             &index);
  }
  for (size_t id = 0; id < offsets.size(); ++id) {
    index.push_back(static_cast<char>(id));
    index.append(kChecksumBytes - 1, '\0');
  }
  for (size_t id = 0; id < offsets.size(); ++id) {
    gitsync::AppendBigEndian(0, &index);  // no checksum is right
  }
  for (const uint16_t offset : offsets) gitsync::AppendBigEndian(offset, &index);
  absl::StrAppend(&index, pack.substr(pack.size() - kChecksumBytes));
  index.append(kChecksumBytes, '\0');
  return index;
}

void Write(const std::string& path, absl::string_view bytes) {
  std::ofstream(path, std::ios::binary)
      .write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const auto* const kFolder = new gitsync::TempDir();
  static const auto* const kLibrary = new gitsync::Libgit2Library();
  (void)kLibrary;
  const std::string path = *kFolder / "pack";
  const size_t count = size == 0 ? 0 : data[0];
  if (size < 1 + 2 * count) return 0;
  std::vector<uint16_t> offsets;
  for (size_t i = 0; i < count; ++i) {
    offsets.push_back(static_cast<uint16_t>(data[1 + 2 * i] << 8 | data[2 + 2 * i]));
  }
  const absl::string_view pack(reinterpret_cast<const char*>(data) + 1 + 2 * count,
                               size - 1 - 2 * count);
  Write(path + ".pack", pack);
  Write(path + ".idx", pack.size() < kChecksumBytes ? "" : IndexOf(offsets, pack));

  const auto reader = gitsync::PackReader::Open(path);
  if (!reader.ok()) {
    FUZZ_CHECK(gitsync::IsMirrorFault(reader.status()));
    return 0;
  }
  FUZZ_CHECK(reader->entries().size() == count);
  for (const gitsync::PackEntry& entry : reader->entries()) {
    FUZZ_CHECK(entry.offset < entry.body && entry.body < entry.end);
    FUZZ_CHECK(entry.end <= pack.size() - kChecksumBytes);
    FUZZ_CHECK(entry.base.has_value() == (entry.type == gitsync::kRefDelta));
    size_t copied = 0;
    const absl::Status status = reader->CopyBody(entry, [&](absl::string_view bytes) {
      copied += bytes.size();
      return absl::OkStatus();
    });
    FUZZ_CHECK(copied <= entry.end - entry.body);
    FUZZ_CHECK(status.ok() || gitsync::IsMirrorFault(status));
  }
  return 0;
}
