#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "tests/bench/bench.h"
#include "tests/bench/callers.h"

namespace gitsync {
namespace {

// As many as there are workers for remotes.
constexpr int kImporters = 32;

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
  std::vector<std::string> ids, folders;
  for (const auto& app : listed.apps()) {
    ids.push_back(app.git_app_id());
    folders.push_back(app.folder());
  }
  Demand(ids.size() > count, "the repository has too few apps");
  folders.resize(count);

  // By an organization that has none of them yet.
  const std::string organization_id =
      repository.site().installation.Connect("importer", repository.url());
  std::vector<absl::Duration> archives;
  const auto archive = [&] { archives.push_back(Archive(repository, folders)); };
  archive();
  const auto import = [&](size_t i) {
    const auto imported = Need(api.Import(organization_id, ids[i]));
    Demand(imported.app().git_app_id() == ids[i], "another app was imported");
  };
  // git archive has the repository; an organization's first call brings it.
  const absl::Time start = absl::Now();
  import(count);
  const absl::Duration first = absl::Now() - start;
  const Work work = ForEach(count, kImporters, import);
  archive();
  archive();
  const Times one(work.times), archived(archives);
  const Ratio ratio =
      Ratio::Of(work.took, archived.median(), "GitSync to it").AtMost(2);
  Report& report = bench.report();
  report.Part(absl::StrCat("Import of ", sizes.imported, " apps of ", sizes.many_apps));
  report.Row("GitSync, the organization's first, which brings the repository",
             Milliseconds(first), "");
  report.Row(absl::StrCat("GitSync, CreateAppFromGit, ", kImporters, " callers"),
             Milliseconds(work.took), "");
  report.Row("one CreateAppFromGit of these", one);
  report.Row("git archive of the same folders to a pipe", archived, &ratio);
}

}  // namespace gitsync
