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

// Pulls the values of a JSON text one after the other, by the rules of proto3 JSON,
// without building anything. What calls it asks for what it wants next:
//
//   if (!reader.BeginObject()) return;
//   absl::string_view key;
//   while (reader.NextMember(&key)) {
//     if (key == "name") { reader.Read(&name); } else { reader.UnknownField(); }
//   }
//
// A value of the wrong type is noted with its path and passed over, so that a caller
// learns of all of them at once; a fault in the JSON itself ends the reading: from then
// on every function returns false. Finish says how it went. The messages hold the names
// that are in the text, never the values: those may be secrets.
class JsonReader {
 public:
  // `text` has to outlive the reader. `root` is what stands before every path: the
  // field that the text is the value of.
  explicit JsonReader(absl::string_view text, int max_depth = kMaxJsonDepth,
                      absl::string_view root = "");

  // Each returns false if the value is something else, or the text is broken.
  bool BeginObject();
  bool BeginArray();

  // Moves to the next member or element; false after the last one. After a member's key
  // its value has to be read or passed over. `key` is valid until the next call.
  bool NextMember(absl::string_view* key);
  bool NextElement();

  // The character that the value begins with; 0 if the text is broken.
  char Peek() { return scanner_.Peek(); }
  // Moves over a null, if it is one.
  bool TakeNull();

  // Read the value into `value`; false if it is none of that type, or out of its range.
  bool Read(bool* value);
  bool Read(int32_t* value);  // all numbers: as such, or as text in a string
  bool Read(int64_t* value);
  bool Read(uint32_t* value);
  bool Read(uint64_t* value);
  bool Read(float* value);
  bool Read(double* value);
  bool Read(std::string* value);
  bool ReadBytes(std::string* value);
  // The name of an enum's value, or a number: any, known or not.
  bool ReadEnum(absl::Span<const EnumName> names, int* value);
  // Any value, as its text: a view into what is read. It has levels of its own.
  bool ReadRaw(absl::string_view* json);

  // Notes that what was just read is not as it has to be: "has to be a time, ...".
  void Refuse(absl::string_view problem);
  // Notes that there is no such field as NextMember returned, and moves over its value.
  void UnknownField();
  // Notes that the field was given before, and moves over its value.
  void RepeatedField(absl::string_view problem = "is given twice");

  // OK if all was as asked for and nothing follows. INVALID_ARGUMENT (INVALID_REQUEST)
  // with a violation for each thing that wasn't.
  absl::Status Finish();

 private:
  // A level of the text that is being read.
  struct Level {
    bool object = false;
    bool started = false;   // whether the first member or element was reached
    absl::string_view key;  // as in the text, escapes and all
    int64_t index = -1;
  };

  bool Begin(char opener, absl::string_view type);
  template <typename Number>
  bool ReadNumber(Number* value, bool (*parse)(absl::string_view, Number*),
                  absl::string_view type);
  // The text of the string that follows: of the input, or unescaped in `buffer_`.
  bool ReadText(absl::string_view* text);
  bool WrongType(absl::string_view type);
  void Note(absl::string_view problem, size_t pos);
  std::string Path() const;

  JsonScanner scanner_;
  const int max_depth_;
  const std::string root_;
  std::vector<Level> levels_;
  std::string buffer_;
  size_t value_pos_ = 0;  // of the value that was read last
  std::vector<std::pair<std::string, std::string>> violations_;
};

}  // namespace gitsync::gateway

#endif  // GITSYNC_SERVER_GATEWAY_JSON_JSON_READER_H_
