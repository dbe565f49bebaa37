#include "server/git/pack/pack_file.h"

#include <fcntl.h>
#include <unistd.h>
#include <zlib.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <map>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "server/base/status_macros.h"
#include "server/git/object/sha1.h"

namespace gitsync {

absl::StatusOr<std::unique_ptr<PackFileWriter>> PackFileWriter::Create(
    const std::string& pack_dir, size_t objects) {
  std::string path = absl::StrCat(pack_dir, "/", kUnfinishedPack, "XXXXXX");
  const int descriptor = mkostemp(path.data(), O_CLOEXEC);
  if (descriptor < 0) return FileFailure("begin a pack", errno);
  File file(fdopen(descriptor, "w"));
  if (file == nullptr) {
    const int error = errno;
    close(descriptor);
    unlink(path.c_str());
    return FileFailure("begin a pack", error);
  }
  std::unique_ptr<PackFileWriter> writer(
      new PackFileWriter(pack_dir, std::move(path), std::move(file)));
  RETURN_IF_ERROR(writer->Put(PackHead(objects)));
  writer->entries_.reserve(objects);
  return writer;
}

PackFileWriter::PackFileWriter(const std::string& pack_dir, std::string unfinished,
                               File file)
    : pack_dir_(pack_dir), unfinished_(std::move(unfinished)), file_(std::move(file)) {}

PackFileWriter::~PackFileWriter() { unlink(unfinished_.c_str()); }

void PackFileWriter::Begin(const git_oid& id) {
  entries_.push_back({id, static_cast<uint32_t>(size_), 0});
}

absl::Status PackFileWriter::Add(absl::string_view bytes) {
  uint32_t& crc = entries_.back().crc;
  crc = static_cast<uint32_t>(
      crc32_z(crc, reinterpret_cast<const Bytef*>(bytes.data()), bytes.size()));
  return Put(bytes);
}

absl::Status PackFileWriter::Put(absl::string_view bytes) {
  size_ += bytes.size();
  if (size_ > kMaxPackFileBytes) return MirrorFault("a pack is too large");
  checksum_.Update(bytes);
  if (fwrite(bytes.data(), 1, bytes.size(), file_.get()) != bytes.size()) {
    return FileFailure("write a pack", errno);
  }
  return absl::OkStatus();
}

absl::StatusOr<std::string> PackFileWriter::Finish() {
  ASSIGN_OR_RETURN(const git_oid checksum, checksum_.End());
  const absl::string_view end = BytesOf(checksum);
  if (fwrite(end.data(), 1, end.size(), file_.get()) != end.size() ||
      fclose(file_.release()) != 0) {
    return FileFailure("write a pack", errno);
  }
  std::string name = absl::StrCat("pack-", OidHex(checksum));
  const std::string path = absl::StrCat(pack_dir_, "/", name);
  // What makes a pack visible is its index.
  if (rename(unfinished_.c_str(), absl::StrCat(path, ".pack").c_str()) != 0) {
    return FileFailure("finish a pack", errno);
  }
  if (const absl::Status written = WriteIndex(path, checksum); !written.ok()) {
    unlink(absl::StrCat(path, ".pack").c_str());
    return written;
  }
  return name;
}

absl::Status PackFileWriter::WriteIndex(const std::string& path,
                                        const git_oid& checksum) {
  std::sort(entries_.begin(), entries_.end(), [](const Entry& a, const Entry& b) {
    return git_oid_cmp(&a.id, &b.id) < 0;
  });
  std::string index = "\377tOc";
  AppendBigEndian(2, &index);
  std::array<uint32_t, 256> fanout = {};
  for (const Entry& entry : entries_) ++fanout[entry.id.id[0]];
  uint32_t so_far = 0;
  for (const uint32_t count : fanout) AppendBigEndian(so_far += count, &index);
  for (const Entry& entry : entries_) absl::StrAppend(&index, BytesOf(entry.id));
  for (const Entry& entry : entries_) AppendBigEndian(entry.crc, &index);
  for (const Entry& entry : entries_) AppendBigEndian(entry.offset, &index);
  absl::StrAppend(&index, BytesOf(checksum));
  Sha1 sum;
  sum.Update(index);
  ASSIGN_OR_RETURN(const git_oid end, sum.End());
  absl::StrAppend(&index, BytesOf(end));

  const std::string unfinished = unfinished_ + ".idx";
  const File file(fopen(unfinished.c_str(), "we"));
  if (file == nullptr) return FileFailure("write an index", errno);
  if (fwrite(index.data(), 1, index.size(), file.get()) != index.size() ||
      fflush(file.get()) != 0 ||
      rename(unfinished.c_str(), absl::StrCat(path, ".idx").c_str()) != 0) {
    const int error = errno;
    unlink(unfinished.c_str());
    return FileFailure("write an index", error);
  }
  return absl::OkStatus();
}

absl::Status WritePackFile(git_repository* repository,
                           const std::vector<NewObject>& objects) {
  git_odb* raw_odb = nullptr;
  if (git_repository_odb(&raw_odb, repository) != 0) return GitFailure("open objects");
  const OdbPtr odb(raw_odb);
  // Newest first, each once.
  std::vector<NewObject> newest;
  std::map<git_oid, git_oid, OidLess> successors;
  std::set<git_oid, OidLess> seen;
  for (auto object = objects.rbegin(); object != objects.rend(); ++object) {
    if (!seen.insert(object->id).second) continue;
    newest.push_back(*object);
  }
  std::map<git_oid, int, OidLess> depths;  // of what is written
  const std::string pack_dir =
      absl::StrCat(git_repository_path(repository), "objects/pack");
  ASSIGN_OR_RETURN(const std::unique_ptr<PackFileWriter> file,
                   PackFileWriter::Create(pack_dir, newest.size()));
  const auto sink = [&file](absl::string_view bytes) { return file->Add(bytes); };
  EntryWriter deflated(sink, Z_BEST_SPEED);
  EntryWriter stored(sink, Z_NO_COMPRESSION);
  for (const NewObject& object : newest) {
    ASSIGN_OR_RETURN(const OdbObjectPtr target, ReadObject(raw_odb, object.id));
    const absl::string_view content = ContentOf(target.get());
    const git_object_t type = git_odb_object_type(target.get());
    file->Begin(object.id);
    int& depth = depths[object.id];
    const auto successor = successors.find(object.id);
    if (object.base.has_value()) successors.emplace(*object.base, object.id);
    if (successor != successors.end() && depths[successor->second] < kMaxDeltaChain) {
      ASSIGN_OR_RETURN(const OdbObjectPtr base, ReadObject(raw_odb, successor->second));
      const std::string delta = MakeDelta(ContentOf(base.get()), content);
      if (git_odb_object_type(base.get()) == type &&
          delta.size() < content.size() / 2) {
        depth = depths[successor->second] + 1;
        RETURN_IF_ERROR(deflated.Write(kRefDelta, delta, &successor->second));
        continue;
      }
    }
    const bool large = type == GIT_OBJECT_TREE && content.size() >= kLargeTreeBytes;
    RETURN_IF_ERROR((large ? stored : deflated).Write(type, content, nullptr));
  }
  return file->Finish().status();
}

}  // namespace gitsync
