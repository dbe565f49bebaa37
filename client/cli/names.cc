// Resolves names to ids. Part of Session.

#include <unicode/bytestream.h>
#include <unicode/normalizer2.h>

#include <set>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "client/cli/report_error.h"
#include "client/cli/session.h"

namespace gitsync::cli {
namespace {

using gitsync::client::MakeError;

bool IsUuid(absl::string_view text) {
  if (text.size() != 36) return false;
  for (size_t i = 0; i < text.size(); ++i) {
    const bool dash = i == 8 || i == 13 || i == 18 || i == 23;
    if (dash ? text[i] != '-' : !absl::ascii_isxdigit(text[i])) return false;
  }
  return true;
}

// Converts the text to normalization form C, because terminals and file systems may
// write "é" as "e" and an accent. The server also compares names in lower case; here
// the names in a script must match exactly. This duplicates the server's function,
// because the client must not include the server's folder.
std::string ToNfc(absl::string_view text) {
  UErrorCode error = U_ZERO_ERROR;
  const icu::Normalizer2* const form = icu::Normalizer2::getNFCInstance(error);
  if (U_FAILURE(error)) return std::string(text);
  std::string normalized;
  icu::StringByteSink<std::string> sink(&normalized);
  form->normalizeUTF8(/*options=*/0, {text.data(), static_cast<int32_t>(text.size())},
                      sink, /*edits=*/nullptr, error);
  return U_FAILURE(error) ? std::string(text) : normalized;
}

// Returns the only id in `ids`, the ids that `text` was found to name.
absl::StatusOr<std::string> Only(const std::set<std::string>& ids,
                                 absl::string_view kind, absl::string_view reason,
                                 absl::string_view text) {
  if (ids.empty()) {
    return MakeError(absl::StatusCode::kNotFound, reason,
                     absl::StrCat("There is no ", kind, " \"", text, "\"."));
  }
  if (ids.size() > 1) {
    return UsageError(
        absl::StrCat("\"", text, "\" names more than one ", kind, ": give its id."));
  }
  return *ids.begin();
}

}  // namespace

absl::StatusOr<std::string> Session::OrganizationId(const std::string& id_or_name) {
  if (IsUuid(id_or_name)) return absl::AsciiStrToLower(id_or_name);
  auto list = ListAll(&v1::OrganizationService::Stub::ListOrganizations,
                      v1::ListOrganizationsRequest());
  if (!list.ok()) return list.status();
  if (id_or_name.empty()) {
    if (list->organizations_size() == 1) return list->organizations(0).id();
    return UsageError(absl::StrCat("Say which organization with --org: there are ",
                                   list->organizations_size(), "."));
  }
  const std::string name = ToNfc(id_or_name);
  std::set<std::string> ids;
  for (const v1::Organization& organization : list->organizations()) {
    if (ToNfc(organization.name()) == name) ids.insert(organization.id());
  }
  return Only(ids, "organization", "ORGANIZATION_NOT_FOUND", id_or_name);
}

absl::StatusOr<std::string> Session::AppId(const std::string& id_or_name,
                                           const std::string& organization) {
  if (IsUuid(id_or_name)) return absl::AsciiStrToLower(id_or_name);
  const absl::StatusOr<std::string> organization_id = OrganizationId(organization);
  if (!organization_id.ok()) return organization_id.status();
  v1::ListAppsRequest request;
  request.set_organization_id(*organization_id);
  auto list = ListAll(&v1::AppService::Stub::ListApps, request);
  if (!list.ok()) return list.status();
  const std::string name = ToNfc(id_or_name);
  std::set<std::string> ids;
  for (const v1::App& app : list->apps()) {
    if (ToNfc(app.name()) == name || app.slug() == name) ids.insert(app.id());
  }
  return Only(ids, "app", "APP_NOT_FOUND", id_or_name);
}

absl::StatusOr<std::string> Session::VersionId(const std::string& app_id,
                                               const std::string& id_or_name) {
  if (IsUuid(id_or_name)) return absl::AsciiStrToLower(id_or_name);
  v1::ListVersionsRequest request;
  request.set_app_id(app_id);
  auto list = ListAll(&v1::AppService::Stub::ListVersions, request);
  if (!list.ok()) return list.status();
  std::set<std::string> ids;
  for (const v1::Version& version : list->versions()) {
    if (version.name() == id_or_name) ids.insert(version.id());
  }
  return Only(ids, "version", "VERSION_NOT_FOUND", id_or_name);
}

}  // namespace gitsync::cli
