#include "client/cli/run.h"

#include <algorithm>
#include <map>

#include "absl/strings/str_cat.h"
#include "client/cli/commands.h"
#include "client/cli/output.h"
#include "client/cli/report_error.h"
#include "client/cli/session.h"
#include "client/cli/text.h"
#include "client/lib/version.h"

namespace gitsync::cli {
namespace {

constexpr char kFooter[] = R"(
Where an organization, app or version is asked for, its id or its name will do.

Access token, the first of: --token, --token-file, GITSYNC_TOKEN, and for a server on
this machine ./gitsync-data/admin.token if there is one.

Results go to standard output, notes and errors to standard error.

Exit codes:
  0    done
  1    the server or the remote refused, `git test` found a fault, or a question was
       answered with no
  2    wrong usage
  3    server or remote unreachable, or out of time
  4    not authenticated, or not permitted
  5    not found
  6    conflict: changed meanwhile, exists already, or not in a state for it
  130  interrupted by Ctrl-C)";

std::string Variable(const Environment& environment, const std::string& name,
                     const std::string& otherwise) {
  const auto found = environment.variables.find(name);
  const bool set = found != environment.variables.end() && !found->second.empty();
  return set ? found->second : otherwise;
}

// Parses a duration: "30s", "5m", or a number of seconds.
std::string ParseTimeout(const std::string& text, absl::Duration& timeout) {
  double seconds = 0;
  const bool parsed = CLI::detail::lexical_cast(text, seconds)
                          ? (timeout = absl::Seconds(seconds), true)
                          : absl::ParseDuration(text, &timeout);
  if (parsed && timeout > absl::ZeroDuration()) return "";
  return "takes seconds or a duration, for example 30s or 5m";
}

void AddConnectionOptions(CLI::App& app, GlobalOptions& options) {
  app.add_option("--server", options.server,
                 "HOST:PORT of gitsyncd; GITSYNC_SERVER, or 127.0.0.1:7420");
  app.add_option("--token", options.token,
                 "Access token; a file or GITSYNC_TOKEN hides it from other users");
  app.add_option("--token-file", options.token_file,
                 "File that holds the access token");
  auto* const tls = app.add_flag("--tls", options.tls,
                                 "Use TLS; the default for other than loopback");
  app.add_flag("--plaintext", options.plaintext, "Never use TLS")->excludes(tls);
  app.add_option("--ca-file", options.ca_file,
                 "PEM file of the certificate authorities to trust");
  app.add_option("--cert-file", options.certificate_file,
                 "PEM file of this client's certificate");
  app.add_option("--key-file", options.private_key_file,
                 "PEM file of the private key that goes with it");
  app.add_option_function<std::string>(
         "--timeout",
         [&options](const std::string& text) {
           const std::string error = ParseTimeout(text, options.timeout);
           if (!error.empty()) throw CLI::ValidationError("--timeout", error);
         },
         "How long a call takes at most, for example 30s; 5m if not given")
      ->type_name("DURATION");
}

void AddOutputOptions(CLI::App& app, GlobalOptions& options) {
  static const auto* const formats = new std::map<std::string, Format>{
      {"table", Format::kTable}, {"json", Format::kJson}};
  app.add_option("--output,-o", options.format, "table or json")
      ->transform(CLI::CheckedTransformer(*formats).description(""))
      ->type_name("FORMAT");
  app.add_flag("--quiet,-q", options.quiet, "Leave out notes and headings");
}

void AddCommands(CLI::App& app, Action& action) {
  AddOrgCommands(app, action);
  AddTokenCommands(app, action);
  AddAppCommands(app, action);
  AddVersionCommands(app, action);
  AddGitCommands(app, action);
  AddPushCommand(app, action);
  AddImportCommand(app, action);
  AddPullCommand(app, action);
  AddPromoteCommand(app, action);
  AddAppsCommand(app, action);
  AddUpdatesCommand(app, action);
  AddOperationsCommands(app, action);
}

int Finish(const absl::Status& status, const Environment& environment,
           const GlobalOptions& options, Output& output) {
  if (absl::IsCancelled(status) && environment.stop.stop_requested()) {
    output.Note("Cancelled.");
    return kExitInterrupted;
  }
  if (!status.ok()) ReportError(status, options.server, output);
  return ExitCodeOf(status);
}

}  // namespace

int Run(const std::vector<std::string>& arguments, Environment& environment) {
  GlobalOptions options;
  options.server = Variable(environment, "GITSYNC_SERVER", "127.0.0.1:7420");
  Action action;
  CLI::App app("Keeps apps in git: the command line of GitSync.", "gitsyncctl");
  app.set_version_flag("--version", absl::StrCat("gitsyncctl ", client::Version()));
  app.require_subcommand(1);
  app.fallthrough();
  AddConnectionOptions(app, options);
  AddOutputOptions(app, options);
  AddCommands(app, action);
  // Set after the commands were added; otherwise they would inherit it.
  app.footer(kFooter);

  try {
    // CLI11 expects the arguments in reverse order.
    app.parse(std::vector<std::string>(arguments.rbegin(), arguments.rend()));
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) return app.exit(error, environment.out);
    Output output(environment, options.format, options.quiet);
    const absl::Status status = UsageError(
        absl::StrCat(error.what(), "\nRun with --help for more information."));
    return Finish(status, environment, options, output);
  }

  Output output(environment, options.format, options.quiet);
  for (const std::string& argument : arguments) {
    if (!IsUtf8(argument)) {
      return Finish(UsageError("An argument is not UTF-8 text."), environment, options,
                    output);
    }
  }
  Session session(environment, options, output);
  absl::Status status = action(session);
  if (status.ok()) status = output.status();
  return Finish(status, environment, options, output);
}

}  // namespace gitsync::cli
