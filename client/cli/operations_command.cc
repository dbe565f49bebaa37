#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "client/cli/commands.h"
#include "client/cli/report_error.h"
#include "client/cli/text.h"

namespace gitsync::cli {
namespace {

struct OperationOptions {
  std::string id;
  Target target;
  int64_t limit = 50;
};

// An enum value without its prefix, in lower case.
std::string Short(absl::string_view name, absl::string_view prefix) {
  return absl::AsciiStrToLower(absl::StripPrefix(name, prefix));
}

std::string TypeName(const v1::Operation& operation) {
  return Short(v1::OperationType_Name(operation.type()), "OPERATION_TYPE_");
}

std::string PhaseName(const v1::Operation& operation) {
  return Short(v1::OperationPhase_Name(operation.phase()), "OPERATION_PHASE_");
}

Cell StateCell(const v1::Operation& operation) {
  Tone tone = Tone::kPlain;
  if (operation.state() == v1::OPERATION_STATE_SUCCEEDED) tone = Tone::kGood;
  if (operation.state() == v1::OPERATION_STATE_FAILED) tone = Tone::kBad;
  if (operation.state() == v1::OPERATION_STATE_CANCELLED) tone = Tone::kWarning;
  return Cell(Short(v1::OperationState_Name(operation.state()), "OPERATION_STATE_"),
              tone);
}

// The result of an operation that has ended.
absl::Status Outcome(const v1::Operation& operation) {
  if (operation.state() == v1::OPERATION_STATE_SUCCEEDED) return absl::OkStatus();
  const auto code = operation.error_code() == 0
                        ? absl::StatusCode::kCancelled
                        : static_cast<absl::StatusCode>(operation.error_code());
  const std::string message = operation.error_message().empty()
                                  ? "The operation was cancelled."
                                  : operation.error_message();
  return client::MakeError(code, operation.error_reason(), message);
}

absl::Status List(Session& session, OperationOptions& options) {
  v1::ListOperationsRequest request;
  if (!options.target.app.empty()) {
    GITSYNC_CLI_ASSIGN_OR_RETURN(*request.mutable_app_id(),
                                 session.AppId(options.target.app, options.target.org));
  } else {
    GITSYNC_CLI_ASSIGN_OR_RETURN(*request.mutable_organization_id(),
                                 session.OrganizationId(options.target.org));
  }
  GITSYNC_CLI_ASSIGN_OR_RETURN(
      const auto list, session.ListAll(&v1::OperationService::Stub::ListOperations,
                                       request, options.limit));
  if (session.output().json()) {
    session.output().Json(list);
    return absl::OkStatus();
  }
  std::vector<Row> rows;
  for (const v1::Operation& operation : list.operations()) {
    rows.push_back({operation.id(), TypeName(operation), StateCell(operation),
                    PhaseName(operation), operation.actor(),
                    ShortCommit(operation.commit_id()),
                    FormatTime(operation.create_time()), operation.error_reason()});
  }
  session.output().Table(
      {"ID", "TYPE", "STATE", "PHASE", "ACTOR", "COMMIT", "STARTED", "ERROR"}, rows);
  return absl::OkStatus();
}

absl::Status Get(Session& session, OperationOptions& options) {
  v1::GetOperationRequest request;
  request.set_operation_id(options.id);
  GITSYNC_CLI_ASSIGN_OR_RETURN(
      const auto operation,
      session.Call(&v1::OperationService::Stub::GetOperation, request));
  PrintOperation(session, operation);
  return absl::OkStatus();
}

absl::Status Watch(Session& session, OperationOptions& options) {
  GITSYNC_CLI_ASSIGN_OR_RETURN(client::Client* const client, session.Client());
  const auto show = [&session](const v1::Operation& operation) {
    if (session.output().json()) return session.output().JsonLine(operation);
    session.output().Line(
        absl::StrCat(TypeName(operation), ": ", PhaseName(operation)));
  };
  GITSYNC_CLI_ASSIGN_OR_RETURN(
      const auto operation,
      client->WaitForOperation(options.id, absl::Now() + session.options().timeout,
                               show, session.stop()));
  if (!session.output().json()) PrintOperation(session, operation);
  return Outcome(operation);
}

absl::Status Cancel(Session& session, OperationOptions& options) {
  v1::CancelOperationRequest request;
  request.set_operation_id(options.id);
  GITSYNC_CLI_ASSIGN_OR_RETURN(
      const auto operation,
      session.Call(&v1::OperationService::Stub::CancelOperation, request));
  PrintOperation(session, operation);
  return absl::OkStatus();
}

void AddListOptions(CLI::App& command, OperationOptions& options) {
  command.add_option("--app", options.target.app, "Only this app's, by id or name");
  AddOrgOption(command, options.target.org);
  command.add_option("--limit", options.limit, "Show at most so many, 50 if not given")
      ->check(CLI::NonNegativeNumber);
}

void AddOne(CLI::App& operations, Action& action, const std::string& name,
            const std::string& help, absl::Status (*run)(Session&, OperationOptions&)) {
  auto options = std::make_shared<OperationOptions>();
  CLI::App* command = operations.add_subcommand(name, help);
  command->add_option("OPERATION_ID", options->id, "Id of the operation")->required();
  Runs(*command, action, options, run);
}

}  // namespace

void PrintOperation(Session& session, const v1::Operation& operation) {
  if (session.output().json()) return session.output().Json(operation);
  session.output().Fields({
      {"Id", operation.id()},
      {"Type", TypeName(operation)},
      {"State", StateCell(operation)},
      {"Phase", PhaseName(operation)},
      {"Organization", operation.organization_id()},
      {"App", operation.app_id()},
      {"Version", operation.version_id()},
      {"Environment", operation.environment()},
      {"Actor", operation.actor()},
      {"Ref", operation.ref()},
      {"Commit", operation.commit_id()},
      {"Changed", operation.changed() ? "yes" : "no"},
      {"Error", operation.error_message()},
      {"Reason", operation.error_reason()},
      {"Started", FormatTime(operation.create_time())},
      {"Ended", FormatTime(operation.end_time())},
  });
}

void AddOperationsCommands(CLI::App& root, Action& action) {
  auto options = std::make_shared<OperationOptions>();
  CLI::App* operations = root.add_subcommand(
      "operations", "Pushes, pulls, imports and promotions, the newest first");
  operations->require_subcommand(0, 1);
  AddListOptions(*operations, *options);
  // The parent's callback runs after a sub-command's.
  operations->callback([operations, options, &action] {
    if (!operations->get_subcommands().empty()) return;
    action = [options](Session& session) { return List(session, *options); };
  });

  options = std::make_shared<OperationOptions>();
  CLI::App* list = operations->add_subcommand("list", "List them");
  AddListOptions(*list, *options);
  Runs(*list, action, options, List);
  AddOne(*operations, action, "get", "Show one", Get);
  AddOne(*operations, action, "watch", "Follow one until it ends, and end as it did",
         Watch);
  AddOne(*operations, action, "cancel", "Ask one to end before its time", Cancel);
}

}  // namespace gitsync::cli
