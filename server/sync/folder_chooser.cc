#include "server/sync/folder_chooser.h"

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "server/base/error.h"
#include "server/base/reason.h"
#include "server/base/status_macros.h"

namespace gitsync {

absl::StatusOr<std::string> FolderChooser::Choose(const GitConfigRow& config,
                                                  const AppRow& app,
                                                  absl::string_view branch,
                                                  OperationRunner::Run& run) {
  if (!listed_) {
    RETURN_IF_ERROR(List(config, branch, run));
    listed_ = true;
  }
  const std::string parent = AppsFolder(config);
  if (listing_ != nullptr) {
    ASSIGN_OR_RETURN(const FolderEntry* const there,
                     FindOnly(*listing_, parent, app.git_app_id));
    if (there != nullptr) return absl::StrCat(parent, "/", there->folder);
  }
  std::string name = app.slug;
  if (taken_.count(absl::AsciiStrToLower(name)) > 0 ||
      (listing_ != nullptr && listing_->HasName(name))) {
    absl::StrAppend(&name, "-", app.git_app_id.substr(0, 8));
  }
  taken_.insert(absl::AsciiStrToLower(name));
  return absl::StrCat(parent, "/", name);
}

void FolderChooser::MarkTaken(absl::string_view folder) {
  taken_.insert(absl::AsciiStrToLower(folder.substr(folder.rfind('/') + 1)));
}

absl::Status FolderChooser::List(const GitConfigRow& config, absl::string_view branch,
                                 OperationRunner::Run& run) {
  absl::StatusOr<ResolvedRef> tip;
  // A new branch begins at the configured one, or else at the default one. Branches are
  // looked up by full name, because a tag may have the same short name.
  for (const std::string& name :
       {absl::StrCat("refs/heads/", branch), absl::StrCat("refs/heads/", config.branch),
        std::string("HEAD")}) {
    tip = env_.engine->Resolve(repository_, name, PhaseHook(run), context_);
    if (ReasonOf(tip.status()) != reason::kGitRefNotFound) break;
  }
  // The repository is empty.
  if (ReasonOf(tip.status()) == reason::kGitRefNotFound) return absl::OkStatus();
  RETURN_IF_ERROR(tip.status());
  ASSIGN_OR_RETURN(listing_, ListApps(env_, config, repository_, tip->commit_id));
  return absl::OkStatus();
}

}  // namespace gitsync
