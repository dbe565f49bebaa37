#include "client/cli/contents.h"

#include "absl/strings/str_cat.h"
#include "client/cli/commands.h"

namespace gitsync::cli {
namespace {

// Counting versions takes a call for each app, so with more apps they are not counted.
constexpr int kMostAppsCountedInto = 1000;

absl::StatusOr<int64_t> CountVersions(Session& session, const std::string& app_id) {
  v1::ListVersionsRequest request;
  request.set_app_id(app_id);
  GITSYNC_CLI_ASSIGN_OR_RETURN(
      const auto list, session.ListAll(&v1::AppService::Stub::ListVersions, request));
  return list.versions_size();
}

absl::StatusOr<v1::ListAppsResponse> ListAllApps(Session& session,
                                                 const std::string& organization_id) {
  v1::ListAppsRequest request;
  request.set_organization_id(organization_id);
  return session.ListAll(&v1::AppService::Stub::ListApps, request);
}

}  // namespace

std::string Count(int64_t number, absl::string_view noun) {
  return absl::StrCat(number, " ", noun, number == 1 ? "" : "s");
}

absl::StatusOr<std::string> ContentsOfApp(Session& session, const std::string& app_id) {
  v1::GetAppRequest request;
  request.set_app_id(app_id);
  GITSYNC_CLI_ASSIGN_OR_RETURN(const auto app,
                               session.Call(&v1::AppService::Stub::GetApp, request));
  GITSYNC_CLI_ASSIGN_OR_RETURN(const int64_t versions, CountVersions(session, app_id));
  return absl::StrCat(Count(versions, "version"), " and ",
                      Count(app.releases_size(), "release"));
}

absl::StatusOr<std::string> ContentsOfOrganization(Session& session,
                                                   const std::string& organization_id) {
  GITSYNC_CLI_ASSIGN_OR_RETURN(const auto list, ListAllApps(session, organization_id));
  v1::ListAccessTokensRequest request;
  request.set_organization_id(organization_id);
  GITSYNC_CLI_ASSIGN_OR_RETURN(
      const auto tokens,
      session.ListAll(&v1::AccessTokenService::Stub::ListAccessTokens, request));
  int64_t releases = 0;
  int64_t versions = 0;
  const bool counted = list.apps_size() <= kMostAppsCountedInto;
  for (const v1::App& app : list.apps()) {
    releases += app.releases_size();
    if (!counted) continue;
    GITSYNC_CLI_ASSIGN_OR_RETURN(const int64_t of_app,
                                 CountVersions(session, app.id()));
    versions += of_app;
  }
  return absl::StrCat(Count(list.apps_size(), "app"), " with ",
                      counted ? Count(versions, "version") : "all their versions",
                      " and ", Count(releases, "release"), ", and ",
                      Count(tokens.access_tokens_size(), "access token"));
}

absl::StatusOr<int64_t> CountSyncedApps(Session& session,
                                        const std::string& organization_id) {
  GITSYNC_CLI_ASSIGN_OR_RETURN(const auto list, ListAllApps(session, organization_id));
  int64_t synced = 0;
  for (const v1::App& app : list.apps()) synced += app.has_git_state() ? 1 : 0;
  return synced;
}

}  // namespace gitsync::cli
