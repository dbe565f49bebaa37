// A repository of many apps, with an organization that is connected to it.

#ifndef GITSYNC_TESTS_BENCH_REPOSITORY_H_
#define GITSYNC_TESTS_BENCH_REPOSITORY_H_

#include <string>
#include <vector>

#include "tests/bench/site.h"
#include "tests/bench/timings.h"

namespace gitsync {

// What a repository has.
struct Shape {
  int apps = 1;
  int synced = 1;    // so many of them are apps of the organization as well
  int branches = 1;  // each but master one commit beside it, on another app
  int commits = 0;   // at least; each changes one page of an app that is not synced
};

class Repository {
 public:
  // `name` is the organization's. When this returns, GitSync has the repository as it
  // is, and its connection is warm.
  Repository(Site* site, const std::string& name, const Shape& shape);

  Site& site() const { return *site_; }
  const TestRemote& remote() const { return remote_; }
  std::string url() const { return site_->installation.host().UrlOf(remote_.path()); }
  const std::string& organization_id() const { return organization_id_; }
  // Ids in the repository of all its apps.
  std::vector<std::string> GitAppIds() const;

  // Changes a page of a synced app to that revision, in GitSync; pushes it.
  void Change(size_t app, int revision);
  void Push(size_t app);

  Way PushByGitSync(const std::string& name);
  // Finds nothing new.
  Way CheckForUpdates(const std::string& name);

 private:
  void AddApps(const Shape& shape);
  void AddBranches(const Shape& shape);
  void AddCommits(const Shape& shape);

  Site* const site_;
  TestRemote remote_;
  std::string organization_id_;
  std::vector<AppAndVersion> apps_;
};

// Path of the page that Change changes, and its text at a revision.
std::string ChangedFile(int app);
std::string AtRevision(std::string page, int revision);

}  // namespace gitsync

#endif  // GITSYNC_TESTS_BENCH_REPOSITORY_H_
