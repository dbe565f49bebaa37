#include "absl/strings/match.h"
#include "tests/bench/bench.h"

namespace gitsync {
namespace {

Way LsRemote(Repository& repository, bool multiplexed) {
  return {"", [](int) {},
          [&repository, multiplexed] {
            const std::string refs = repository.site().user.Git(
                {"ls-remote", repository.url()}, multiplexed);
            Demand(absl::StrContains(refs, "refs/heads/master"),
                   "the remote has no branch");
          }};
}

}  // namespace

void MeasureChecks(Bench& bench) {
  bench.report().Part("Nothing new");
  Repository& ssh = bench.usual(Transport::kSsh);
  Repository& https = bench.usual(Transport::kHttps);
  const std::vector<Times> times =
      Measure({ssh.CheckForUpdates(""), LsRemote(ssh, /*multiplexed=*/true),
               https.CheckForUpdates(""), LsRemote(https, /*multiplexed=*/false)},
              bench.sizes().rounds);
  const auto to_git = [&](size_t ours) {
    return Ratio::Of(times[ours].median(), times[ours + 1].median(), "GitSync to it")
        .AtMost(0.5);
  };
  const Ratio ssh_ratio = to_git(0);
  const Ratio https_ratio = to_git(2);
  bench.report().Row("SSH: GitSync, CheckForUpdates over gRPC", times[0]);
  bench.report().Row("SSH: git ls-remote, multiplexed connection", times[1],
                     &ssh_ratio);
  bench.report().Row("HTTPS: GitSync, CheckForUpdates over gRPC", times[2]);
  bench.report().Row("HTTPS: git ls-remote", times[3], &https_ratio);
}

}  // namespace gitsync
