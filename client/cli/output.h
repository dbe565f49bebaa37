// Everything that gitsyncctl prints goes through this class: results to standard
// output, notes and errors to standard error.

#ifndef GITSYNC_CLIENT_CLI_OUTPUT_H_
#define GITSYNC_CLIENT_CLI_OUTPUT_H_

#include <google/protobuf/message.h>

#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "client/cli/environment.h"

namespace gitsync::cli {

enum class Format { kTable, kJson };

enum class Tone { kPlain, kGood, kBad, kWarning, kHeading };

// A piece of text in a table.
struct Cell {
  Cell(std::string cell_text, Tone cell_tone = Tone::kPlain)  // NOLINT: by design
      : text(std::move(cell_text)), tone(cell_tone) {}
  Cell(const char* cell_text) : text(cell_text) {}  // NOLINT: by design

  std::string text;
  Tone tone = Tone::kPlain;
};

using Row = std::vector<Cell>;

class Output {
 public:
  // `environment` must outlive this. `quiet` suppresses notes and headings.
  Output(Environment& environment, Format format, bool quiet);

  Format format() const { return format_; }
  bool json() const { return format_ == Format::kJson; }

  // Prints a message as indented proto3 JSON. Fields with default values are included,
  // so that programs find them.
  void Json(const google::protobuf::Message& message);
  // The same on one line, for streams.
  void JsonLine(const google::protobuf::Message& message);

  // Prints rows in columns under `headings`.
  void Table(const std::vector<std::string>& headings, const std::vector<Row>& rows);

  // Prints one object: a name and a value on each line. Fields with an empty value are
  // left out.
  void Fields(const std::vector<std::pair<std::string, Cell>>& fields);

  // Prints a line of a result.
  void Line(absl::string_view text);

  // Prints text byte for byte. On a terminal, the text is made printable and ends with
  // a line end.
  void Raw(absl::string_view text);

  // Tells the user on standard error what to do next, or what was noticed. Suppressed
  // when quiet.
  void Note(absl::string_view text);

  // Asks the user a question, to be answered on the same line. Asks even when quiet.
  void Question(absl::string_view text);

  // INTERNAL if a part of the result could not be printed.
  absl::Status status() const;

  // Prints an error: the text, and a line for each of `details`.
  void Error(absl::string_view text, const std::vector<std::string>& details);
  // Prints an error as a JSON object on one line.
  void ErrorJson(const google::protobuf::Message& error);

 private:
  void PrintJson(const google::protobuf::Message& message, bool indented);

  Environment& environment_;
  const Format format_;
  const bool quiet_;
  const bool out_color_;
  const bool err_color_;
  std::string unprintable_;  // why a message has no JSON form; empty if all had one
};

}  // namespace gitsync::cli

#endif  // GITSYNC_CLIENT_CLI_OUTPUT_H_
