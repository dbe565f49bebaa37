#ifndef GITSYNC_SERVER_GATEWAY_JSON_JSON_WRITER_H_
#define GITSYNC_SERVER_GATEWAY_JSON_JSON_WRITER_H_

#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"

namespace gitsync::gateway {

// A value of an enum, or an alias of one.
struct EnumName {
  absl::string_view name;
  int number;
};

// Appends JSON without white space to a string. It inserts the commas; the caller is
// responsible for the rest of the grammar. Text has the same form as libprotobuf's.
//
// A value without a JSON form (text that is not UTF-8, a time out of range) makes
// Finish fail; the text written by then must not be used.
class JsonWriter {
 public:
  // `out` must outlive the writer. With `single_line`, line ends in text inserted by
  // Raw become spaces, as a line of newline-delimited JSON requires.
  explicit JsonWriter(std::string* out, bool single_line = false)
      : out_(out), start_(out->size()), single_line_(single_line) {}

  void BeginObject() { Begin('{'); }
  void EndObject() { out_->push_back('}'); }
  void BeginArray() { Begin('['); }
  void EndArray() { out_->push_back(']'); }

  // `quoted` is the key as JSON, including the colon: "\"gitUrl\":".
  void Key(absl::string_view quoted);
  // Writes any text as a key.
  void TextKey(absl::string_view key);

  void Null() { Plain("null"); }
  void Bool(bool value) { Plain(value ? "true" : "false"); }
  void Number(int32_t value);
  void Number(uint32_t value);
  void Number(int64_t value);   // as a string: JavaScript can't represent such numbers
  void Number(uint64_t value);  // likewise
  void Number(float value);
  void Number(double value);
  void String(absl::string_view value);
  void Bytes(absl::string_view value);
  // Writes the name of the value, or its number if it has none.
  void Enum(absl::Span<const EnumName> names, int number);
  // Writes JSON text unchanged, or null if it is empty. The text is checked.
  void Raw(absl::string_view json);
  // Writes text that needs no escaping, in quotes. `append` receives the string to
  // append to, and returns false if there is no such text.
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
  const size_t start_;  // where our text begins in `out_`
  const bool single_line_;
  std::string fault_;
};

}  // namespace gitsync::gateway

#endif  // GITSYNC_SERVER_GATEWAY_JSON_JSON_WRITER_H_
