#ifndef GITSYNC_TESTS_UNIT_STORAGE_TEMP_FOLDER_H_
#define GITSYNC_TESTS_UNIT_STORAGE_TEMP_FOLDER_H_

#include <stdlib.h>

#include <filesystem>
#include <string>

namespace gitsync {

// A folder of the test's own, removed with all in it.
class TempFolder {
 public:
  TempFolder() : path_((std::filesystem::temp_directory_path() / "store.XXXXXX")) {
    if (mkdtemp(path_.data()) == nullptr) abort();
  }
  ~TempFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TempFolder(const TempFolder&) = delete;
  TempFolder& operator=(const TempFolder&) = delete;

  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

}  // namespace gitsync

#endif  // GITSYNC_TESTS_UNIT_STORAGE_TEMP_FOLDER_H_
