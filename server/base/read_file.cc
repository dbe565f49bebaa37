#include "server/base/read_file.h"

#include <cerrno>
#include <cstring>
#include <fstream>
#include <sstream>

#include "absl/strings/str_cat.h"

namespace gitsync {

absl::StatusOr<std::string> ReadFile(const std::string& path) {
  errno = 0;
  const std::ifstream in(path, std::ios::binary);
  std::ostringstream content;
  // Also fails for an empty file, without setting errno.
  if (in) content << in.rdbuf();
  if (errno == 0 && in.is_open()) return content.str();
  return absl::InvalidArgumentError(
      absl::StrCat("cannot read ", path, ": ", std::strerror(errno)));
}

}  // namespace gitsync
