// What the parts of the benchmark share: an installation, and a user of git beside it.

#ifndef GITSYNC_TESTS_BENCH_SITE_H_
#define GITSYNC_TESTS_BENCH_SITE_H_

#include "tests/bench/git_user.h"
#include "tests/integration/installation.h"

namespace gitsync {

struct Site {
  // Over SSH the host's key is of a type that all peers know.
  explicit Site(Transport transport)
      : installation({.transport = transport,
                      .host_key_type = "ecdsa",
                      .server = {.flags = {"--log_level=warning"}}}),
        user(&installation.host()) {}

  Api& api() { return installation.api(); }

  Installation installation;
  GitUser user;
};

}  // namespace gitsync

#endif  // GITSYNC_TESTS_BENCH_SITE_H_
