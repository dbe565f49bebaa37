#include "server/resource/releases.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "server/base/error.h"
#include "server/base/reason.h"
#include "server/base/status_macros.h"
#include "server/resource/access.h"
#include "server/resource/validation.h"

namespace gitsync {

absl::StatusOr<ReleaseView> GetRelease(const Transaction& tx, const Caller& caller,
                                       absl::string_view app_id,
                                       absl::string_view environment) {
  ASSIGN_OR_RETURN(const AppRow app,
                   FindApp(tx, caller, NormalizeUuid(app_id), Role::kViewer));
  ASSIGN_OR_RETURN(const OrganizationRow organization,
                   tx.organizations().Get(app.organization_id));
  const std::vector<std::string>& environments = organization.environments;
  if (std::find(environments.begin(), environments.end(), environment) ==
      environments.end()) {
    return Error(absl::StatusCode::kNotFound, reason::kEnvironmentNotFound,
                 absl::StrCat("The organization has no such environment; it has ",
                              absl::StrJoin(environments, ", "), "."))
        .With("environment", environment);
  }
  ReleaseView view;
  absl::StatusOr<ReleaseRow> row = tx.releases().Get(app.id, environment);
  if (!row.ok()) {
    return WithReason(
        row.status(), absl::StatusCode::kNotFound,
        Error(absl::StatusCode::kNotFound, reason::kReleaseNotFound,
              "Nothing of this app is live in the environment; promote the "
              "app first.")
            .With("app_id", app.id)
            .With("environment", environment));
  }
  view.row = *std::move(row);
  ASSIGN_OR_RETURN(view.version, tx.versions().Get(view.row.version_id));
  ASSIGN_OR_RETURN(view.definition,
                   tx.versions().GetDefinition(view.row.definition_hash));
  view.version.definition_hash = view.row.definition_hash;
  view.version.definition_size_bytes = static_cast<int64_t>(view.definition.size());
  return view;
}

absl::StatusOr<std::vector<ReleaseRow>> ListReleases(
    const Transaction& tx, const OrganizationRow& organization,
    absl::string_view app_id) {
  ASSIGN_OR_RETURN(std::vector<ReleaseRow> rows, tx.releases().List(app_id));
  const std::vector<std::string>& environments = organization.environments;
  const auto position = [&](const ReleaseRow& row) {
    return std::find(environments.begin(), environments.end(), row.environment);
  };
  std::sort(rows.begin(), rows.end(), [&](const ReleaseRow& a, const ReleaseRow& b) {
    return position(a) < position(b);
  });
  return rows;
}

}  // namespace gitsync
