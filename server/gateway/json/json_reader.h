#ifndef GITSYNC_SERVER_GATEWAY_JSON_JSON_READER_H_
#define GITSYNC_SERVER_GATEWAY_JSON_JSON_READER_H_

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "server/gateway/json/json_scanner.h"
#include "server/gateway/json/json_writer.h"

namespace gitsync::gateway {

// Pulls the values of a JSON text one by one, by the rules of proto3 JSON, without
// building a tree. The caller asks for what it expects next:
//
//   if (!reader.BeginObject()) return;
//   absl::string_view key;
//   while (reader.NextMember(&key)) {
//     if (key == "name") { reader.Read(&name); } else { reader.UnknownField(); }
//   }
//
// A value of the wrong type is noted with its path and skipped, so that a caller learns
// of all such values at once. A fault in the JSON itself ends the reading: from then
// on, every function returns false. Finish returns the outcome. Messages contain the
// names from the text but never the values, because those may be secrets.
class JsonReader {
 public:
  // `text` must outlive the reader. `root` prefixes every path: it is the field whose
  // value the text is.
  explicit JsonReader(absl::string_view text, int max_depth = kMaxJsonDepth,
                      absl::string_view root = "");

  // Each returns false if the value has another type or the text is broken.
  bool BeginObject();
  bool BeginArray();

  // Moves to the next member or element; false after the last one. After a member's
  // key, its value must be read or skipped. `key` is valid until the next call.
  bool NextMember(absl::string_view* key);
  bool NextElement();

  // The first character of the next value; 0 if the text is broken.
  char Peek() { return scanner_.Peek(); }
  // Skips a null and returns true, if that comes next.
  bool TakeNull();

  // Read the value into `value`; false if it has another type or is out of range.
  bool Read(bool* value);
  bool Read(int32_t* value);  // numbers may also be given as text in a string
  bool Read(int64_t* value);
  bool Read(uint32_t* value);
  bool Read(uint64_t* value);
  bool Read(float* value);
  bool Read(double* value);
  bool Read(std::string* value);
  bool ReadBytes(std::string* value);
  // Reads an enum value's name or number; any number is accepted, known or not.
  bool ReadEnum(absl::Span<const EnumName> names, int* value);
  // Reads any value as its text: a view into the input. Its levels are counted
  // separately.
  bool ReadRaw(absl::string_view* json);

  // Notes what is wrong with the value just read: "has to be a time, ...".
  void Refuse(absl::string_view problem);
  // Notes that there is no field with the name that NextMember returned, and skips its
  // value.
  void UnknownField();
  // Notes that the field was given before, and skips its value.
  void RepeatedField(absl::string_view problem = "is given twice");

  // OK if everything was as requested and nothing follows. Otherwise INVALID_ARGUMENT
  // (INVALID_REQUEST) with one violation for each problem.
  absl::Status Finish();

 private:
  // A nesting level of the text being read.
  struct Level {
    bool object = false;
    bool started = false;   // whether the first member or element was reached
    absl::string_view key;  // as in the text, with its escapes
    int64_t index = -1;
  };

  bool Begin(char opener, absl::string_view type);
  template <typename Number>
  bool ReadNumber(Number* value, bool (*parse)(absl::string_view, Number*),
                  absl::string_view type);
  // The text of the next string: a view into the input, or unescaped into `buffer_`.
  bool ReadText(absl::string_view* text);
  bool WrongType(absl::string_view type);
  void Note(absl::string_view problem, size_t pos);
  std::string Path() const;

  JsonScanner scanner_;
  const int max_depth_;
  const std::string root_;
  std::vector<Level> levels_;
  std::string buffer_;
  size_t value_pos_ = 0;  // position of the last value read
  std::vector<std::pair<std::string, std::string>> violations_;
};

}  // namespace gitsync::gateway

#endif  // GITSYNC_SERVER_GATEWAY_JSON_JSON_READER_H_
