#include "client/cli/output.h"

#include <google/protobuf/util/json_util.h>

#include <algorithm>

#include "absl/status/statusor.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "client/cli/text.h"
#include "proto/protobuf_versions.h"

namespace gitsync::cli {
namespace {

bool MayColor(const Environment& environment) {
  const auto& variables = environment.variables;
  const auto no_color = variables.find("NO_COLOR");
  if (no_color != variables.end() && !no_color->second.empty()) return false;
  const auto term = variables.find("TERM");
  return term == variables.end() || term->second != "dumb";
}

std::string Paint(absl::string_view text, Tone tone, bool color) {
  if (!color || tone == Tone::kPlain) return std::string(text);
  absl::string_view code = "1";
  if (tone == Tone::kGood) code = "32";
  if (tone == Tone::kBad) code = "31";
  if (tone == Tone::kWarning) code = "33";
  return absl::StrCat("\x1b[", code, "m", text, "\x1b[0m");
}

absl::StatusOr<std::string> ToJson(const google::protobuf::Message& message,
                                   bool indented, bool defaults) {
  google::protobuf::util::JsonPrintOptions options;
  options.add_whitespace = indented;
  PrintDefaults(defaults, &options);
  std::string json;
  // Fails for dates out of range: parsing a message does not check them.
  const auto status =
      google::protobuf::util::MessageToJsonString(message, &json, options);
  if (!status.ok()) return absl::InternalError(std::string(status.message()));
  while (absl::EndsWith(json, "\n")) json.pop_back();
  return json;
}

// Pads a row's cells to `widths`, except for the last one.
std::string FormatRow(const Row& row, const std::vector<size_t>& widths, bool color) {
  std::string line;
  for (size_t i = 0; i < row.size(); ++i) {
    const std::string text = Printable(row[i].text);
    line += Paint(text, row[i].tone, color);
    if (i + 1 < row.size()) line.append(widths[i] - Width(text) + 2, ' ');
  }
  const size_t end = line.find_last_not_of(' ');
  line.resize(end == std::string::npos ? 0 : end + 1);
  return line;
}

}  // namespace

Output::Output(Environment& environment, Format format, bool quiet)
    : environment_(environment),
      format_(format),
      quiet_(quiet),
      out_color_(environment.out_is_terminal && MayColor(environment)),
      err_color_(environment.err_is_terminal && MayColor(environment)) {}

void Output::Json(const google::protobuf::Message& message) {
  PrintJson(message, /*indented=*/true);
}

void Output::JsonLine(const google::protobuf::Message& message) {
  PrintJson(message, /*indented=*/false);
}

void Output::PrintJson(const google::protobuf::Message& message, bool indented) {
  const absl::StatusOr<std::string> json = ToJson(message, indented, true);
  if (json.ok()) {
    environment_.out << *json << std::endl;
  } else {
    unprintable_ = std::string(json.status().message());
  }
}

absl::Status Output::status() const {
  if (!unprintable_.empty()) {
    return absl::InternalError(
        absl::StrCat("The server's answer can't be printed as JSON: ", unprintable_,
                     " It has done what was asked; --output table shows it."));
  }
  environment_.out.flush();
  if (environment_.out) return absl::OkStatus();
  return absl::InternalError(
      "The result could not be written to standard output. The server has done what "
      "was "
      "asked.");
}

void Output::Table(const std::vector<std::string>& headings,
                   const std::vector<Row>& rows) {
  std::vector<Row> all;
  if (!quiet_) {
    Row heading;
    for (const std::string& text : headings) heading.emplace_back(text, Tone::kHeading);
    all.push_back(std::move(heading));
  }
  all.insert(all.end(), rows.begin(), rows.end());

  std::vector<size_t> widths(headings.size(), 0);
  for (const Row& row : all) {
    for (size_t i = 0; i < row.size(); ++i) {
      widths[i] = std::max(widths[i], Width(Printable(row[i].text)));
    }
  }
  for (const Row& row : all) {
    environment_.out << FormatRow(row, widths, out_color_) << '\n';
  }
  environment_.out.flush();
}

void Output::Fields(const std::vector<std::pair<std::string, Cell>>& fields) {
  size_t width = 0;
  for (const auto& [name, value] : fields) {
    if (!value.text.empty()) width = std::max(width, Width(name));
  }
  for (const auto& [name, value] : fields) {
    if (value.text.empty()) continue;
    const Cell label(absl::StrCat(name, ":"), Tone::kHeading);
    environment_.out << FormatRow({label, value}, {width + 1}, out_color_) << '\n';
  }
  environment_.out.flush();
}

void Output::Line(absl::string_view text) {
  environment_.out << Printable(text) << std::endl;
}

void Output::Raw(absl::string_view text) {
  if (!environment_.out_is_terminal) {
    environment_.out << text << std::flush;
    return;
  }
  environment_.out << Printable(text, Lines::kKeep);
  if (!absl::EndsWith(text, "\n")) environment_.out << '\n';
  environment_.out.flush();
}

void Output::Note(absl::string_view text) {
  if (quiet_) return;
  environment_.err << Printable(text, Lines::kKeep) << std::endl;
}

void Output::Question(absl::string_view text) {
  environment_.err << Printable(text, Lines::kKeep) << std::flush;
}

void Output::Error(absl::string_view text, const std::vector<std::string>& details) {
  environment_.err << Paint("error:", Tone::kBad, err_color_) << ' '
                   << Printable(text, Lines::kKeep) << '\n';
  for (const std::string& detail : details) {
    environment_.err << "  " << Printable(detail) << '\n';
  }
  environment_.err.flush();
}

void Output::ErrorJson(const google::protobuf::Message& error) {
  environment_.err << ToJson(error, false, false).value_or("{}") << std::endl;
}

}  // namespace gitsync::cli
