#include "tests/bench/repository.h"

#include <memory>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "tests/bench/callers.h"
#include "tests/bench/fast_import.h"

namespace gitsync {
namespace {

constexpr int kPages = 6;
// Not a revision of any round.
constexpr int kFirstRevision = 100000;

std::string Number(int number) { return absl::StrFormat("%05d", number); }
std::string AppName(int app) { return absl::StrCat("app ", Number(app)); }
std::string Slug(int app) { return absl::StrCat("app-", Number(app)); }

std::string Definition(int app, int revision) {
  std::string pages;
  for (int page = 0; page < kPages; ++page) {
    absl::StrAppend(&pages, page == 0 ? "" : ",", R"({"id":"page-)", page,
                    R"(","revision":)", page == 0 ? revision : 0, R"(,"widgets":[)");
    for (int widget = 0; widget < 12; ++widget) {
      absl::StrAppend(&pages, widget == 0 ? "" : ",",
                      R"({"kind":"field","label":"Field )", widget, " of ",
                      AppName(app), R"(","width":)", 40 + widget, "}");
    }
    absl::StrAppend(&pages, "]}");
  }
  return absl::StrCat(R"({"title":")", AppName(app), R"(","pages":[)", pages, "]}");
}

// A file of app 0 as it would be in another app.
std::string OfApp(const std::string& content, int app) {
  std::string copy =
      absl::StrReplaceAll(content, {{AppName(0), AppName(app)}, {Slug(0), Slug(app)}});
  // The id in the repository is a UUID; its first digits make it another one.
  constexpr char kKey[] = "\"git_app_id\": \"";
  if (const size_t key = copy.find(kKey); key != std::string::npos) {
    copy.replace(key + sizeof(kKey) - 1, 8, absl::StrFormat("%08d", app));
  }
  return copy;
}

}  // namespace

std::string ChangedFile(int app) {
  return absl::StrCat("apps/", Slug(app), "/definition/pages/page-0.json");
}

std::string AtRevision(std::string page, int revision) {
  constexpr char kKey[] = "\"revision\": ";
  const size_t start = page.find(kKey);
  Demand(start != std::string::npos, "the page has no revision");
  const size_t digits = start + sizeof(kKey) - 1;
  return page.replace(digits, page.find_first_not_of("0123456789", digits) - digits,
                      absl::StrCat(revision));
}

Repository::Repository(Site* site, const std::string& name, const Shape& shape)
    : site_(site) {
  organization_id_ = site_->installation.Connect(name, url());
  apps_.resize(static_cast<size_t>(shape.synced));
  ForEach(apps_.size(), /*callers=*/8, [this](size_t app) {
    const int number = static_cast<int>(app);
    apps_[app] = site_->api().CreateApp(organization_id_, AppName(number),
                                        Definition(number, kFirstRevision));
    Push(app);
  });
  AddApps(shape);
  AddBranches(shape);
  AddCommits(shape);
  // What git would do by itself, sooner or later. Where nothing but one pack is there
  // it costs next to nothing, as deltas are used again.
  remote_.Git({"repack", "-a", "-d", "-q"});
  remote_.Git({"pack-refs", "--all"});
  Demand(GitAppIds().size() == static_cast<size_t>(shape.apps),
         absl::StrCat("the repository has not its ", shape.apps, " apps"));
  // The app is at the newest commit from here on.
  Change(0, 0);
  Push(0);
}

void Repository::AddApps(const Shape& shape) {
  if (shape.apps <= shape.synced) return;
  const std::string list =
      remote_.Git({"ls-tree", "-r", "--name-only", "master", "apps/" + Slug(0)});
  std::vector<std::pair<std::string, std::string>> files;  // path, content
  for (const std::string& path : std::vector<std::string>(absl::StrSplit(list, '\n'))) {
    files.emplace_back(path, remote_.File("master", path));
  }
  FastImport stream(remote_.path());
  stream.Commit("master", "more apps", "refs/heads/master^0");
  for (const auto& [path, content] : files) {
    for (int app = shape.synced; app < shape.apps; ++app) {
      stream.File(OfApp(path, app), OfApp(content, app));
    }
  }
}

void Repository::AddBranches(const Shape& shape) {
  if (shape.branches <= 1) return;
  const std::string page = remote_.File("master", ChangedFile(0));
  FastImport stream(remote_.path(), shape.branches);
  for (int branch = 1; branch < shape.branches; ++branch) {
    const int app = shape.synced + branch % (shape.apps - shape.synced);
    stream.Commit(absl::StrCat("branch-", branch), "beside", "refs/heads/master^0");
    stream.File(ChangedFile(app), OfApp(AtRevision(page, branch), app));
  }
}

void Repository::AddCommits(const Shape& shape) {
  if (shape.commits == 0) return;
  const std::string page = remote_.File("master", ChangedFile(0));
  FastImport stream(remote_.path(), shape.commits);
  for (int commit = 0; commit < shape.commits; ++commit) {
    const int app = shape.synced + commit % (shape.apps - shape.synced);
    stream.Commit("master", absl::StrCat("revision ", commit),
                  commit == 0 ? "refs/heads/master^0" : "");
    stream.File(ChangedFile(app), OfApp(AtRevision(page, commit), app));
  }
}

std::vector<std::string> Repository::GitAppIds() const {
  std::vector<std::string> ids;
  const auto listed = Need(site_->api().ListGitApps(organization_id_));
  for (const auto& app : listed.apps()) ids.push_back(app.git_app_id());
  return ids;
}

void Repository::Change(size_t app, int revision) {
  Need(site_->api().UpdateDefinition(apps_[app],
                                     Definition(static_cast<int>(app), revision)));
}

void Repository::Push(size_t app) {
  const auto pushed = Need(site_->api().Push(apps_[app], "a change"));
  Demand(pushed.changed(), "a push found nothing to do");
}

Way Repository::PushByGitSync(const std::string& name) {
  return {name, [this](int round) { Change(0, round); }, [this] { Push(0); }};
}

Way Repository::CheckForUpdates(const std::string& name) {
  return {name, [](int) {},
          [this] {
            const auto updates = Need(site_->api().CheckForUpdates(apps_[0].app_id));
            Demand(!updates.update_available() &&
                       updates.latest_commit_id() == updates.synced_commit_id(),
                   "there is something new");
          }};
}

}  // namespace gitsync
