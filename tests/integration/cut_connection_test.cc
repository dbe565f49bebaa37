// Connections to a git host that are cut while they are made, while pushes and pulls go
// over them, and with sshd itself.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <functional>
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
  explicit ProxiedTest(Transport transport) : gitsync_({.transport = transport}) {}

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
    auto pushed = push(timeout);
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

  // Has others push a change of the app, and pulls it with a deadline, and again as its
  // caller would if that fails. Returns whether the first call did it.
  bool PullOnce(const AppAndVersion& theirs, const AppAndVersion& ours, size_t number,
                absl::Duration timeout) {
    Api& api = gitsync_.api();
    EXPECT_OK(api.UpdateDefinition(theirs, absl::StrCat("{\"number\":", number, "}")));
    const auto pushed = api.Push(theirs, absl::StrCat("number ", number));
    EXPECT_OK(pushed);
    if (!pushed.ok()) return false;
    v1::PullAppRequest request;
    request.set_app_id(ours.app_id);
    const auto pull = [&](absl::Duration limit) {
      return api.client().Call(&v1::GitSyncService::Stub::PullApp, request,
                               {.timeout = limit});
    };
    auto pulled = pull(timeout);
    const bool at_once = pulled.ok();
    if (!at_once) {
      // Nothing has changed, and it is said who is to blame.
      EXPECT_THAT(pulled.status().code(),
                  testing::AnyOf(absl::StatusCode::kUnavailable,
                                 absl::StatusCode::kDeadlineExceeded))
          << pulled.status();
      const auto version = api.GetVersion(ours);
      EXPECT_OK(version);
      // Unless the answer came when its caller had given up.
      if (version.ok() && version->commit_id() == pushed->commit_id()) {
        const auto operation = api.LastOperation(ours.app_id);
        EXPECT_TRUE(operation.ok() &&
                    operation->state() == v1::OPERATION_STATE_SUCCEEDED)
            << operation.status();
      }
    }
    proxy_.EndAll();
    const absl::Time give_up = absl::Now() + kSettleLimit;
    while (!pulled.ok() && absl::Now() < give_up) {
      absl::SleepFor(absl::Milliseconds(20));
      pulled = pull(kSettleLimit);
    }
    EXPECT_OK(pulled);
    const auto version = api.GetVersion(ours);
    EXPECT_OK(version);
    if (version.ok()) {
      EXPECT_EQ(version->commit_id(), pushed->commit_id());
      EXPECT_THAT(version->definition(),
                  testing::HasSubstr(absl::StrCat("\"number\": ", number, "\n")));
    }
    return at_once;
  }

  void ExpectEachOnce() {
    EXPECT_EQ(gitsync_.remote().Log().size(), pushes_);
    EXPECT_EQ(gitsync_.remote().Git({"rev-list", "--min-parents=2", "master"}), "");
    EXPECT_TRUE(gitsync_.remote().FsckClean());
  }

  Installation gitsync_;
  TcpProxy proxy_{gitsync_.host().port()};
  const std::string organization_id_ = gitsync_.Connect(
      "cut", absl::StrReplaceAll(gitsync_.url(),
                                 {{absl::StrCat(":", gitsync_.host().port(), "/"),
                                   absl::StrCat(":", proxy_.port(), "/")}}));
  size_t pushes_ = 0;
};

class CutConnectionTest : public ProxiedTest,
                          public ::testing::WithParamInterface<
                              std::tuple<Transport, bool, TcpProxy::CutKind>> {
 protected:
  CutConnectionTest() : ProxiedTest(std::get<Transport>(GetParam())) {}

  static bool Stalls() {
    return std::get<TcpProxy::CutKind>(GetParam()) == TcpProxy::CutKind::kStall;
  }

  // Cuts the next connection, at bytes that are `step` apart, or more where that takes
  // long, while `call` is made with a time limit; it returns whether it succeeded in
  // spite of that.
  void CutAt(size_t step,
             const std::function<bool(size_t at, absl::Duration limit)>& call) {
    const auto [transport, to_server, kind] = GetParam();
    step *= kSlowness > 1 ? 9 : Stalls() || kSanitized ? 3 : 1;
    int cuts = 0;
    int at_once = 0;
    // Logging in over SSH takes about 3 kB each way, a push some hundreds more.
    const size_t end = transport == Transport::kSsh ? 6000 : 3500;
    for (size_t at = 0; at < end; at += at == 0 ? 1 : step, ++cuts) {
      SCOPED_TRACE(at);
      proxy_.CutNext({to_server, kind, at});
      at_once += call(at, Stalls() ? absl::Seconds(1) : absl::Seconds(20)) ? 1 : 0;
    }
    std::cout << cuts << " cuts, " << at_once << " done at once" << std::endl;
  }
};

std::string NameOfCut(
    const testing::TestParamInfo<CutConnectionTest::ParamType>& parameters) {
  const auto [transport, to_server, kind] = parameters.param;
  const char* const kinds[] = {"End", "Reset", "Stall"};
  return absl::StrCat(transport == Transport::kSsh ? "Ssh" : "Https",
                      kinds[static_cast<int>(kind)],
                      to_server ? "ToServer" : "ToClient");
}

INSTANTIATE_TEST_SUITE_P(
    At, CutConnectionTest,
    ::testing::Combine(::testing::Values(Transport::kSsh, Transport::kHttps),
                       ::testing::Bool(),
                       ::testing::Values(TcpProxy::CutKind::kEnd,
                                         TcpProxy::CutKind::kReset,
                                         TcpProxy::CutKind::kStall)),
    NameOfCut);

TEST_P(CutConnectionTest, PushIsThereOnceWhereverTheConnectionIsCut) {
  CutAt(230, [&](size_t at, absl::Duration limit) {
    return PushOnce(absl::StrCat("cut at ", at), limit);
  });

  ExpectEachOnce();
}

TEST_P(CutConnectionTest, PullBringsTheCommitWhereverTheConnectionIsCut) {
  Api& api = gitsync_.api();
  const AppAndVersion theirs = api.CreateApp(gitsync_.dev(), "Shop", kDefinition);
  ASSERT_OK(api.Push(theirs, "Add"));
  ASSERT_OK_AND_ASSIGN(const auto imported,
                       api.Import(organization_id_, theirs.git_app_id));
  const AppAndVersion ours = {imported.app().id(), imported.version().id(), ""};

  CutAt(460, [&](size_t at, absl::Duration limit) {
    return PullOnce(theirs, ours, at, limit);
  });
}

class KilledSshdTest : public ProxiedTest {
 protected:
  KilledSshdTest() : ProxiedTest(Transport::kSsh) {}
};

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
