#include <algorithm>
#include <atomic>
#include <mutex>
#include <set>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "client/cli/commands.h"
#include "client/cli/report_error.h"

namespace gitsync::cli {
namespace {

// As many as the server processes in one batch. Calls that wait together share one look
// at the remote.
constexpr size_t kMostAtOnce = 100;

struct ImportOptions {
  std::string org;
  std::vector<std::string> git_app_ids;
  bool all = false;
  v1::CreateAppFromGitRequest request;  // without git_app_id
};

absl::StatusOr<v1::CreateAppFromGitResponse> Create(Session& session,
                                                    v1::CreateAppFromGitRequest request,
                                                    const std::string& id) {
  request.set_git_app_id(id);
  return session.Call(&v1::GitSyncService::Stub::CreateAppFromGit, request);
}

void PrintCreated(Output& output, const v1::CreateAppFromGitResponse& created) {
  output.Line(absl::StrCat("Created app ", created.app().id(), " \"",
                           created.app().name(), "\" with version ",
                           created.version().name(), " from ", created.commit_id(),
                           "."));
}

absl::Status ImportOne(Session& session, const ImportOptions& options) {
  GITSYNC_CLI_ASSIGN_OR_RETURN(const auto created, Create(session, options.request,
                                                          options.git_app_ids.front()));
  Output& output = session.output();
  if (output.json()) {
    output.Json(created);
    return absl::OkStatus();
  }
  PrintCreated(output, created);
  if (!created.app().editable()) {
    output.Note(
        absl::StrCat("It is not editable; to change that:\n  gitsyncctl app "
                     "update ",
                     created.app().id(), " --editable true"));
  }
  return absl::OkStatus();
}

// Whether another app may succeed where this one failed.
bool IsOfOneApp(const absl::Status& status) {
  const std::string reason = client::ErrorOf(status).reason;
  return absl::IsDeadlineExceeded(status) || absl::IsInvalidArgument(status) ||
         reason == "GIT_APP_NOT_FOUND" || reason == "GIT_APP_AMBIGUOUS" ||
         reason == "GIT_APP_EXISTS" || reason == "APP_NAME_TAKEN" ||
         reason == "INVALID_GIT_CONTENT";
}

// Creates many apps and prints the result of each.
class Importer {
 public:
  // `request` applies to all apps, except for the app's id. Both must outlive this.
  Importer(Session& session, const v1::CreateAppFromGitRequest& request)
      : session_(session), request_(request) {}

  // Each app is created once, no matter how often it is added.
  void Add(const std::string& git_app_id);
  // Adds the apps of the repository that the organization does not have.
  absl::Status AddMissing();

  // Blocks until each app has been created or has failed, or until an error that does
  // not concern a single app. Returns that error, or else the first one. It has already
  // been reported.
  absl::Status Run();

 private:
  void Work();
  void Take(const std::string& id,
            const absl::StatusOr<v1::CreateAppFromGitResponse>& created);
  // Reports why an app was not created.
  void Fail(const std::string& app, const absl::Status& status);

  Session& session_;
  const v1::CreateAppFromGitRequest& request_;
  std::set<std::string> known_;
  std::vector<std::string> ids_;
  std::atomic<size_t> next_ = 0;
  std::mutex mutex_;  // guards the session's output and the members below
  size_t created_ = 0;
  absl::Status failure_;
  bool stopped_ = false;
};

void Importer::Add(const std::string& git_app_id) {
  if (known_.insert(git_app_id).second) ids_.push_back(git_app_id);
}

absl::Status Importer::AddMissing() {
  v1::ListAppsRequest here;
  here.set_organization_id(request_.organization_id());
  GITSYNC_CLI_ASSIGN_OR_RETURN(const auto apps,
                               session_.ListAll(&v1::AppService::Stub::ListApps, here));
  for (const v1::App& app : apps.apps()) known_.insert(app.git_app_id());
  v1::ListGitAppsRequest there;
  there.set_organization_id(request_.organization_id());
  there.set_ref(request_.git_version_id());
  GITSYNC_CLI_ASSIGN_OR_RETURN(
      const auto in_git,
      session_.ListAll(&v1::GitSyncService::Stub::ListGitApps, there));
  for (const v1::GitApp& app : in_git.apps()) {
    // A broken app has no id by which it could be requested.
    if (app.error().empty()) {
      Add(app.git_app_id());
    } else {
      Fail(app.folder(), absl::FailedPreconditionError(app.error()));
    }
  }
  return absl::OkStatus();
}

absl::Status Importer::Run() {
  // Created before the threads start, because they all use it.
  const absl::StatusOr<client::Client*> client = session_.Client();
  if (!client.ok()) return client.status();
  {
    std::vector<std::jthread> threads;
    while (threads.size() < std::min(ids_.size(), kMostAtOnce)) {
      threads.emplace_back([this] { Work(); });
    }
  }
  session_.output().Note(
      absl::StrCat("Created ", created_, " of ", ids_.size(), " apps."));
  return failure_.ok() ? failure_ : Reported(failure_);
}

void Importer::Work() {
  for (size_t i = next_++; i < ids_.size(); i = next_++) {
    Take(ids_[i], Create(session_, request_, ids_[i]));
  }
}

void Importer::Take(const std::string& id,
                    const absl::StatusOr<v1::CreateAppFromGitResponse>& created) {
  const std::lock_guard lock(mutex_);
  if (created.ok()) {
    ++created_;
    Output& output = session_.output();
    if (output.json()) return output.JsonLine(*created);
    return PrintCreated(output, *created);
  }
  // The cause that stopped the import also ended the calls in flight.
  if (stopped_) return;
  const bool interrupted = session_.stop().stop_requested();
  stopped_ = interrupted || !IsOfOneApp(created.status());
  if (stopped_) {
    next_ = ids_.size();
    failure_ = interrupted ? absl::CancelledError() : created.status();
  }
  // The command itself reports an interruption.
  if (!interrupted) Fail(id, created.status());
}

void Importer::Fail(const std::string& app, const absl::Status& status) {
  failure_.Update(status);
  absl::Status named(status.code(), absl::StrCat("App ", app, ": ", status.message()));
  status.ForEachPayload([&named](absl::string_view type, const absl::Cord& payload) {
    named.SetPayload(type, payload);
  });
  ReportError(named, session_.options().server, session_.output());
}

absl::Status Import(Session& session, ImportOptions& options) {
  if (options.all == !options.git_app_ids.empty()) {
    return UsageError("Give the ids of apps in git, or --all.");
  }
  const bool one = options.git_app_ids.size() == 1;
  if (!one && !options.request.app_name().empty()) {
    return UsageError("--name goes with one app.");
  }
  GITSYNC_CLI_ASSIGN_OR_RETURN(*options.request.mutable_organization_id(),
                               session.OrganizationId(options.org));
  if (one) return ImportOne(session, options);
  Importer importer(session, options.request);
  for (const std::string& id : options.git_app_ids) importer.Add(id);
  if (options.all) {
    const absl::Status found = importer.AddMissing();
    if (!found.ok()) return found;
  }
  return importer.Run();
}

}  // namespace

void AddImportCommand(CLI::App& root, Action& action) {
  auto options = std::make_shared<ImportOptions>();
  CLI::App* import = root.add_subcommand("import", "Create apps from the repository");
  import->add_option("GIT_APP_ID", options->git_app_ids,
                     "Their ids in git; `gitsyncctl apps --in-git` lists them");
  import->add_flag("--all", options->all,
                   "All apps of the repository that the organization does not have");
  AddOrgOption(*import, options->org);
  import
      ->add_option("--ref", *options->request.mutable_git_version_id(),
                   "Branch, tag or commit to take them from")
      ->required();
  import->add_option("--name", *options->request.mutable_app_name(),
                     "Name for the one app; its name in git if not given");
  Runs(*import, action, options, Import);
}

}  // namespace gitsync::cli
