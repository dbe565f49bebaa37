#ifndef GITSYNC_TESTS_SUPPORT_TEMP_DIR_H_
#define GITSYNC_TESTS_SUPPORT_TEMP_DIR_H_

#include <stdlib.h>

#include <filesystem>
#include <stdexcept>
#include <string>
#include <system_error>

namespace gitsync {

// A new folder, deleted with its content on destruction.
class TempDir {
 public:
  TempDir() {
    std::string name = std::filesystem::temp_directory_path() / "gitsync-test-XXXXXX";
    if (mkdtemp(name.data()) == nullptr) throw std::runtime_error("mkdtemp");
    path_ = name;
  }
  ~TempDir() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TempDir(const TempDir&) = delete;
  TempDir& operator=(const TempDir&) = delete;

  const std::string& path() const { return path_; }
  std::string operator/(const std::string& name) const { return path_ + "/" + name; }

 private:
  std::string path_;
};

}  // namespace gitsync

#endif  // GITSYNC_TESTS_SUPPORT_TEMP_DIR_H_
