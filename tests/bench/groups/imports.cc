#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "tests/bench/bench.h"
#include "tests/bench/callers.h"

namespace gitsync {
namespace {

// Times `git archive` of these folders of the remote, to a pipe.
absl::Duration Archive(const Repository& repository,
                       const std::vector<std::string>& folders) {
  std::vector<std::string> command = {"sh", "-c", R"(git archive master "$@" | wc -c)",
                                      "sh"};
  command.insert(command.end(), folders.begin(), folders.end());
  const absl::Time start = absl::Now();
  const std::string size = RunOrEnd(command, {"GIT_DIR=" + repository.remote().path()});
  const absl::Duration took = absl::Now() - start;
  size_t bytes = 0;
  // Each app has several files, of 512 bytes of head and as many of content at least.
  Demand(absl::SimpleAtoi(size, &bytes) && bytes > folders.size() * 4096,
         absl::StrCat("git archive wrote ", size));
  return took;
}

}  // namespace

void MeasureImports(Bench& bench) {
  const Sizes& sizes = bench.sizes();
  Repository& repository = bench.large();
  Api& api = repository.site().api();
  const auto listed = Need(api.ListGitApps(repository.organization_id()));
  const auto count = static_cast<size_t>(sizes.imported);
  Demand(static_cast<size_t>(listed.apps_size()) > 2 * count,
         "the repository has too few apps");
  // By an organization that has none of them yet.
  const std::string organization_id =
      repository.site().installation.Connect("importer", repository.url());
  int next = 0;
  const auto import = [&](int i) {
    const std::string& id = listed.apps(i).git_app_id();
    const auto imported = Need(api.Import(organization_id, id));
    Demand(imported.app().git_app_id() == id, "another app was imported");
  };
  Report& report = bench.report();
  report.Part(absl::StrCat("Import of ", count, " apps of ", sizes.many_apps));
  // git archive has the repository; an organization's first call brings it.
  const absl::Time start = absl::Now();
  import(next++);
  report.Row("GitSync, the organization's first, which brings the repository",
             Milliseconds(absl::Now() - start), "");
  for (const int callers : {32, 128}) {
    std::vector<std::string> folders;
    for (size_t i = 0; i < count; ++i) {
      folders.push_back(listed.apps(next + static_cast<int>(i)).folder());
    }
    std::vector<absl::Duration> archives = {Archive(repository, folders)};
    const Work work =
        ForEach(count, callers, [&](size_t i) { import(next + static_cast<int>(i)); });
    while (archives.size() < 3) archives.push_back(Archive(repository, folders));
    next += static_cast<int>(count);
    const Times one(work.times), archived(archives);
    const Ratio ratio =
        Ratio::Of(work.took, archived.median(), "git archive").AtMost(2);
    report.Row(absl::StrCat("GitSync, CreateAppFromGit, ", callers, " callers"),
               Milliseconds(work.took), "", &ratio);
    report.Row("one CreateAppFromGit of these", one);
    report.Row("git archive of the same folders to a pipe", archived);
  }
}

}  // namespace gitsync
