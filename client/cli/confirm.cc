// Asks for confirmation before something is permanently lost. Part of Session.

#include <poll.h>
#include <unistd.h>

#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "client/cli/report_error.h"
#include "client/cli/session.h"

namespace gitsync::cli {
namespace {

constexpr int kPollMilliseconds = 100;

// Waits for input. Reading would not be interrupted by Ctrl-C; this returns false then.
bool AwaitInput(const Environment& environment) {
  pollfd input = {STDIN_FILENO, POLLIN, 0};
  while (!environment.stop.stop_requested()) {
    if (&environment.in != &std::cin || poll(&input, 1, kPollMilliseconds) > 0) {
      return true;
    }
  }
  return false;
}

}  // namespace

bool Session::CanAsk() const {
  return environment_.in_is_terminal && environment_.err_is_terminal;
}

absl::Status Session::Confirm(absl::string_view consequence, bool yes) {
  if (yes) return absl::OkStatus();
  if (!CanAsk()) {
    return UsageError(
        absl::StrCat(consequence,
                     "\nThere is no terminal to ask on: repeat with --yes if you mean "
                     "it."));
  }
  output_.Question(absl::StrCat(consequence, "\nGo on? [y/N] "));
  std::string answer;
  // The input may have reached its end when a secret was read from it.
  environment_.in.clear();
  if (AwaitInput(environment_)) std::getline(environment_.in, answer);
  answer = absl::AsciiStrToLower(absl::StripAsciiWhitespace(answer));
  if (answer == "y" || answer == "yes") return absl::OkStatus();
  if (!environment_.stop.stop_requested()) output_.Note("Nothing was changed.");
  return Reported(absl::CancelledError("It was not confirmed."));
}

}  // namespace gitsync::cli
