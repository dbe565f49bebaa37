#include "server/app/data_folder.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <system_error>

#include "absl/strings/str_cat.h"

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
  if (access(path.c_str(), R_OK | W_OK | X_OK) != 0) {
    return Failure("use the folder", path, errno);
  }
  return absl::OkStatus();
}

absl::Status WriteSecretFile(const std::string& path, const Secret& secret) {
  const int fd = open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (fd < 0) return Failure("write", path, errno);
  // The file may be an older one with another mode.
  const bool written = fchmod(fd, 0600) == 0 && WriteAll(fd, secret.Reveal()) &&
                       WriteAll(fd, "\n") && fsync(fd) == 0;
  const int error = errno;
  close(fd);
  return written ? absl::OkStatus() : Failure("write", path, error);
}

}  // namespace gitsync
