#include "tests/bench/fast_import.h"

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "tests/bench/demand.h"

namespace gitsync {

FastImport::FastImport(const std::string& repository, int commits)
    : repository_(repository),
      seconds_(absl::ToUnixSeconds(absl::Now()) - commits + 1) {
  // Folders of the benchmark have nothing in their names that a shell takes apart.
  pipe_ = popen(absl::StrCat("git -c core.compression=1 --git-dir=", repository,
                             " fast-import --quiet --force")
                    .c_str(),
                "we");
  Demand(pipe_ != nullptr, "git fast-import did not start");
}

FastImport::~FastImport() {
  Demand(pclose(pipe_) == 0, absl::StrCat("git fast-import failed in ", repository_));
}

void FastImport::Commit(const std::string& branch, const std::string& message,
                        const std::string& parent) {
  Write(absl::StrCat("commit refs/heads/", branch,
                     "\ncommitter Bench <bench@example.com> ", seconds_++,
                     " +0000\ndata ", message.size(), "\n", message, "\n"));
  if (!parent.empty()) Write(absl::StrCat("from ", parent, "\n"));
}

void FastImport::File(const std::string& path, const std::string& content) {
  Write(absl::StrCat("M 100644 inline ", path, "\ndata ", content.size(), "\n", content,
                     "\n"));
}

void FastImport::Write(const std::string& text) {
  Demand(fwrite(text.data(), 1, text.size(), pipe_) == text.size(),
         absl::StrCat("git fast-import ended early in ", repository_));
}

}  // namespace gitsync
