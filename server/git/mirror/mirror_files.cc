#include "server/git/mirror/mirror_files.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <set>
#include <system_error>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "absl/time/clock.h"
#include "server/git/pack/pack_file.h"

namespace gitsync {
namespace {

namespace fs = std::filesystem;

constexpr absl::Duration kUnfinishedFor = absl::Hours(1);
// Of libgit2, which writes what is fetched.
constexpr absl::string_view kUnfinishedFetch = "pack_git2_";

absl::Time ModifiedAt(const struct stat& info) {
  return absl::TimeFromTimespec(info.st_mtim);
}

std::string LastUsedFile(const std::string& path) {
  return absl::StrCat(path, "/gitsync-last-used");
}

// Whether a process that was killed may have left the file.
bool IsLeftOver(const std::string& name, const struct stat& info) {
  return (absl::StartsWith(name, kUnfinishedPack) ||
          absl::StartsWith(name, kUnfinishedFetch)) &&
         ModifiedAt(info) < absl::Now() - kUnfinishedFor;
}

}  // namespace

std::optional<MirrorOnDisk> MeasureMirror(const std::string& path) {
  struct stat info = {};
  if (stat(path.c_str(), &info) != 0) return std::nullopt;
  MirrorOnDisk mirror;
  std::set<std::string> indexed;
  std::vector<PackOnDisk> packs;
  std::error_code error;
  for (fs::recursive_directory_iterator it(path, error), end; !error && it != end;
       it.increment(error)) {
    if (lstat(it->path().c_str(), &info) != 0 || !S_ISREG(info.st_mode)) continue;
    const std::string name = it->path().filename();
    if (IsLeftOver(name, info)) {
      unlink(it->path().c_str());
      continue;
    }
    mirror.bytes += static_cast<uint64_t>(info.st_blocks) * 512;
    absl::string_view stem = name;
    if (absl::ConsumeSuffix(&stem, ".idx")) {
      indexed.insert(std::string(stem));
    } else if (absl::ConsumeSuffix(&stem, ".pack")) {
      packs.push_back(
          {std::string(stem), static_cast<uint64_t>(info.st_size), ModifiedAt(info)});
    }
  }
  for (PackOnDisk& pack : packs) {
    if (indexed.count(pack.name) != 0) mirror.packs.push_back(std::move(pack));
  }
  return mirror;
}

void WriteLastUsed(const std::string& path, absl::Time time) {
  const int file = open(LastUsedFile(path).c_str(), O_WRONLY | O_CREAT | O_CLOEXEC,
                        S_IRUSR | S_IWUSR);
  if (file < 0) return;
  const timespec times[] = {{0, UTIME_OMIT}, absl::ToTimespec(time)};
  futimens(file, times);
  close(file);
}

absl::Time ReadLastUsed(const std::string& path) {
  struct stat info = {};
  if (stat(LastUsedFile(path).c_str(), &info) != 0 && stat(path.c_str(), &info) != 0) {
    return absl::InfinitePast();
  }
  return ModifiedAt(info);
}

}  // namespace gitsync
