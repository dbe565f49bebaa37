// Ways to push with what is there besides git: simple-git, JGit and go-git, over SSH.

#ifndef GITSYNC_TESTS_BENCH_PEER_WAYS_H_
#define GITSYNC_TESTS_BENCH_PEER_WAYS_H_

#include <string>

#include "absl/status/statusor.h"
#include "tests/bench/repository.h"
#include "tests/bench/timings.h"

namespace gitsync {

// Each has pushed once when it is returned.
//
// Errors: that the peer can't be started here or can't reach the host, and why.

// A Node program that clones, commits and pushes each time, as a platform without
// working copies of its own does. Takes many seconds, and so has few rounds.
absl::StatusOr<Way> CloneAndPushBySimpleGit(const Repository& original,
                                            const std::string& name);
// A commit that is ready, from a JVM that is warm.
absl::StatusOr<Way> PushByJgit(const Repository& original, const std::string& name);
// The same from a Go program.
absl::StatusOr<Way> PushByGoGit(const Repository& original, const std::string& name);

}  // namespace gitsync

#endif  // GITSYNC_TESTS_BENCH_PEER_WAYS_H_
