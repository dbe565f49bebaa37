// Reports errors: text or JSON on standard error, and an exit code.

#ifndef GITSYNC_CLIENT_CLI_REPORT_ERROR_H_
#define GITSYNC_CLIENT_CLI_REPORT_ERROR_H_

#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "client/cli/output.h"

namespace gitsync::cli {

// Exit codes, as `gitsyncctl --help` lists them.
inline constexpr int kExitOk = 0;
inline constexpr int kExitRefused = 1;
inline constexpr int kExitUsage = 2;
inline constexpr int kExitUnreachable = 3;
inline constexpr int kExitDenied = 4;
inline constexpr int kExitNotFound = 5;
inline constexpr int kExitConflict = 6;
// 128 plus the number of SIGINT, as in shells.
inline constexpr int kExitInterrupted = 130;

// An error of the command line itself, found before or between calls.
absl::Status UsageError(absl::string_view message);

int ExitCodeOf(const absl::Status& status);

// `status` of a command that has already reported what went wrong: only its exit code
// is used.
absl::Status Reported(absl::Status status);

// Prints an error with its reason, field violations, request id and next step. `server`
// is the endpoint that was called.
void ReportError(const absl::Status& status, absl::string_view server, Output& output);

}  // namespace gitsync::cli

#endif  // GITSYNC_CLIENT_CLI_REPORT_ERROR_H_
