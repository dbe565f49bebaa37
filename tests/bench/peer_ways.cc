#include "tests/bench/peer_ways.h"

#include <filesystem>
#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"
#include "server/base/status_macros.h"
#include "tests/bench/local_clone.h"
#include "tests/bench/peer.h"
#include "tests/support/node_script.h"

namespace gitsync {
namespace {

constexpr char kPeers[] = GITSYNC_SOURCE_DIR "/tests/bench/peers/";
constexpr int kSlowRounds = 3;

// Pushes what LocalClone commits, by a peer that takes "FOLDER".
absl::StatusOr<Way> PushByPeer(const Repository& original, const std::string& name,
                               const std::string& program) {
  const GitUser& user = original.site().user;
  ASSIGN_OR_RETURN(std::shared_ptr<PeerProcess> peer,
                   PeerProcess::Start({absl::StrCat(kPeers, program), user.KeyFile(),
                                       user.KnownHostsFile()},
                                      user.Environment()));
  const auto clone = std::make_shared<LocalClone>(original, program);
  clone->Commit(-1);
  RETURN_IF_ERROR(peer->Ask(clone->folder()));
  return Way{name, [clone](int round) { clone->Commit(round); },
             [peer, clone] {
               const absl::Status pushed = peer->Ask(clone->folder());
               Demand(pushed.ok(), pushed.ToString());
             }};
}

}  // namespace

absl::StatusOr<Way> CloneAndPushBySimpleGit(const Repository& original,
                                            const std::string& name) {
  const GitUser& user = original.site().user;
  constexpr char kFolder[] = "bench/peers/simple_git";
  constexpr char kNpm[] = GITSYNC_SOURCE_DIR "/tests/support/npm";
  const CommandResult installed = InstallNpmPackages(kFolder);
  if (installed.status != 0) {
    return absl::UnavailableError(
        absl::StrCat("npm could not install it: ", installed.output));
  }
  ASSIGN_OR_RETURN(
      std::shared_ptr<PeerProcess> peer,
      PeerProcess::Start({kNpm, kFolder, "clone_and_push.js"}, user.Environment()));
  const LocalClone copy(original, "simple-git");
  const std::string folder = user.Folder("simple-git");
  const std::string what =
      absl::StrCat(copy.url(), " ", folder, " ", ChangedFile(0), " ");
  const auto revision = std::make_shared<int>(0);
  // There is no connection and no cache to warm up.
  return Way{name,
             [folder, revision](int round) {
               *revision = round;
               std::filesystem::remove_all(folder);
             },
             [peer, what, revision] {
               if (*revision <= kWarmUps) return;
               const absl::Status pushed = peer->Ask(absl::StrCat(what, *revision));
               Demand(pushed.ok(), pushed.ToString());
             },
             kSlowRounds};
}

absl::StatusOr<Way> PushByJgit(const Repository& original, const std::string& name) {
  return PushByPeer(original, name, "jgit");
}

absl::StatusOr<Way> PushByGoGit(const Repository& original, const std::string& name) {
  return PushByPeer(original, name, "go_git");
}

}  // namespace gitsync
