#include "client/cli/report_error.h"

#include <google/protobuf/struct.pb.h>

#include <vector>

#include "absl/strings/cord.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "client/lib/error.h"

namespace gitsync::cli {
namespace {

using client::ErrorDetails;

constexpr absl::string_view kUsagePayload = "gitsyncctl/usage";
constexpr absl::string_view kReportedPayload = "gitsyncctl/reported";

struct NextStep {
  absl::string_view reason;
  absl::string_view text;
};

// What to do next with this program; the server's messages name no command.
constexpr NextStep kNextSteps[] = {
    {"MISSING_CREDENTIALS",
     "Give an access token: --token-file FILE, or GITSYNC_TOKEN in the environment."},
    {"INVALID_CREDENTIALS",
     "Give a token that is in force; an administrator makes one with `gitsyncctl token "
     "create`."},
    {"ORGANIZATION_NOT_FOUND", "`gitsyncctl org list` shows the organizations."},
    {"APP_NOT_FOUND", "`gitsyncctl app list --org ORG` shows the apps."},
    {"VERSION_NOT_FOUND", "`gitsyncctl version list APP` shows the versions."},
    {"OPERATION_NOT_FOUND", "`gitsyncctl operations list` shows the operations."},
    {"ACCESS_TOKEN_NOT_FOUND", "`gitsyncctl token list` shows the tokens."},
    {"ENVIRONMENT_NOT_FOUND", "`gitsyncctl org get ORG` shows the environments."},
    {"RELEASE_NOT_FOUND", "`gitsyncctl promote APP --to ENV` makes a version live."},
    {"APP_NAME_TAKEN", "Choose another name; for an import, with --name."},
    {"GIT_APP_EXISTS", "Use `gitsyncctl pull` on the app that is there."},
    {"GIT_APP_NOT_FOUND",
     "`gitsyncctl apps --in-git --org ORG` shows what the repository has."},
    {"ETAG_MISMATCH", "Read it again, and repeat with the new --etag."},
    {"APP_NOT_EDITABLE",
     "`gitsyncctl app update APP --editable true` allows editing it."},
    {"GIT_NOT_CONFIGURED",
     "`gitsyncctl git config --help` shows how to connect a repository: with an SSH "
     "key, a token or a GitHub App."},
    {"GIT_CONFIG_EXISTS",
     "`gitsyncctl git config show --org ORG` shows it. Repeat the command with --etag "
     "or --replace, or change it with `git config update`."},
    {"GIT_NOT_FINALIZED", "Run `gitsyncctl git finalize --org ORG` first."},
    {"GIT_BRANCH_MISSING",
     "`gitsyncctl git config update --branch BRANCH --org ORG` names another branch."},
    {"APP_NOT_IN_GIT", "`gitsyncctl push APP VERSION -m MESSAGE` puts it there."},
    {"GIT_APP_DELETED",
     "`gitsyncctl push APP VERSION --force -m MESSAGE` puts it back; `gitsyncctl app "
     "delete APP` deletes it here too."},
    {"GIT_APP_AMBIGUOUS",
     "Correct it in the repository; `gitsyncctl apps --in-git --org ORG` shows whether "
     "it is."},
    {"APP_CONFLICT",
     "`gitsyncctl push --force` takes yours; `pull --overwrite-local-changes` takes "
     "the repository's, and yours are lost."},
    {"LOCAL_CHANGES",
     "`gitsyncctl push` keeps yours, with --force if that is a conflict; `pull "
     "--overwrite-local-changes` loses them."},
    {"REMOTE_CHANGED", "Repeat the command."},
    {"REMOTE_AUTH_FAILED",
     "Compare what the remote knows with `gitsyncctl git config show --org ORG`: the "
     "public key, the token, or the GitHub App and its installation. Then `gitsyncctl "
     "git test --org ORG`."},
    {"REMOTE_READ_ONLY",
     "Give the deploy key, the token or the GitHub App write access to the "
     "repository."},
    {"REMOTE_REPOSITORY_NOT_FOUND",
     "Compare the URL in `gitsyncctl git config show --org ORG`, and whether the "
     "key, the token or the GitHub App may read that repository."},
    {"REMOTE_UNREACHABLE", "`gitsyncctl git test --org ORG` shows which step fails."},
    {"REMOTE_COMMAND_FAILED",
     "`gitsyncctl git test --org ORG` shows which step fails."},
    {"REMOTE_TIMEOUT", "`gitsyncctl git test --org ORG` shows which step fails."},
    {"HOST_KEY_MISMATCH",
     "Do not go on before you know why. If the host has a new key, finalize with "
     "--expected-host-key."},
    {"OUTCOME_UNKNOWN", "`gitsyncctl operations list --app APP` shows how it ended."},
    {"INTERRUPTED", "Repeat the command."},
};

bool IsUsage(const absl::Status& status) {
  return status.GetPayload(kUsagePayload).has_value();
}

std::string NextStepOf(const ErrorDetails& error, absl::string_view server) {
  for (const NextStep& step : kNextSteps) {
    if (step.reason == error.reason) return std::string(step.text);
  }
  if (!error.reason.empty()) return "";
  if (error.code == absl::StatusCode::kUnavailable) {
    return absl::StrCat("Check that gitsyncd runs at ", server,
                        "; --server or GITSYNC_SERVER names another address.");
  }
  if (error.code == absl::StatusCode::kDeadlineExceeded) {
    return "`gitsyncctl operations list` shows what still runs; --timeout allows more "
           "time.";
  }
  return "";
}

std::string MessageOf(const ErrorDetails& error, absl::string_view server) {
  if (!error.reason.empty()) return error.message;
  if (error.code == absl::StatusCode::kUnavailable) {
    return absl::StrCat("Can't reach ", server, ": ", error.message);
  }
  if (error.code == absl::StatusCode::kDeadlineExceeded) {
    return absl::StrCat("No answer from ", server, " in time.");
  }
  return error.message.empty() ? "The call failed without a message." : error.message;
}

void ReportText(const absl::Status& status, absl::string_view server, Output& output) {
  const ErrorDetails error = client::ErrorOf(status);
  std::vector<std::string> lines;
  if (!error.reason.empty()) {
    lines.push_back(absl::StrCat("reason: ", error.reason, " (",
                                 absl::StatusCodeToString(error.code), ")"));
  }
  for (const auto& violation : error.field_violations) {
    lines.push_back(absl::StrCat(violation.field, ": ", violation.description));
  }
  for (const auto& [key, value] : error.metadata) {
    for (const absl::string_view line : absl::StrSplit(value, '\n')) {
      lines.push_back(absl::StrCat(key, ": ", line));
    }
  }
  if (error.retry_delay) {
    lines.push_back(
        absl::StrCat("retry after: ", absl::FormatDuration(*error.retry_delay)));
  }
  if (!error.request_id.empty()) {
    lines.push_back(absl::StrCat("request id: ", error.request_id));
  }
  if (const std::string next = NextStepOf(error, server); !next.empty()) {
    lines.push_back(absl::StrCat("next: ", next));
  }
  output.Error(MessageOf(error, server), lines);
}

void ReportJson(const absl::Status& status, absl::string_view server, Output& output) {
  const ErrorDetails error = client::ErrorOf(status);
  google::protobuf::Struct json;
  auto& fields = *json.mutable_fields();
  fields["code"].set_string_value(
      IsUsage(status) ? "USAGE" : absl::StatusCodeToString(error.code));
  fields["message"].set_string_value(MessageOf(error, server));
  if (!error.reason.empty()) fields["reason"].set_string_value(error.reason);
  for (const auto& [key, value] : error.metadata) {
    auto& metadata = *fields["metadata"].mutable_struct_value()->mutable_fields();
    metadata[key].set_string_value(value);
  }
  for (const auto& violation : error.field_violations) {
    auto& entry = *fields["fieldViolations"]
                       .mutable_list_value()
                       ->add_values()
                       ->mutable_struct_value()
                       ->mutable_fields();
    entry["field"].set_string_value(violation.field);
    entry["description"].set_string_value(violation.description);
  }
  if (error.retry_delay) {
    fields["retryDelaySeconds"].set_number_value(
        absl::ToDoubleSeconds(*error.retry_delay));
  }
  if (!error.request_id.empty()) {
    fields["requestId"].set_string_value(error.request_id);
  }
  if (const std::string next = NextStepOf(error, server); !next.empty()) {
    fields["nextStep"].set_string_value(next);
  }
  output.ErrorJson(json);
}

}  // namespace

absl::Status UsageError(absl::string_view message) {
  absl::Status status = absl::InvalidArgumentError(message);
  status.SetPayload(kUsagePayload, absl::Cord());
  return status;
}

absl::Status Reported(absl::Status status) {
  status.SetPayload(kReportedPayload, absl::Cord());
  return status;
}

int ExitCodeOf(const absl::Status& status) {
  if (IsUsage(status)) return kExitUsage;
  const bool denied =
      absl::IsUnauthenticated(status) || absl::IsPermissionDenied(status);
  // The caller may call the server; it was the remote that refused the server.
  if (denied && absl::StartsWith(client::ErrorOf(status).reason, "REMOTE_")) {
    return kExitRefused;
  }
  switch (status.code()) {
    case absl::StatusCode::kOk:
      return kExitOk;
    case absl::StatusCode::kUnavailable:
    case absl::StatusCode::kDeadlineExceeded:
      return kExitUnreachable;
    case absl::StatusCode::kUnauthenticated:
    case absl::StatusCode::kPermissionDenied:
      return kExitDenied;
    case absl::StatusCode::kNotFound:
      return kExitNotFound;
    case absl::StatusCode::kAborted:
    case absl::StatusCode::kAlreadyExists:
    case absl::StatusCode::kFailedPrecondition:
      return kExitConflict;
    default:
      return kExitRefused;
  }
}

void ReportError(const absl::Status& status, absl::string_view server, Output& output) {
  if (status.GetPayload(kReportedPayload).has_value()) return;
  if (output.json()) {
    ReportJson(status, server, output);
  } else {
    ReportText(status, server, output);
  }
}

}  // namespace gitsync::cli
