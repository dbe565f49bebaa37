#include "server/resource/apps.h"

#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "server/base/error.h"
#include "server/base/reason.h"
#include "server/base/status_macros.h"
#include "server/base/uuid.h"
#include "server/format/app_files.h"
#include "server/format/definition.h"
#include "server/resource/access.h"
#include "server/resource/releases.h"
#include "server/resource/validation.h"
#include "server/resource/versions.h"

namespace gitsync {
namespace {

constexpr absl::string_view kFirstVersionName = "v1";
constexpr size_t kMaxSlugBytes = 60;

absl::Status IdOrNameTaken(const AppRow& row) {
  return Error(absl::StatusCode::kAlreadyExists, reason::kAppNameTaken,
               absl::StrCat("An app with this id, or with the name \"", row.name,
                            "\" (letter case aside) in this organization, exists "
                            "already."))
      .With("app_id", row.id)
      .With("name", row.name);
}

absl::StatusOr<AppView> ViewOf(const Transaction& tx, AppRow row) {
  ASSIGN_OR_RETURN(const OrganizationRow organization,
                   tx.organizations().Get(row.organization_id));
  AppView view;
  ASSIGN_OR_RETURN(view.releases, ListReleases(tx, organization, row.id));
  view.row = std::move(row);
  return view;
}

// The `number`th candidate for a slug, counted from 1.
std::string NumberedSlug(absl::string_view slug, int number) {
  if (number == 1) return std::string(slug);
  const std::string suffix = absl::StrCat("-", number);
  absl::string_view stem = slug.substr(0, kMaxSlugBytes - suffix.size());
  while (absl::EndsWith(stem, "-")) stem.remove_suffix(1);
  return absl::StrCat(stem, suffix);
}

}  // namespace

absl::Status CheckCreateApp(const CreateAppInput& input) {
  Violations violations;
  violations.RequireUuid("organization_id", input.organization_id);
  violations.OptionalUuid("app_id", input.id);
  violations.RequireName("name", input.name);
  if (!input.definition.empty()) {
    violations.Add("definition", CheckDefinition(input.definition));
  }
  if (!input.version_name.empty()) {
    violations.RequireName("version_name", input.version_name);
  }
  return violations.ToStatus();
}

absl::Status CheckUpdateApp(const UpdateAppInput& input) {
  Violations violations;
  violations.RequireUuid("app_id", input.id);
  if (input.name) violations.RequireName("name", *input.name);
  return violations.ToStatus();
}

absl::StatusOr<AppView> CreateApp(Transaction& tx, const Caller& caller,
                                  const CreateAppInput& input, absl::Time now) {
  ASSIGN_OR_RETURN(const OrganizationRow organization,
                   FindOrganization(tx, caller, NormalizeUuid(input.organization_id),
                                    Role::kEditor));
  AppView view;
  AppRow& row = view.row;
  row.id = input.id.empty() ? NewUuid() : NormalizeUuid(input.id);
  row.organization_id = organization.id;
  row.name = TidyName(input.name);
  ASSIGN_OR_RETURN(row.slug, FreeSlug(tx, organization.id, row.name));
  row.git_app_id = NewUuid();
  row.etag = NewEtag();
  row.create_time = now;
  row.update_time = now;
  RETURN_IF_ERROR(WithReason(tx.apps().Insert(row), absl::StatusCode::kAlreadyExists,
                             IdOrNameTaken(row)));
  if (!input.definition.empty()) {
    NewVersion first;
    first.name = input.version_name.empty() ? kFirstVersionName : input.version_name;
    first.definition = input.definition;
    ASSIGN_OR_RETURN(const VersionRow version, AddVersion(tx, row, first, now));
    view.first_version_id = version.id;
  }
  return view;
}

absl::StatusOr<AppView> GetApp(const Transaction& tx, const Caller& caller,
                               absl::string_view id) {
  ASSIGN_OR_RETURN(AppRow row, FindApp(tx, caller, NormalizeUuid(id), Role::kViewer));
  return ViewOf(tx, std::move(row));
}

absl::StatusOr<Page<AppView>> ListApps(const Transaction& tx, const Caller& caller,
                                       absl::string_view organization_id,
                                       PageRequest page) {
  ASSIGN_OR_RETURN(
      const OrganizationRow organization,
      FindOrganization(tx, caller, NormalizeUuid(organization_id), Role::kViewer));
  ASSIGN_OR_RETURN(Page<AppRow> rows, tx.apps().List(organization.id, page));
  Page<AppView> views;
  views.next = rows.next;
  for (AppRow& row : rows.rows) {
    AppView view;
    ASSIGN_OR_RETURN(view.releases, ListReleases(tx, organization, row.id));
    view.row = std::move(row);
    views.rows.push_back(std::move(view));
  }
  return views;
}

absl::StatusOr<AppView> UpdateApp(Transaction& tx, const Caller& caller,
                                  const UpdateAppInput& input, absl::Time now) {
  ASSIGN_OR_RETURN(AppRow row,
                   FindApp(tx, caller, NormalizeUuid(input.id), Role::kEditor));
  RETURN_IF_ERROR(CheckEtag(input.etag, row.etag));
  bool changed = false;
  if (input.name && TidyName(*input.name) != row.name) {
    row.name = TidyName(*input.name);
    changed = true;
  }
  if (input.editable && *input.editable != row.editable) {
    row.editable = *input.editable;
    changed = true;
  }
  if (changed) {
    row.etag = NewEtag();
    row.update_time = now;
    RETURN_IF_ERROR(WithReason(tx.apps().Update(row), absl::StatusCode::kAlreadyExists,
                               IdOrNameTaken(row)));
  }
  return ViewOf(tx, std::move(row));
}

absl::Status DeleteApp(Transaction& tx, const Caller& caller, absl::string_view id,
                       absl::string_view etag) {
  ASSIGN_OR_RETURN(const AppRow row,
                   FindApp(tx, caller, NormalizeUuid(id), Role::kEditor));
  RETURN_IF_ERROR(CheckEtag(etag, row.etag));
  ASSIGN_OR_RETURN(const std::vector<OperationRow> running,
                   tx.operations().ListRunning(row.id));
  if (!running.empty()) {
    return Error(absl::StatusCode::kFailedPrecondition, reason::kOperationInProgress,
                 "An operation on the app is still running; wait for it or cancel it, "
                 "then repeat this.")
        .With("operation_id", running.front().id);
  }
  return tx.apps().Delete(row.id);
}

absl::StatusOr<std::string> FreeSlug(const Transaction& tx,
                                     absl::string_view organization_id,
                                     absl::string_view name) {
  const std::string slug = Slugify(name);
  // The numbers may have gaps, where apps were deleted. Any free number will do, and
  // the search ends on one that was seen to be free.
  int taken = 0;
  int free = 1;
  while (true) {
    ASSIGN_OR_RETURN(const bool is_taken,
                     tx.apps().SlugTaken(organization_id, NumberedSlug(slug, free)));
    if (!is_taken) break;
    taken = free;
    free *= 2;
  }
  while (free - taken > 1) {
    const int middle = taken + (free - taken) / 2;
    ASSIGN_OR_RETURN(const bool is_taken,
                     tx.apps().SlugTaken(organization_id, NumberedSlug(slug, middle)));
    (is_taken ? taken : free) = middle;
  }
  return NumberedSlug(slug, free);
}

}  // namespace gitsync
