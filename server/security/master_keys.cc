#include <fcntl.h>
#include <openssl/rand.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <utility>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "server/base/hex.h"
#include "server/base/status_macros.h"
#include "server/base/uuid.h"
#include "server/security/openssl_util.h"
#include "server/security/sealer.h"
#include "server/security/wiped_string.h"

namespace gitsync {
namespace {

constexpr size_t kMaxFileBytes = size_t{64} << 10;

absl::Status SystemError(absl::string_view call) {
  return absl::FailedPreconditionError(absl::StrCat(
      "The master key file can't be used: ", call, ": ", std::strerror(errno), "."));
}

absl::Status BadKey() {
  return absl::FailedPreconditionError(
      "A master key has to be 64 hexadecimal digits, or base64 of 32 bytes.");
}

bool IsHexKey(absl::string_view text) {
  if (text.size() != 2 * kMasterKeyBytes) return false;
  for (const char c : text) {
    if (!absl::ascii_isxdigit(static_cast<unsigned char>(c))) return false;
  }
  return true;
}

absl::StatusOr<Secret> ParseKey(absl::string_view text) {
  if (IsHexKey(text)) return Secret(HexToBytes(text));
  WipedString key(text.size() + 4);
  if (!absl::Base64Unescape(text, &key.bytes()) &&
      !absl::WebSafeBase64Unescape(text, &key.bytes())) {
    return BadKey();
  }
  if (key.view().size() != kMasterKeyBytes) return BadKey();
  return key.Release();
}

std::string FolderOf(const std::string& path) {
  const size_t slash = path.find_last_of('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

absl::Status SyncFolder(const std::string& folder) {
  const int fd = open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return SystemError("open folder");
  const auto closer = absl::MakeCleanup([fd] { close(fd); });
  if (fsync(fd) != 0) return SystemError("fsync folder");
  return absl::OkStatus();
}

absl::Status WriteNewFile(const std::string& path, absl::string_view text) {
  const int fd = open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (fd < 0) return SystemError("create");
  const auto closer = absl::MakeCleanup([fd] { close(fd); });
  while (!text.empty()) {
    const ssize_t written = write(fd, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return SystemError("write");
    text.remove_prefix(static_cast<size_t>(written));
  }
  if (fsync(fd) != 0) return SystemError("fsync");
  return absl::OkStatus();
}

// Creates the file with a new key, unless another process does so first.
absl::Status CreateKeyFile(const std::string& path) {
  WipedString key(kMasterKeyBytes);
  key.bytes().resize(kMasterKeyBytes);
  if (RAND_priv_bytes(Bytes(key.bytes()), kMasterKeyBytes) != 1) {
    return OpensslError("RAND_priv_bytes");
  }
  const Secret hex(absl::BytesToHexString(key.view()));
  WipedString line(2 * kMasterKeyBytes + 1);
  absl::StrAppend(&line.bytes(), hex.Reveal(), "\n");

  const std::string temporary = absl::StrCat(path, ".", NewUuid(), ".tmp");
  const auto remover = absl::MakeCleanup([&] { unlink(temporary.c_str()); });
  RETURN_IF_ERROR(WriteNewFile(temporary, line.view()));
  // Not rename(), which would replace a key that another process already uses.
  if (link(temporary.c_str(), path.c_str()) != 0 && errno != EEXIST) {
    return SystemError("link");
  }
  return SyncFolder(FolderOf(path));
}

absl::StatusOr<Secret> ReadKeyFile(int fd) {
  struct stat info;
  if (fstat(fd, &info) != 0) return SystemError("fstat");
  if ((info.st_mode & (S_IRWXG | S_IRWXO)) != 0) {
    return absl::FailedPreconditionError(
        "Others may read or write the master key file; restrict it with chmod 600.");
  }
  WipedString text(kMaxFileBytes);
  text.bytes().resize(kMaxFileBytes);
  size_t size = 0;
  while (size < kMaxFileBytes) {
    const ssize_t count = read(fd, text.bytes().data() + size, kMaxFileBytes - size);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return SystemError("read");
    if (count == 0) break;
    size += static_cast<size_t>(count);
  }
  if (size == kMaxFileBytes) {
    return absl::FailedPreconditionError("The master key file is too large.");
  }
  text.bytes().resize(size);
  return text.Release();
}

}  // namespace

absl::StatusOr<std::vector<Secret>> ParseMasterKeys(const Secret& text) {
  std::vector<Secret> keys;
  for (const absl::string_view word :
       absl::StrSplit(text.Reveal(), absl::ByAnyChar(" \t\r\n"), absl::SkipEmpty())) {
    ASSIGN_OR_RETURN(Secret key, ParseKey(word));
    keys.push_back(std::move(key));
  }
  if (keys.empty()) {
    return absl::FailedPreconditionError("There is no master key in what was given.");
  }
  return keys;
}

absl::StatusOr<std::vector<Secret>> LoadMasterKeys(const std::string& path,
                                                   bool create) {
  int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0 && errno == ENOENT && create) {
    RETURN_IF_ERROR(CreateKeyFile(path));
    fd = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  }
  if (fd < 0) {
    if (errno == ENOENT) return absl::NotFoundError("There is no master key file.");
    return SystemError("open");
  }
  const auto closer = absl::MakeCleanup([fd] { close(fd); });
  ASSIGN_OR_RETURN(const Secret text, ReadKeyFile(fd));
  return ParseMasterKeys(text);
}

}  // namespace gitsync
