// Error reasons, as documented in gitsync/v1/error_reason.proto. A test reads both and
// fails if they differ.

#ifndef GITSYNC_SERVER_BASE_REASON_H_
#define GITSYNC_SERVER_BASE_REASON_H_

#include "absl/strings/string_view.h"

namespace gitsync::reason {

inline constexpr absl::string_view kInvalidRequest = "INVALID_REQUEST";
inline constexpr absl::string_view kInvalidPageToken = "INVALID_PAGE_TOKEN";
inline constexpr absl::string_view kInvalidDefinition = "INVALID_DEFINITION";
inline constexpr absl::string_view kInvalidGitUrl = "INVALID_GIT_URL";
inline constexpr absl::string_view kRequestIdReused = "REQUEST_ID_REUSED";
inline constexpr absl::string_view kMissingCredentials = "MISSING_CREDENTIALS";
inline constexpr absl::string_view kInvalidCredentials = "INVALID_CREDENTIALS";
inline constexpr absl::string_view kRoleRequired = "ROLE_REQUIRED";
inline constexpr absl::string_view kOrganizationNotFound = "ORGANIZATION_NOT_FOUND";
inline constexpr absl::string_view kAppNotFound = "APP_NOT_FOUND";
inline constexpr absl::string_view kVersionNotFound = "VERSION_NOT_FOUND";
inline constexpr absl::string_view kEnvironmentNotFound = "ENVIRONMENT_NOT_FOUND";
inline constexpr absl::string_view kReleaseNotFound = "RELEASE_NOT_FOUND";
inline constexpr absl::string_view kAccessTokenNotFound = "ACCESS_TOKEN_NOT_FOUND";
inline constexpr absl::string_view kOperationNotFound = "OPERATION_NOT_FOUND";
inline constexpr absl::string_view kOrganizationExists = "ORGANIZATION_EXISTS";
inline constexpr absl::string_view kAppNameTaken = "APP_NAME_TAKEN";
inline constexpr absl::string_view kVersionNameTaken = "VERSION_NAME_TAKEN";
inline constexpr absl::string_view kGitAppExists = "GIT_APP_EXISTS";
inline constexpr absl::string_view kEtagMismatch = "ETAG_MISMATCH";
inline constexpr absl::string_view kAppNotEditable = "APP_NOT_EDITABLE";
inline constexpr absl::string_view kEnvironmentInUse = "ENVIRONMENT_IN_USE";
inline constexpr absl::string_view kVersionIsLive = "VERSION_IS_LIVE";
inline constexpr absl::string_view kLastAdminToken = "LAST_ADMIN_TOKEN";
inline constexpr absl::string_view kOperationInProgress = "OPERATION_IN_PROGRESS";
inline constexpr absl::string_view kGitNotConfigured = "GIT_NOT_CONFIGURED";
inline constexpr absl::string_view kGitNotFinalized = "GIT_NOT_FINALIZED";
inline constexpr absl::string_view kNotAnSshConfig = "NOT_AN_SSH_CONFIG";
inline constexpr absl::string_view kRemotePaused = "REMOTE_PAUSED";
inline constexpr absl::string_view kGitConfigManaged = "GIT_CONFIG_MANAGED";
inline constexpr absl::string_view kGitConfigExists = "GIT_CONFIG_EXISTS";
inline constexpr absl::string_view kAppNotInGit = "APP_NOT_IN_GIT";
inline constexpr absl::string_view kNothingToPromote = "NOTHING_TO_PROMOTE";
inline constexpr absl::string_view kAppConflict = "APP_CONFLICT";
inline constexpr absl::string_view kLocalChanges = "LOCAL_CHANGES";
inline constexpr absl::string_view kRemoteChanged = "REMOTE_CHANGED";
inline constexpr absl::string_view kGitRefNotFound = "GIT_REF_NOT_FOUND";
inline constexpr absl::string_view kGitAppNotFound = "GIT_APP_NOT_FOUND";
inline constexpr absl::string_view kInvalidGitContent = "INVALID_GIT_CONTENT";
inline constexpr absl::string_view kRemoteAuthFailed = "REMOTE_AUTH_FAILED";
inline constexpr absl::string_view kRemoteReadOnly = "REMOTE_READ_ONLY";
inline constexpr absl::string_view kRemoteRepositoryNotFound =
    "REMOTE_REPOSITORY_NOT_FOUND";
inline constexpr absl::string_view kRemoteRejected = "REMOTE_REJECTED";
inline constexpr absl::string_view kRemoteAddressRefused = "REMOTE_ADDRESS_REFUSED";
inline constexpr absl::string_view kRemoteUnreachable = "REMOTE_UNREACHABLE";
inline constexpr absl::string_view kRemoteCommandFailed = "REMOTE_COMMAND_FAILED";
inline constexpr absl::string_view kRemoteTimeout = "REMOTE_TIMEOUT";
inline constexpr absl::string_view kRemoteProtocolError = "REMOTE_PROTOCOL_ERROR";
inline constexpr absl::string_view kHostKeyMismatch = "HOST_KEY_MISMATCH";
inline constexpr absl::string_view kOutcomeUnknown = "OUTCOME_UNKNOWN";
inline constexpr absl::string_view kServerBusy = "SERVER_BUSY";
inline constexpr absl::string_view kShuttingDown = "SHUTTING_DOWN";
inline constexpr absl::string_view kCancelled = "CANCELLED";
inline constexpr absl::string_view kDeadlineExceeded = "DEADLINE_EXCEEDED";
inline constexpr absl::string_view kStorageFull = "STORAGE_FULL";
inline constexpr absl::string_view kInternal = "INTERNAL";
inline constexpr absl::string_view kInterrupted = "INTERRUPTED";
inline constexpr absl::string_view kUnsupported = "UNSUPPORTED";
inline constexpr absl::string_view kGitFolderTaken = "GIT_FOLDER_TAKEN";
inline constexpr absl::string_view kRouteNotFound = "ROUTE_NOT_FOUND";
inline constexpr absl::string_view kMethodNotAllowed = "METHOD_NOT_ALLOWED";
inline constexpr absl::string_view kBodyTooLarge = "BODY_TOO_LARGE";
inline constexpr absl::string_view kHeadersTooLarge = "HEADERS_TOO_LARGE";
inline constexpr absl::string_view kUnsupportedMediaType = "UNSUPPORTED_MEDIA_TYPE";
inline constexpr absl::string_view kRequestTimeout = "REQUEST_TIMEOUT";
inline constexpr absl::string_view kBackendUnavailable = "BACKEND_UNAVAILABLE";
inline constexpr absl::string_view kGitBranchMissing = "GIT_BRANCH_MISSING";
inline constexpr absl::string_view kGitAppAmbiguous = "GIT_APP_AMBIGUOUS";
inline constexpr absl::string_view kGitFilteredFiles = "GIT_FILTERED_FILES";
inline constexpr absl::string_view kGitAppDeleted = "GIT_APP_DELETED";
inline constexpr absl::string_view kRemoteTlsFailed = "REMOTE_TLS_FAILED";
inline constexpr absl::string_view kRemoteRateLimited = "REMOTE_RATE_LIMITED";

}  // namespace gitsync::reason

#endif  // GITSYNC_SERVER_BASE_REASON_H_
