#ifndef GITSYNC_SERVER_GATEWAY_JSON_JSON_WRITER_H_
#define GITSYNC_SERVER_GATEWAY_JSON_JSON_WRITER_H_

#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"

namespace gitsync::gateway {

// One value of an enum, or another name of one.
struct EnumName {
  absl::string_view name;
  int number;
};

// Appends JSON to a string, with no white space. It puts the commas; what calls it
// keeps the rest of the grammar. Text has the form that libprotobuf gives it.
//
// A value that has no JSON form (text that is not UTF-8, a time out of range) makes
// Finish fail; what was written then is of no use.
class JsonWriter {
 public:
  // `out` has to outlive the writer. With `single_line`, text that Raw splices in gets
  // spaces for its line ends, as a line of newline-delimited JSON needs it.
  explicit JsonWriter(std::string* out, bool single_line = false)
      : out_(out), start_(out->size()), single_line_(single_line) {}

  void BeginObject() { Begin('{'); }
  void EndObject() { out_->push_back('}'); }
  void BeginArray() { Begin('['); }
  void EndArray() { out_->push_back(']'); }

  // `quoted` is the key as JSON with the colon: "\"gitUrl\":".
  void Key(absl::string_view quoted);
  // Any text as a key.
  void TextKey(absl::string_view key);

  void Null() { Plain("null"); }
  void Bool(bool value) { Plain(value ? "true" : "false"); }
  void Number(int32_t value);
  void Number(uint32_t value);
  void Number(int64_t value);   // a string, as JavaScript has no such numbers
  void Number(uint64_t value);  // the same
  void Number(float value);
  void Number(double value);
  void String(absl::string_view value);
  void Bytes(absl::string_view value);
  // The name of the value, or its number if it has none.
  void Enum(absl::Span<const EnumName> names, int number);
  // JSON text as it is, null if it is empty. It is checked.
  void Raw(absl::string_view json);
  // Text that needs no escape, between quotes. `append` is given the string to append
  // to and returns false if there is no such text.
  template <typename Append>
  void Quoted(Append append) {
    BeginValue();
    out_->push_back('"');
    if (!append(out_)) Fail("a value is out of the range that JSON has a form for");
    out_->push_back('"');
  }

  // Makes Finish fail with `detail`, which is for the log.
  void Fail(absl::string_view detail);

  // INTERNAL if anything failed.
  absl::Status Finish() const;

 private:
  void BeginValue();
  void Begin(char c) {
    BeginValue();
    out_->push_back(c);
  }
  void Plain(absl::string_view text);
  void AppendQuoted(absl::string_view text);
  template <typename Float>
  void FloatNumber(Float value);

  std::string* const out_;
  const size_t start_;  // of what is ours in `out_`
  const bool single_line_;
  std::string fault_;
};

}  // namespace gitsync::gateway

#endif  // GITSYNC_SERVER_GATEWAY_JSON_JSON_WRITER_H_
