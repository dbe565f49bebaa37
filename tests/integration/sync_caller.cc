#include "tests/integration/sync_caller.h"

#include <gmock/gmock.h>

#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/time/clock.h"
#include "client/lib/caller_interceptor.h"

namespace gitsync {
namespace {

using ::testing::IsEmpty;

constexpr char kPage[] = "apps/shop/definition/pages/home.json";

std::string Revision(int number) { return absl::StrCat("\"revision\":", number); }

}  // namespace

SyncCaller::SyncCaller(Installation* installation, std::string name,
                       std::set<std::string> expected)
    : installation_(installation), expected_(std::move(expected)) {
  Api& api = installation->api();
  const std::string url = installation->host().UrlOf(remote_.path());
  const AppAndVersion origin =
      api.CreateApp(installation->Connect(absl::StrCat(name, " origin"), url), "Shop",
                    R"({"pages":[{"name":"Home","revision":0}]})");
  EXPECT_OK(api.Push(origin, "First"));
  git_app_id_ = origin.git_app_id;
  organization_id_ = installation->Connect(name, url);
}

SyncCaller::~SyncCaller() {
  ServerEnded();
  Finish();
}

void SyncCaller::Start() {
  run_ = std::make_shared<ServerRun>(installation_->server());
  current_.Set(run_);
  if (!thread_.joinable()) thread_ = std::thread([this] { Work(); });
}

void SyncCaller::ServerEnded() {
  current_.Set(nullptr);
  if (run_ != nullptr) run_->ended.request_stop();
}

void SyncCaller::Finish() {
  current_.End();
  if (thread_.joinable()) thread_.join();
}

void SyncCaller::Work() {
  while (Create() && Pull() && Promote() && Delete()) {
  }
}

void SyncCaller::Change() {
  head_ = remote_.CommitFromElsewhere(
      kPage, absl::StrCat("{\"name\":\"Home\",", Revision(++number_), "}\n"), "Theirs");
}

template <typename Stub, typename Request, typename Response>
std::unique_ptr<Response> SyncCaller::Repeat(
    grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&, Response*),
    Request request) {
  request.set_request_id(client::NewRequestId());
  while (const std::shared_ptr<ServerRun> run = current_.Get()) {
    absl::StatusOr<Response> response =
        run->api.client().Call(method, request, {.stop = run->ended.get_token()});
    if (response.ok()) return std::make_unique<Response>(*std::move(response));
    if (run->ended.stop_requested()) continue;
    const std::string reason = client::ErrorOf(response.status()).reason;
    const bool gone = absl::IsUnavailable(response.status()) && reason.empty();
    if (!gone && !expected_.contains(reason)) {
      Surprise(absl::StrCat(request.GetTypeName(), ": ", response.status().ToString()));
      return nullptr;
    }
  }
  return nullptr;
}

template <typename Response>
void SyncCaller::Acknowledge(const Response& response) {
  const v1::Operation& operation = response.operation();
  if (!acknowledged_.emplace(operation.id(), operation.commit_id()).second) {
    Surprise(absl::StrCat("acknowledged twice: ", operation.id()));
  }
  if (operation.commit_id() != head_) {
    Surprise(absl::StrCat("not the branch's commit: ", operation.id()));
  }
}

bool SyncCaller::Create() {
  Change();
  v1::CreateAppFromGitRequest request;
  request.set_organization_id(organization_id_);
  request.set_git_app_id(git_app_id_);
  request.set_git_version_id("master");
  const auto created =
      Repeat(&v1::GitSyncService::Stub::CreateAppFromGit, std::move(request));
  if (created == nullptr) return false;
  Acknowledge(*created);
  app_ = {created->app().id(), created->version().id(), git_app_id_};
  return ExpectVersion();
}

bool SyncCaller::Pull() {
  Change();
  v1::PullAppRequest request;
  request.set_app_id(app_.app_id);
  const auto pulled = Repeat(&v1::GitSyncService::Stub::PullApp, std::move(request));
  if (pulled == nullptr) return false;
  Acknowledge(*pulled);
  return ExpectVersion();
}

bool SyncCaller::Promote() {
  Change();
  v1::PromoteAppRequest request;
  request.set_app_id(app_.app_id);
  const auto promoted =
      Repeat(&v1::GitSyncService::Stub::PromoteApp, std::move(request));
  if (promoted == nullptr) return false;
  Acknowledge(*promoted);
  if (promoted->app().releases_size() != 3) {
    Surprise(absl::StrCat("not released: ", promoted->DebugString()));
  }
  return ExpectVersion();
}

bool SyncCaller::Delete() {
  v1::DeleteAppRequest request;
  request.set_app_id(app_.app_id);
  return Repeat(&v1::AppService::Stub::DeleteApp, std::move(request)) != nullptr;
}

bool SyncCaller::ExpectVersion() {
  v1::GetVersionRequest request;
  request.set_app_id(app_.app_id);
  request.set_version_id(app_.version_id);
  while (const std::shared_ptr<ServerRun> run = current_.Get()) {
    const auto version = run->api.client().Call(
        &v1::AppService::Stub::GetVersion, request, {.stop = run->ended.get_token()});
    if (version.ok()) {
      const std::string definition =
          absl::StrReplaceAll(version->definition(), {{" ", ""}, {"\n", ""}});
      if (!absl::StrContains(definition, absl::StrCat(Revision(number_), "}"))) {
        Surprise(absl::StrCat("not revision ", number_, ": ", version->definition()));
      }
      return true;
    }
    if (!absl::IsUnavailable(version.status()) && !run->ended.stop_requested()) {
      Surprise(version.status().ToString());
      return false;
    }
  }
  return false;
}

int SyncCaller::Judge() {
  EXPECT_THAT(surprises_, IsEmpty());
  v1::ListOperationsRequest request;
  request.set_organization_id(organization_id_);
  const auto operations =
      run_->api.client().ListAll(&v1::OperationService::Stub::ListOperations, request);
  EXPECT_OK(operations);
  if (!operations.ok()) return 0;
  std::map<std::string, std::string> succeeded;
  for (const v1::Operation& operation : operations->operations()) {
    EXPECT_NE(operation.state(), v1::OPERATION_STATE_RUNNING)
        << operation.DebugString();
    if (operation.state() == v1::OPERATION_STATE_SUCCEEDED) {
      succeeded[operation.id()] = operation.commit_id();
    }
  }
  // Finish may have kept one acknowledgement from its caller.
  for (const auto& [id, commit_id] : acknowledged_) {
    EXPECT_EQ(succeeded[id], commit_id) << id;
  }
  EXPECT_LE(succeeded.size(), acknowledged_.size() + 1);
  return static_cast<int>(acknowledged_.size());
}

}  // namespace gitsync
