#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "client/cli/commands.h"

namespace gitsync::cli {
namespace {

struct GitOptions {
  std::string org;
  std::string expected_host_key;
};

std::string MissingBranchNote(const v1::FinalizeGitConfigResponse& result) {
  const v1::GitConfig& config = result.git_config();
  std::string note = absl::StrCat("The branch ", config.branch_name(),
                                  " does not exist yet: the first push makes it");
  if (result.branches().empty()) return absl::StrCat(note, ".");
  if (result.default_branch().empty()) {
    note = absl::StrCat("The branch ", config.branch_name(), " does not exist");
  } else {
    absl::StrAppend(&note, " from ", result.default_branch());
  }
  return absl::StrCat(
      note, ".\nThe repository has: ", absl::StrJoin(result.branches(), ", "),
      ".\nTo use another: gitsyncctl git config update --branch BRANCH --org ",
      config.organization_id());
}

absl::Status Finalize(Session& session, GitOptions& options) {
  v1::FinalizeGitConfigRequest request;
  GITSYNC_CLI_ASSIGN_OR_RETURN(*request.mutable_organization_id(),
                               session.OrganizationId(options.org));
  request.set_expected_host_key_fingerprint(options.expected_host_key);
  GITSYNC_CLI_ASSIGN_OR_RETURN(
      const auto result,
      session.Call(&v1::GitConfigService::Stub::FinalizeGitConfig, request));
  Output& output = session.output();
  if (output.json()) {
    output.Json(result);
    return absl::OkStatus();
  }
  output.Line(absl::StrCat("Ready: ", result.git_config().git_url(), ", branch ",
                           result.git_config().branch_name(), "."));
  if (!result.host_key_fingerprint().empty()) {
    output.Line(absl::StrCat("Host key pinned: ", result.host_key_fingerprint()));
  }
  if (result.repository_empty()) {
    output.Note("The repository is empty: the first push makes the branch.");
  } else if (!result.branch_exists()) {
    output.Note(MissingBranchNote(result));
  }
  if (!result.can_write()) {
    output.Note("This key may only read: pulling works, pushing needs write access.");
  }
  return absl::OkStatus();
}

Cell OutcomeCell(v1::ConnectionStep::Outcome outcome) {
  switch (outcome) {
    case v1::ConnectionStep::OUTCOME_PASSED:
      return Cell("passed", Tone::kGood);
    case v1::ConnectionStep::OUTCOME_WARNING:
      return Cell("warning", Tone::kWarning);
    case v1::ConnectionStep::OUTCOME_FAILED:
      return Cell("failed", Tone::kBad);
    case v1::ConnectionStep::OUTCOME_SKIPPED:
      return Cell("skipped");
    default:
      return Cell("unknown");
  }
}

absl::Status Test(Session& session, GitOptions& options) {
  v1::TestGitConnectionRequest request;
  GITSYNC_CLI_ASSIGN_OR_RETURN(*request.mutable_organization_id(),
                               session.OrganizationId(options.org));
  GITSYNC_CLI_ASSIGN_OR_RETURN(
      const auto result,
      session.Call(&v1::GitConfigService::Stub::TestGitConnection, request));
  Output& output = session.output();
  if (output.json()) {
    output.Json(result);
  } else {
    std::vector<Row> rows;
    for (const v1::ConnectionStep& step : result.steps()) {
      rows.push_back(
          {step.name(), OutcomeCell(step.outcome()), step.detail(), step.fix()});
    }
    output.Table({"STEP", "OUTCOME", "DETAIL", "FIX"}, rows);
  }
  if (result.ok()) return absl::OkStatus();
  return absl::UnknownError("The connection does not work: see the step that failed.");
}

}  // namespace

void AddGitCommands(CLI::App& root, Action& action) {
  CLI::App* git = AddGroup(root, "git", "Connecting an organization to its repository");
  AddGitConfigCommands(*git, action);

  auto options = std::make_shared<GitOptions>();
  CLI::App* finalize = git->add_subcommand(
      "finalize", "Connect, pin the host key, and make the configuration ready");
  AddOrgOption(*finalize, options->org);
  finalize->add_option("--expected-host-key", options->expected_host_key,
                       "Insist on this host key, as SHA256:...");
  Runs(*finalize, action, options, Finalize);

  options = std::make_shared<GitOptions>();
  CLI::App* test = git->add_subcommand(
      "test", "Try each step of connecting and show how it went; changes nothing");
  AddOrgOption(*test, options->org);
  Runs(*test, action, options, Test);
}

}  // namespace gitsync::cli
