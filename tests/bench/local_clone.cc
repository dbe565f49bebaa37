#include "tests/bench/local_clone.h"

#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"
#include "tests/bench/fast_import.h"
#include "tests/bench/ready_pack.h"

namespace gitsync {

LocalClone::LocalClone(const Repository& original, const std::string& name)
    : user_(original.site().user) {
  static int count = 0;
  const std::string base = user_.Folder(absl::StrCat(name, "-", ++count));
  RunOrEnd({"cp", "-r", original.remote().path(), base + ".remote"});
  url_ = original.site().installation.host().UrlOf(base + ".remote");
  folder_ = base + ".git";
  RunOrEnd(
      {"git", "clone", "-q", "--bare", "--single-branch", base + ".remote", folder_});
  Git({"config", "remote.origin.url", url_});
  page_ = Git({"show", absl::StrCat("master:", ChangedFile(0))});
}

void LocalClone::Commit(int round) {
  FastImport stream(folder_);
  stream.Commit("master", absl::StrCat("round ", round), "refs/heads/master^0");
  stream.File(ChangedFile(0), AtRevision(page_, round));
}

std::string LocalClone::Git(std::vector<std::string> arguments,
                            bool multiplexed) const {
  arguments.insert(arguments.begin(), absl::StrCat("--git-dir=", folder_));
  return user_.Git(arguments, multiplexed);
}

Way PushByGit(const Repository& original, const std::string& name, bool multiplexed) {
  const auto clone =
      std::make_shared<LocalClone>(original, multiplexed ? "multiplexed" : "cold");
  return {name, [clone](int round) { clone->Commit(round); },
          [clone, multiplexed] {
            clone->Git({"push", "-q", "origin", "master"}, multiplexed);
          }};
}

Way PushReadyPack(const Repository& original, const std::string& name) {
  struct State {
    LocalClone clone;
    ReadyPack push;
    std::string old_id, new_id, pack;  // of the next push
  };
  LocalClone clone(original, "ready");
  const std::string url = clone.url();
  const std::shared_ptr<State> state(
      new State{std::move(clone), ReadyPack(&original.site().installation.sshd(), url),
                "", "", ""});
  return {name,
          [state](int round) {
            state->push.Finish();
            state->clone.Commit(round);
            state->old_id = state->clone.Git({"rev-parse", "master~1"}).substr(0, 40);
            state->new_id = state->clone.Git({"rev-parse", "master"}).substr(0, 40);
            // As thin as GitSync's own.
            state->pack = RunOrEnd(
                {"sh", "-c",
                 R"(printf 'master\n^master~1\n' |)"
                 R"( git --git-dir="$1" pack-objects -q --thin --revs --stdout)",
                 "sh", state->clone.folder()});
          },
          [state] {
            Demand(state->push.Push(state->old_id, state->new_id, state->pack),
                   "a ready pack was refused");
          }};
}

}  // namespace gitsync
