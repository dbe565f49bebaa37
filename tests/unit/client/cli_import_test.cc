// `gitsyncctl import`, of one app and of many.

#include <gmock/gmock.h>

#include <algorithm>
#include <map>
#include <set>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "tests/unit/client/cli_fixture.h"

namespace gitsync::cli {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Le;
using ::testing::Not;
using ::testing::SizeIs;

// A repository with apps "git-0" to "git-9", of which the organization has "git-3".
class CliImportTest : public CliTest {
 protected:
  void SetUp() override {
    v1::ListGitAppsResponse in_git;
    for (int i = 0; i < 10; ++i) {
      in_git.add_apps()->set_git_app_id(absl::StrCat("git-", i));
    }
    server_.git_sync.ListGitAppsScript.Answers(in_git);
    v1::ListAppsResponse here;
    here.add_apps()->set_git_app_id("git-3");
    server_.apps.ListAppsScript.Answers(here);
    server_.git_sync.CreateAppFromGitScript.Does(
        [this](grpc::ServerContext&, const v1::CreateAppFromGitRequest& request,
               v1::CreateAppFromGitResponse& response) {
          if (failures_.count(request.git_app_id()) > 0) {
            return client::ToGrpc(failures_.at(request.git_app_id()));
          }
          response.mutable_app()->set_id("id-of-" + request.git_app_id());
          return grpc::Status::OK;
        });
  }

  Result Import(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), {"import", "--org", kOrg, "--ref", "main"});
    return Run(std::move(arguments));
  }
  // Ids that were asked for, each once.
  std::set<std::string> Asked() const {
    std::set<std::string> ids;
    for (const auto& request : server_.git_sync.CreateAppFromGitScript.requests()) {
      EXPECT_EQ(request.organization_id(), kOrg);
      EXPECT_EQ(request.git_version_id(), "main");
      EXPECT_TRUE(ids.insert(request.git_app_id()).second);
    }
    return ids;
  }

  std::map<std::string, client::TypedError> failures_;
};

TEST_F(CliImportTest, ImportCreatesTheApp) {
  v1::CreateAppFromGitResponse response;
  response.mutable_app()->set_id(kApp);
  response.set_commit_id(kCommit);
  server_.git_sync.CreateAppFromGitScript.Answers(response);

  const Result result =
      Run({"import", "git-app-1", "--org", kOrg, "--ref", "v1.0", "--name", "Copy"});

  EXPECT_THAT(result.out, AllOf(HasSubstr(kApp), HasSubstr(kCommit)));
  EXPECT_THAT(result.err, HasSubstr("--editable true"));
  const auto request = server_.git_sync.CreateAppFromGitScript.request();
  EXPECT_EQ(request.git_app_id(), "git-app-1");
  EXPECT_EQ(request.git_version_id(), "v1.0");
  EXPECT_EQ(request.organization_id(), kOrg);
  EXPECT_EQ(request.app_name(), "Copy");
}

TEST_F(CliImportTest, AllCreatesThoseThatAreMissing) {
  const Result result = Import({"--all"});

  EXPECT_EQ(result.code, 0) << result.err;
  EXPECT_THAT(Asked(), SizeIs(9));
  EXPECT_THAT(Asked(), Not(Contains("git-3")));
  EXPECT_THAT(result.out, AllOf(HasSubstr("id-of-git-0"), HasSubstr("id-of-git-9")));
  EXPECT_THAT(result.err, HasSubstr("Created 9 of 9 apps."));
  EXPECT_EQ(server_.git_sync.ListGitAppsScript.request().ref(), "main");
}

TEST_F(CliImportTest, SeveralMayBeNamed) {
  const Result result = Import({"git-1", "git-2", "-o", "json"});

  EXPECT_EQ(result.code, 0) << result.err;
  EXPECT_THAT(Asked(), ElementsAre("git-1", "git-2"));
  EXPECT_EQ(std::count(result.out.begin(), result.out.end(), '\n'), 2);
}

TEST_F(CliImportTest, OthersGoOnWhereOneFails) {
  failures_["git-5"] = {
      grpc::StatusCode::ALREADY_EXISTS, "APP_NAME_TAKEN", "No.", {}, {}};

  const Result result = Import({"--all"});

  EXPECT_EQ(result.code, 6);
  EXPECT_THAT(Asked(), SizeIs(9));
  EXPECT_THAT(result.err,
              AllOf(HasSubstr("App git-5: No."), HasSubstr("Created 8 of 9 apps.")));
}

TEST_F(CliImportTest, BrokenAppIsAFailure) {
  v1::ListGitAppsResponse in_git;
  in_git.add_apps()->set_git_app_id("git-0");
  in_git.add_apps()->set_folder("apps/broken");
  in_git.mutable_apps(1)->set_error("No JSON.");
  server_.git_sync.ListGitAppsScript.Answers(in_git);

  const Result result = Import({"--all"});

  EXPECT_EQ(result.code, 6);
  EXPECT_THAT(Asked(), ElementsAre("git-0"));
  EXPECT_THAT(result.err, HasSubstr("App apps/broken: No JSON."));
}

// What is wrong for all is said once, no more is asked for, and it is what counts.
TEST_F(CliImportTest, EndsWhereNoneCanSucceed) {
  v1::ListGitAppsResponse in_git;
  in_git.add_apps()->set_error("No JSON.");
  for (int i = 0; i < 1000; ++i) {
    const std::string id = absl::StrCat("git-", i);
    in_git.add_apps()->set_git_app_id(id);
    failures_[id] = {
        grpc::StatusCode::PERMISSION_DENIED, "ROLE_REQUIRED", "No.", {}, {}};
  }
  server_.git_sync.ListGitAppsScript.Answers(in_git);

  const Result result = Import({"--all"});

  EXPECT_EQ(result.code, 4);
  EXPECT_THAT(Asked(), SizeIs(Le(200)));
  const std::vector<std::string> parts = absl::StrSplit(result.err, ": No.");
  EXPECT_THAT(parts, SizeIs(2));
  EXPECT_THAT(result.err, HasSubstr("No JSON."));
}

TEST_F(CliImportTest, RemoteThatRefusesIsNotThisServer) {
  failures_["git-1"] = {
      grpc::StatusCode::UNAUTHENTICATED, "REMOTE_AUTH_FAILED", "No.", {}, {}};

  EXPECT_EQ(Import({"git-1", "git-2"}).code, 1);
}

TEST_F(CliImportTest, InterruptEndsAllOfThem) {
  v1::ListGitAppsResponse in_git;
  in_git.add_apps()->set_error("No JSON.");
  for (int i = 0; i < 1000; ++i) {
    in_git.add_apps()->set_git_app_id(absl::StrCat("git-", i));
  }
  server_.git_sync.ListGitAppsScript.Answers(in_git);
  server_.git_sync.CreateAppFromGitScript.Does(
      [this](grpc::ServerContext& context, const v1::CreateAppFromGitRequest& request,
             v1::CreateAppFromGitResponse&) {
        if (request.git_app_id() == "git-7") stop_.request_stop();
        return client::Stall(context);
      });

  const Result result = Import({"--all"});

  EXPECT_EQ(result.code, 130);
  EXPECT_THAT(Asked(), SizeIs(Le(200)));
  EXPECT_THAT(result.err, AllOf(HasSubstr("Created 0 of 999 apps."),
                                HasSubstr("Cancelled."), Not(HasSubstr("App git-"))));
}

TEST_F(CliImportTest, WhatIsThereTwiceIsCreatedOnce) {
  EXPECT_EQ(Import({"git-1", "git-1", "git-2"}).code, 0);
  EXPECT_THAT(Asked(), ElementsAre("git-1", "git-2"));
}

TEST_F(CliImportTest, EachFailureIsAnObjectInJson) {
  failures_["git-5"] = {
      grpc::StatusCode::ALREADY_EXISTS, "APP_NAME_TAKEN", "No.", {}, {}};

  const Result result = Import({"--all", "-o", "json", "-q"});

  EXPECT_EQ(result.code, 6);
  EXPECT_EQ(std::count(result.out.begin(), result.out.end(), '\n'), 8);
  EXPECT_EQ(std::count(result.err.begin(), result.err.end(), '\n'), 1);
  EXPECT_THAT(result.err, AllOf(HasSubstr("App git-5"), HasSubstr("APP_NAME_TAKEN")));
}

TEST_F(CliImportTest, UsageIsChecked) {
  EXPECT_EQ(Import({}).code, 2);
  EXPECT_EQ(Import({"git-1", "--all"}).code, 2);
  EXPECT_EQ(Import({"git-1", "git-2", "--name", "Copy"}).code, 2);
  EXPECT_EQ(Import({"--all", "--name", "Copy"}).code, 2);
  EXPECT_THAT(Asked(), IsEmpty());
}

}  // namespace
}  // namespace gitsync::cli
