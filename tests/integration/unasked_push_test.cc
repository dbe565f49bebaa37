// Over HTTPS, a push right after another one does not ask first where the branch is.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "tests/integration/installation.h"

namespace gitsync {
namespace {

using absl::StatusCode;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

class UnaskedPushTest : public testing::Test {
 protected:
  UnaskedPushTest() {
    app_ = api().CreateApp(gitsync_.dev(), "Orders", Definition(0));
    for (int revision = 1; revision < 3; ++revision) EXPECT_OK(Push(revision));
    requests_ = Requests().size();
  }

  Api& api() { return gitsync_.api(); }

  static std::string Definition(int revision) {
    return absl::StrCat(R"({"revision":)", revision, "}");
  }

  absl::StatusOr<v1::PushAppVersionResponse> Push(int revision) {
    EXPECT_OK(api().UpdateDefinition(app_, Definition(revision)));
    return api().Push(app_, absl::StrCat("revision ", revision));
  }

  // What nginx was asked, oldest first: method and what follows the repository's name.
  std::vector<std::string> Requests() {
    std::vector<std::string> requests;
    for (const absl::string_view line :
         absl::StrSplit(gitsync_.host().nginx()->Log(), '\n', absl::SkipEmpty())) {
      const std::vector<std::string> words = absl::StrSplit(line, ' ');
      const size_t name = words[3].find(".git/");
      requests.push_back(absl::StrCat(words[2], " ", words[3].substr(name + 5)));
    }
    return requests;
  }

  // Those since the last push of the constructor.
  std::vector<std::string> NewRequests() {
    const std::vector<std::string> all = Requests();
    return {all.begin() + static_cast<std::ptrdiff_t>(requests_), all.end()};
  }

  Installation gitsync_{{.transport = Transport::kHttps}};
  AppAndVersion app_;
  size_t requests_ = 0;
};

TEST_F(UnaskedPushTest, IsOneRequest) {
  const auto pushed = Push(3);

  ASSERT_OK(pushed);
  EXPECT_EQ(pushed->commit_id(), gitsync_.remote().Head());
  EXPECT_THAT(NewRequests(), ElementsAre("POST git-receive-pack"));
}

TEST_F(UnaskedPushTest, BranchThatSomebodyElseMovedIsBuiltOn) {
  gitsync_.remote().CommitFromElsewhere("README.md", "theirs\n", "Theirs");

  ASSERT_OK(Push(3));

  EXPECT_THAT(gitsync_.remote().Log(),
              ElementsAre("revision 3", "Theirs", "revision 2", "revision 1"));
  EXPECT_EQ(NewRequests().front(), "POST git-receive-pack");
  EXPECT_TRUE(gitsync_.remote().FsckClean());
}

TEST_F(UnaskedPushTest, BranchThatWasForcedBackIsBuiltOn) {
  gitsync_.remote().Git({"update-ref", "refs/heads/master", "master~1"});
  gitsync_.remote().Git({"reflog", "expire", "--expire=now", "--all"});
  gitsync_.remote().Git({"gc", "-q", "--prune=now"});

  // What was there last is not what this was made from.
  const auto pushed = Push(3);

  ASSERT_THAT(pushed, StatusIs(StatusCode::kAborted, "APP_CONFLICT"));
  ASSERT_OK(api().Push(app_, "mine", [](auto& request) { request.set_force(true); }));
  EXPECT_TRUE(gitsync_.remote().FsckClean());
}

TEST_F(UnaskedPushTest, RefusalHasTheRemotesWords) {
  gitsync_.remote().SetHook("pre-receive", "#!/bin/sh\necho 'not today' >&2\nexit 1\n");

  const auto pushed = Push(3);

  ASSERT_THAT(pushed, StatusIs(StatusCode::kFailedPrecondition, "REMOTE_REJECTED"));
  EXPECT_THAT(pushed.status().message(), HasSubstr("not today"));
}

TEST_F(UnaskedPushTest, HostThatIsGoneIsUnreachable) {
  gitsync_.host().Stop();

  EXPECT_THAT(Push(3), StatusIs(StatusCode::kUnavailable, "REMOTE_UNREACHABLE"));
}

}  // namespace
}  // namespace gitsync
