#include "tests/bench/site.h"

#include <filesystem>
#include <memory>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "tests/bench/ready_pack.h"

namespace gitsync {
namespace {

constexpr int kPages = 6;
constexpr char kAppName[] = "app 0000";
constexpr char kSlug[] = "app-0000";
// What a round changes, and where git finds it.
constexpr char kChangedFile[] = "apps/app-0000/definition/pages/page-0.json";
// Of what takes many seconds each: a few tell enough.
constexpr int kSlowRounds = 3;

std::string Definition(int revision) {
  std::string pages;
  for (int page = 0; page < kPages; ++page) {
    absl::StrAppend(&pages, page == 0 ? "" : ",", R"({"id":"page-)", page,
                    R"(","revision":)", page == 0 ? revision : 0, R"(,"widgets":[)");
    for (int widget = 0; widget < 12; ++widget) {
      absl::StrAppend(&pages, widget == 0 ? "" : ",",
                      R"({"kind":"field","label":"Field )", widget, " of ", kAppName,
                      R"(","width":)", 40 + widget, "}");
    }
    absl::StrAppend(&pages, "]}");
  }
  return absl::StrCat(R"({"title":")", kAppName, R"(","pages":[)", pages, "]}");
}

std::string Number(int number) { return absl::StrFormat("%04d", number); }

// Copies the one app of the repository until there are `apps`, each with names and
// contents of its own.
void MultiplyApp(const TestRemote& remote, int apps) {
  std::string stream =
      "commit refs/heads/master\ncommitter Bench <bench@example.com> 1700000000 +0000\n"
      "data 9\nmore apps\nfrom refs/heads/master^0\n";
  const std::string list =
      remote.Git({"ls-tree", "-r", "--name-only", "master", "apps"});
  const std::vector<std::string> files = absl::StrSplit(list, '\n');
  for (const std::string& file : files) {
    const std::string content = remote.File("master", file);
    for (int app = 1; app < apps; ++app) {
      std::string copy =
          absl::StrReplaceAll(content, {{kAppName, absl::StrCat("app ", Number(app))},
                                        {kSlug, absl::StrCat("app-", Number(app))}});
      if (absl::EndsWith(file, "/app.json")) {
        // The id in the repository is a UUID; its first digits make it another one.
        const size_t key = copy.find("\"git_app_id\": \"");
        Demand(key != std::string::npos, "app.json has no git_app_id");
        copy.replace(copy.find('"', key + 13) + 1, 4, Number(app));
      }
      absl::StrAppend(&stream, "M 100644 inline ",
                      absl::StrReplaceAll(file, {{"0000", Number(app)}}), "\ndata ",
                      copy.size(), "\n", copy, "\n");
    }
  }
  const TempDir dir;
  WriteTestFile(dir / "stream", stream);
  RunOrEnd({"sh", "-c", R"(git -C "$1" fast-import --quiet <"$2")", "sh", remote.path(),
            dir / "stream"});
}

}  // namespace

Site::Site(Transport transport, int apps)
    : installation_({.transport = transport}), user_(&installation_.host()) {
  // Not the revision of any round.
  app_ = installation_.api().CreateApp(installation_.dev(), kAppName,
                                       Definition(/*revision=*/100000));
  Push(100000);
  MultiplyApp(installation_.remote(), apps);
  installation_.remote().Git({"repack", "-a", "-d", "-q"});
  // Brings the mirror up to date.
  const auto listed = installation_.api().ListGitApps(installation_.dev());
  Demand(listed.ok() && listed->apps_size() == apps,
         absl::StrCat("the repository has not its ", apps, " apps"));
  // The app is at the newest commit from here on.
  Change(0);
  Push(0);
}

void Site::Change(int revision) {
  const auto changed = installation_.api().UpdateDefinition(app_, Definition(revision));
  Demand(changed.ok(), changed.status().ToString());
}

void Site::Push(int revision) {
  const auto pushed = installation_.api().Push(app_, absl::StrCat("round ", revision));
  Demand(pushed.ok() && pushed->changed(), pushed.status().ToString());
}

std::string Site::Copy(const std::string& name) {
  const std::string path = user_.Folder(name + ".git");
  RunOrEnd({"cp", "-r", installation_.remote().path(), path});
  return installation_.host().UrlOf(path);
}

std::string Site::Clone(const std::string& name) {
  std::string clone = user_.Folder(name);
  user_.Git({"clone", "-q", Copy(name), clone});
  return clone;
}

Way Site::PushByGitSync() {
  const auto revision = std::make_shared<int>();
  return {"GitSync, PushAppVersion over gRPC",
          [this, revision](int round) {
            *revision = round;
            Change(round);
          },
          [this, revision] { Push(*revision); }};
}

Way Site::PushReadyPack() {
  struct State {
    ReadyPack push;
    std::string old_id, new_id, pack;  // of the next push
  };
  const std::string url = Copy("ready");
  const std::string clone = user_.Folder("ready");
  user_.Git({"clone", "-q", url, clone});
  const std::shared_ptr<State> state(
      new State{ReadyPack(&installation_.sshd(), url), "", "", ""});
  return {"the remote's own part: a ready pack on a live session",
          [this, clone, state](int round) {
            state->push.Finish();
            user_.Commit(clone, kChangedFile, round);
            const auto id = [&](const std::string& name) {
              return user_.Git({"-C", clone, "rev-parse", name}).substr(0, 40);
            };
            state->old_id = id("HEAD~1");
            state->new_id = id("HEAD");
            state->pack = RunOrEnd({"sh", "-c",
                                    R"(printf 'HEAD\n^HEAD~1\n' |)"
                                    R"( git -C "$1" pack-objects -q --revs --stdout)",
                                    "sh", clone});
          },
          [state] {
            Demand(state->push.Push(state->old_id, state->new_id, state->pack),
                   "a ready pack was refused");
          }};
}

Way Site::PushByGit(const std::string& name, bool multiplexed) {
  const std::string clone = Clone(multiplexed ? "multiplexed" : "cold");
  return {name, [this, clone](int round) { user_.Commit(clone, kChangedFile, round); },
          [this, clone, multiplexed] {
            user_.Git({"-C", clone, "push", "-q", "origin", "master"}, multiplexed);
          }};
}

Way Site::CloneCommitPush() {
  const std::string clone = user_.Folder("each-time");
  const auto revision = std::make_shared<int>();
  return {"clone, commit, push each time",
          [clone, revision](int round) {
            *revision = round;
            std::filesystem::remove_all(clone);
          },
          [this, clone, revision, url = Copy("each-time")] {
            user_.Git({"clone", "-q", url, clone});
            user_.Commit(clone, kChangedFile, *revision);
            user_.Git({"-C", clone, "push", "-q", "origin", "master"});
          },
          kWarmUps + kSlowRounds};
}

Way Site::CheckForUpdates(const std::string& name) {
  return {name, [](int) {},
          [this] {
            const auto updates = installation_.api().CheckForUpdates(app_.app_id);
            Demand(updates.ok() && !updates->update_available() &&
                       updates->latest_commit_id() == updates->synced_commit_id(),
                   updates.status().ToString());
          }};
}

Way Site::LsRemote(const std::string& name, bool multiplexed) {
  return {name, [](int) {},
          [this, multiplexed, url = installation_.url()] {
            const std::string refs = user_.Git({"ls-remote", url}, multiplexed);
            Demand(absl::StrContains(refs, "refs/heads/master"),
                   "the remote has no branch");
          }};
}

}  // namespace gitsync
