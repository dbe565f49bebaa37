// Commits made by `git fast-import`: the quick way to histories of any size.

#ifndef GITSYNC_TESTS_BENCH_FAST_IMPORT_H_
#define GITSYNC_TESTS_BENCH_FAST_IMPORT_H_

#include <cstdint>
#include <cstdio>
#include <string>

namespace gitsync {

class FastImport {
 public:
  // Into the bare repository of that folder, `commits` commits, a second after each
  // other, the last one now: where all dates are the same, git walks all history to
  // find out what is new.
  explicit FastImport(const std::string& repository, int commits = 1);
  // Ends the program if git fails.
  ~FastImport();
  FastImport(const FastImport&) = delete;
  FastImport& operator=(const FastImport&) = delete;

  // Begins a commit onto `branch`, whose parent is `parent`, something that names a
  // commit from before this object was made; empty: the branch's last commit of this
  // object.
  void Commit(const std::string& branch, const std::string& message,
              const std::string& parent);
  // Writes a file in the commit that was begun last.
  void File(const std::string& path, const std::string& content);

 private:
  void Write(const std::string& text);

  const std::string repository_;
  int64_t seconds_;  // of the next commit
  FILE* pipe_ = nullptr;
};

}  // namespace gitsync

#endif  // GITSYNC_TESTS_BENCH_FAST_IMPORT_H_
