// Connections to sshd that are cut while they are made, while pushes go over them, and
// with sshd itself.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <iostream>
#include <thread>
#include <tuple>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/time/clock.h"
#include "client/lib/caller_interceptor.h"
#include "tests/integration/push_load.h"
#include "tests/support/slowness.h"
#include "tests/support/tcp_proxy.h"

namespace gitsync {
namespace {

constexpr absl::Duration kSettleLimit = absl::Seconds(60);

// An organization whose connections go through a proxy.
class ProxiedTest : public ::testing::Test {
 protected:
  // Pushes a new app with a deadline, and again as its caller would if that fails,
  // until it is there. Returns whether the first call did it.
  bool PushOnce(const std::string& name, absl::Duration timeout) {
    Api& api = gitsync_.api();
    const AppAndVersion app = api.CreateApp(organization_id_, name, kDefinition);
    const std::string request_id = client::NewRequestId();
    const auto push = [&](absl::Duration limit) {
      return api.Push(app, name,
                      [&](auto& request) { request.set_request_id(request_id); },
                      {.timeout = limit});
    };
    const absl::Time start = absl::Now();
    auto pushed = push(timeout);
    EXPECT_LT(absl::Now() - start, timeout + absl::Seconds(1) * kSlowness);
    const bool at_once = pushed.ok();
    proxy_.EndAll();
    const absl::Time give_up = absl::Now() + kSettleLimit;
    while (!pushed.ok() && absl::Now() < give_up) {
      absl::SleepFor(absl::Milliseconds(20));
      pushed = push(kSettleLimit);
    }
    EXPECT_TRUE(pushed.ok()) << name << ": " << pushed.status();
    if (!pushed.ok()) return false;
    const auto commits = CommitsByOperation(gitsync_.remote());
    const auto made = commits.find(pushed->operation().id());
    EXPECT_NE(made, commits.end()) << name;
    if (made == commits.end()) return false;
    EXPECT_EQ(made->second, std::vector<std::string>({pushed->commit_id()}));
    ++pushes_;
    return at_once;
  }

  void ExpectEachOnce() {
    EXPECT_EQ(gitsync_.remote().Log().size(), pushes_);
    EXPECT_EQ(gitsync_.remote().Git({"rev-list", "--min-parents=2", "master"}), "");
    EXPECT_TRUE(gitsync_.remote().FsckClean());
  }

  Installation gitsync_;
  TcpProxy proxy_{gitsync_.sshd().port()};
  const std::string organization_id_ = gitsync_.Connect(
      "cut", absl::StrReplaceAll(gitsync_.url(),
                                 {{absl::StrCat(":", gitsync_.sshd().port(), "/"),
                                   absl::StrCat(":", proxy_.port(), "/")}}));
  size_t pushes_ = 0;
};

class CutConnectionTest
    : public ProxiedTest,
      public ::testing::WithParamInterface<std::tuple<bool, TcpProxy::CutKind>> {};

std::string NameOfCut(
    const testing::TestParamInfo<CutConnectionTest::ParamType>& parameters) {
  const auto [to_server, kind] = parameters.param;
  const char* const kinds[] = {"End", "Reset", "Stall"};
  return absl::StrCat(kinds[static_cast<int>(kind)],
                      to_server ? "ToServer" : "ToClient");
}

INSTANTIATE_TEST_SUITE_P(
    At, CutConnectionTest,
    ::testing::Combine(::testing::Bool(), ::testing::Values(TcpProxy::CutKind::kEnd,
                                                            TcpProxy::CutKind::kReset,
                                                            TcpProxy::CutKind::kStall)),
    NameOfCut);

TEST_P(CutConnectionTest, PushIsThereOnceWhereverTheConnectionIsCut) {
  const auto [to_server, kind] = GetParam();
  const bool stalls = kind == TcpProxy::CutKind::kStall;
  // Logging in takes about 3 kB each way, a push some hundreds more.
  const size_t step = stalls || kSanitized ? 700 : 230;
  int cuts = 0;
  int at_once = 0;

  for (size_t at = 0; at < 6000; at += at == 0 ? 1 : step, ++cuts) {
    SCOPED_TRACE(at);
    proxy_.CutNext({to_server, kind, at});
    at_once += PushOnce(absl::StrCat("cut at ", at),
                        stalls ? absl::Seconds(1) : absl::Seconds(20))
                   ? 1
                   : 0;
  }

  ExpectEachOnce();
  std::cout << cuts << " cuts, " << at_once << " pushed at once" << std::endl;
}

using KilledSshdTest = ProxiedTest;

// sshd and the git that it runs die while the remote has the pack and the ref has not
// moved yet.
TEST_F(KilledSshdTest, PushIsThereOnceWhenSshdIsKilledInTheMiddle) {
  const TempDir folder;
  const std::string started = folder / "started";
  gitsync_.remote().SetHook(
      "pre-receive", absl::StrCat("#!/bin/sh\n[ -e ", started, " ] || { : >", started,
                                  "; sleep 5; }\n"));
  std::jthread killer([&] {
    const absl::Time give_up = absl::Now() + absl::Seconds(60);
    while (!std::ifstream(started) && absl::Now() < give_up) {
      absl::SleepFor(absl::Milliseconds(2));
    }
    gitsync_.sshd().KillConnections();
  });

  PushOnce("killed", absl::Seconds(30));

  killer.join();
  ExpectEachOnce();
}

}  // namespace
}  // namespace gitsync
