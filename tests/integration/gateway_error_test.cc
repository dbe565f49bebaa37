// A gateway in front of git that answers a push with an error of its own, be it before
// git has got the push or after: only the branch tells.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "absl/strings/str_cat.h"
#include "client/lib/caller_interceptor.h"
#include "tests/integration/installation.h"

namespace gitsync {
namespace {

using absl::StatusCode;
using ::testing::ElementsAre;

class GatewayErrorTest : public testing::Test {
 protected:
  GatewayErrorTest() { EXPECT_OK(Push(1)); }

  Api& api() { return gitsync_.api(); }

  // Answers pushes with 503, after `first` was done.
  void AnswerPushes(const std::string& first) {
    gitsync_.host().nginx()->SetBackend(absl::StrCat(
        "case \"$PATH_INFO\" in */git-receive-pack) ", first,
        "; printf 'Status: 503 Unavailable\\r\\n\\r\\n' ;; *) exec \"$git\" ;; esac"));
  }

  absl::StatusOr<v1::PushAppVersionResponse> Push(int revision,
                                                  const std::string& request_id = "") {
    EXPECT_OK(
        api().UpdateDefinition(app_, absl::StrCat(R"({"revision":)", revision, "}")));
    return PushAgain(revision, request_id);
  }

  absl::StatusOr<v1::PushAppVersionResponse> PushAgain(int revision,
                                                       const std::string& request_id) {
    return api().Push(app_, absl::StrCat("revision ", revision),
                      [&](auto& request) { request.set_request_id(request_id); });
  }

  Installation gitsync_{{.transport = Transport::kHttps}};
  const AppAndVersion app_ = api().CreateApp(gitsync_.dev(), "Orders", "{}");
};

TEST_F(GatewayErrorTest, PushThatGitHasTakenIsDoneOnce) {
  AnswerPushes("\"$git\" >/dev/null");

  const auto pushed = Push(2);

  ASSERT_OK(pushed);
  EXPECT_TRUE(pushed->changed());
  EXPECT_EQ(pushed->commit_id(), gitsync_.remote().Head());
  EXPECT_THAT(gitsync_.remote().Log(), ElementsAre("revision 2", "revision 1"));
}

TEST_F(GatewayErrorTest, PushThatGitNeverGotIsOpenUntilItIsMadeAgain) {
  AnswerPushes("cat >/dev/null");
  const std::string request_id = client::NewRequestId();

  const auto lost = Push(2, request_id);

  EXPECT_THAT(lost, StatusIs(StatusCode::kUnavailable, "OUTCOME_UNKNOWN"));
  EXPECT_THAT(gitsync_.remote().Log(), ElementsAre("revision 1"));
  gitsync_.host().nginx()->SetBackend("");
  const auto pushed = PushAgain(2, request_id);
  ASSERT_OK(pushed);
  EXPECT_EQ(pushed->commit_id(), gitsync_.remote().Head());
  EXPECT_THAT(gitsync_.remote().Log(), ElementsAre("revision 2", "revision 1"));
}

}  // namespace
}  // namespace gitsync
