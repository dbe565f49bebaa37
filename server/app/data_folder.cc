#include "server/app/data_folder.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <system_error>

#include "absl/strings/str_cat.h"
#include "server/base/status_macros.h"
#include "storage/sqlite/sqlite_store.h"

namespace gitsync {
namespace {

absl::Status Failure(absl::string_view what, const std::string& path, int error) {
  return absl::FailedPreconditionError(
      absl::StrCat("cannot ", what, " ", path, ": ", std::strerror(error)));
}

bool WriteAll(int fd, absl::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = write(fd, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return false;
    bytes.remove_prefix(written);
  }
  return true;
}

absl::Status CheckUsable(const std::string& folder) {
  if (access(folder.c_str(), R_OK | W_OK | X_OK) == 0) return absl::OkStatus();
  return Failure("use the folder", folder, errno);
}

// Returns a path that shows that the folder's database was in use; empty if there is
// none.
std::string TraceOfUse(const std::string& folder) {
  std::error_code ignored;
  for (const char* name : {"admin.token", "gitsync.db-wal", "gitsync.db.lock"}) {
    const std::string path = absl::StrCat(folder, "/", name);
    const uintmax_t size = std::filesystem::file_size(path, ignored);
    if (!ignored && size > 0) return path;
  }
  const std::string mirrors = absl::StrCat(folder, "/mirrors");
  const bool empty = std::filesystem::is_empty(mirrors, ignored);
  return ignored || empty ? "" : mirrors;
}

}  // namespace

absl::Status MakeDataFolder(const std::string& path) {
  std::error_code error;
  const std::filesystem::path folder = std::filesystem::absolute(path, error);
  if (!error && folder.has_parent_path()) {
    std::filesystem::create_directories(folder.parent_path(), error);
  }
  if (error) return Failure("make the folder above", path, error.value());
  if (mkdir(path.c_str(), 0700) != 0 && errno != EEXIST) {
    return Failure("make the folder", path, errno);
  }
  return CheckUsable(path);
}

std::string DatabasePath(const std::string& folder) {
  return absl::StrCat(folder, "/gitsync.db");
}

absl::StatusOr<bool> FindDatabase(const std::string& folder) {
  std::error_code error;
  const std::string path = DatabasePath(folder);
  const uintmax_t size = std::filesystem::file_size(path, error);
  if (!error && size > 0) return true;
  if (error && error != std::errc::no_such_file_or_directory) {
    return Failure("use", path, error.value());
  }
  const std::string trace = TraceOfUse(folder);
  if (trace.empty()) return false;
  return absl::FailedPreconditionError(absl::StrCat(
      path, error ? " is missing" : " is empty", ", but the data folder was in use (",
      trace,
      " is there). Restore the database from a backup. To start over without what it "
      "held, name an empty folder as data_dir."));
}

absl::Status CheckDataFolder(const config::v1::ServerConfig& config,
                             const MasterKeys& keys) {
  // The folder is created at the first start.
  if (access(config.data_dir().c_str(), F_OK) != 0) return absl::OkStatus();
  RETURN_IF_ERROR(CheckUsable(config.data_dir()));
  ASSIGN_OR_RETURN(const bool found, FindDatabase(config.data_dir()));
  if (!found) return absl::OkStatus();
  const auto store = SqliteStore::Open(
      {.path = DatabasePath(config.data_dir()), .readers = 1, .inspect = true});
  if (absl::IsUnavailable(store.status())) return absl::OkStatus();
  RETURN_IF_ERROR(store.status());
  const absl::Status sealer =
      MakeSealer(config, keys, /*create=*/false, **store).status();
  // A missing key file is created at the start.
  return absl::IsNotFound(sealer) ? absl::OkStatus() : sealer;
}

absl::Status WriteSecretFile(const std::string& path, const Secret& secret) {
  const int fd = open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (fd < 0) return Failure("write", path, errno);
  // The file may already exist with another mode.
  const bool written = fchmod(fd, 0600) == 0 && WriteAll(fd, secret.Reveal()) &&
                       WriteAll(fd, "\n") && fsync(fd) == 0;
  const int error = errno;
  close(fd);
  return written ? absl::OkStatus() : Failure("write", path, error);
}

}  // namespace gitsync
