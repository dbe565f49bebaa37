#include "server/gateway/json/json_reader.h"

#include "absl/strings/str_cat.h"
#include "server/base/error.h"
#include "server/base/reason.h"
#include "server/gateway/json/scalar_text.h"

namespace gitsync::gateway {
namespace {

// Nobody reads more than that, and a text could contain a million.
constexpr size_t kMaxViolations = 20;
// The limit for a name from the text that an error repeats.
constexpr size_t kMaxNameBytes = 100;
constexpr size_t kMaxNamesListed = 10;

absl::string_view TypeOf(char first) {
  switch (first) {
    case '{':
      return "an object";
    case '[':
      return "an array";
    case '"':
      return "a string";
    case 't':
    case 'f':
      return "a boolean";
    case 'n':
      return "null";
    default:
      return "a number";
  }
}

bool StartsNumber(char c) { return c == '-' || (c >= '0' && c <= '9'); }

std::string ListNames(absl::Span<const EnumName> names) {
  std::string list;
  for (size_t i = 0; i < names.size() && i < kMaxNamesListed; ++i) {
    absl::StrAppend(&list, i == 0 ? "" : ", ", names[i].name);
  }
  if (names.size() > kMaxNamesListed) list.append(", ...");
  return list;
}

}  // namespace

JsonReader::JsonReader(absl::string_view text, int max_depth, absl::string_view root)
    : scanner_(text), max_depth_(max_depth), root_(root) {
  levels_.reserve(8);
}

bool JsonReader::Begin(char opener, absl::string_view type) {
  if (Peek() != opener) return WrongType(type);
  if (levels_.size() >= static_cast<size_t>(max_depth_)) {
    return scanner_.Fail(absl::StrCat("more than ", max_depth_, " levels"));
  }
  value_pos_ = scanner_.pos();
  scanner_.Take(opener);
  levels_.emplace_back().object = opener == '{';
  return true;
}

bool JsonReader::BeginObject() { return Begin('{', "an object"); }
bool JsonReader::BeginArray() { return Begin('[', "an array"); }

bool JsonReader::NextMember(absl::string_view* key) {
  if (scanner_.failed()) return false;
  if (scanner_.Take('}')) {
    levels_.pop_back();
    return false;
  }
  if (levels_.back().started && !scanner_.Expect(',', "',' or '}'")) return false;
  levels_.back().started = true;
  if (Peek() != '"') return scanner_.FailExpected("the name of a member");
  const size_t begin = scanner_.pos();
  bool escaped = false;
  if (!scanner_.SkipString(&escaped)) return false;
  const absl::string_view inner =
      scanner_.text().substr(begin + 1, scanner_.pos() - begin - 2);
  levels_.back().key = inner;
  if (!scanner_.Expect(':', "':'")) return false;
  *key = inner;
  if (escaped) {
    buffer_.clear();
    AppendUnescaped(inner, &buffer_);
    *key = buffer_;
  }
  return true;
}

bool JsonReader::NextElement() {
  if (scanner_.failed()) return false;
  if (scanner_.Take(']')) {
    levels_.pop_back();
    return false;
  }
  if (levels_.back().started && !scanner_.Expect(',', "',' or ']'")) return false;
  levels_.back().started = true;
  ++levels_.back().index;
  return true;
}

bool JsonReader::TakeNull() { return Peek() == 'n' && scanner_.SkipWord("null"); }

bool JsonReader::Read(bool* value) {
  const char first = Peek();
  if (first != 't' && first != 'f') return WrongType("true or false");
  *value = first == 't';
  return scanner_.SkipWord(*value ? "true" : "false");
}

template <typename Number>
bool JsonReader::ReadNumber(Number* value, bool (*parse)(absl::string_view, Number*),
                            absl::string_view type) {
  const char first = Peek();
  value_pos_ = scanner_.pos();
  absl::string_view text;
  if (first == '"') {
    if (!ReadText(&text)) return false;
  } else if (StartsNumber(first)) {
    if (!scanner_.SkipNumber()) return false;
    text = scanner_.text().substr(value_pos_, scanner_.pos() - value_pos_);
  } else {
    return WrongType(type);
  }
  if (parse(text, value)) return true;
  Refuse(absl::StrCat("has to be ", type));
  return false;
}

bool JsonReader::Read(int32_t* value) {
  return ReadNumber(value, &ParseInteger,
                    "a whole number from -2147483648 to 2147483647");
}
bool JsonReader::Read(int64_t* value) {
  return ReadNumber(value, &ParseInteger, "a whole number of 64 bits");
}
bool JsonReader::Read(uint32_t* value) {
  return ReadNumber(value, &ParseInteger, "a whole number from 0 to 4294967295");
}
bool JsonReader::Read(uint64_t* value) {
  return ReadNumber(value, &ParseInteger, "a whole number of 64 bits, not below 0");
}
bool JsonReader::Read(float* value) {
  return ReadNumber(value, &ParseFloat, "a number of single precision");
}
bool JsonReader::Read(double* value) {
  return ReadNumber(value, &ParseFloat, "a number");
}

bool JsonReader::ReadText(absl::string_view* text) {
  const size_t begin = scanner_.pos();
  bool escaped = false;
  if (!scanner_.SkipString(&escaped)) return false;
  *text = scanner_.text().substr(begin + 1, scanner_.pos() - begin - 2);
  if (escaped) {
    buffer_.clear();
    AppendUnescaped(*text, &buffer_);
    *text = buffer_;
  }
  return true;
}

bool JsonReader::Read(std::string* value) {
  if (Peek() != '"') return WrongType("a string");
  value_pos_ = scanner_.pos();
  absl::string_view text;
  if (!ReadText(&text)) return false;
  value->assign(text.data(), text.size());
  return true;
}

bool JsonReader::ReadBytes(std::string* value) {
  if (Peek() != '"') return WrongType("a string in Base64");
  value_pos_ = scanner_.pos();
  absl::string_view text;
  if (!ReadText(&text)) return false;
  if (ParseBytes(text, value)) return true;
  Refuse("has to be Base64");
  return false;
}

bool JsonReader::ReadEnum(absl::Span<const EnumName> names, int* value) {
  if (StartsNumber(Peek())) {
    int32_t number = 0;
    if (!Read(&number)) return false;
    *value = number;
    return true;
  }
  if (Peek() != '"') return WrongType("the name or number of a value");
  value_pos_ = scanner_.pos();
  absl::string_view text;
  if (!ReadText(&text)) return false;
  for (const EnumName& entry : names) {
    if (entry.name == text) {
      *value = entry.number;
      return true;
    }
  }
  Refuse(absl::StrCat("has to be one of ", ListNames(names)));
  return false;
}

bool JsonReader::ReadRaw(absl::string_view* json) {
  Peek();
  value_pos_ = scanner_.pos();
  if (!scanner_.SkipValue(max_depth_)) return false;
  *json = scanner_.text().substr(value_pos_, scanner_.pos() - value_pos_);
  return true;
}

bool JsonReader::WrongType(absl::string_view type) {
  const char first = Peek();
  const size_t pos = scanner_.pos();
  if (!scanner_.SkipValue(max_depth_)) return false;
  Note(absl::StrCat("has to be ", type, ", and is ", TypeOf(first)), pos);
  return false;
}

void JsonReader::Refuse(absl::string_view problem) { Note(problem, value_pos_); }

void JsonReader::UnknownField() {
  Peek();
  Note("there is no such field", scanner_.pos());
  scanner_.SkipValue(max_depth_);
}

void JsonReader::RepeatedField(absl::string_view problem) {
  Peek();
  Note(problem, scanner_.pos());
  scanner_.SkipValue(max_depth_);
}

void JsonReader::Note(absl::string_view problem, size_t pos) {
  if (scanner_.failed() || violations_.size() >= kMaxViolations) return;
  violations_.emplace_back(
      Path(), absl::StrCat(problem, " (", DescribePosition(scanner_.text(), pos), ")"));
}

std::string JsonReader::Path() const {
  std::string path = root_;
  for (const Level& level : levels_) {
    if (!level.started) break;
    if (!level.object) {
      absl::StrAppend(&path, "[", level.index, "]");
      continue;
    }
    if (!path.empty()) path.push_back('.');
    std::string key;
    AppendUnescaped(level.key, &key);
    if (key.size() > kMaxNameBytes) {
      size_t end = kMaxNameBytes;
      while ((static_cast<unsigned char>(key[end]) & 0xc0) == 0x80) --end;
      key.resize(end);
      key.append("...");
    }
    path.append(key);
  }
  return path;
}

absl::Status JsonReader::Finish() {
  if (!scanner_.failed()) scanner_.ExpectEnd();
  if (!scanner_.failed() && violations_.empty()) return absl::OkStatus();
  if (scanner_.failed()) {
    const std::string where =
        absl::StrCat(DescribePosition(scanner_.text(), scanner_.fault_pos()), ": ",
                     scanner_.fault());
    return Error(absl::StatusCode::kInvalidArgument, reason::kInvalidRequest,
                 absl::StrCat("The body is not valid JSON: ", where, "."))
        .Violation(Path(), where);
  }
  const auto& [field, problem] = violations_.front();
  Error error(
      absl::StatusCode::kInvalidArgument, reason::kInvalidRequest,
      absl::StrCat("The body is not what this method takes: ",
                   field.empty() ? "it" : absl::StrCat("\"", field, "\""), " ", problem,
                   violations_.size() > 1
                       ? absl::StrCat(", and ", violations_.size() - 1,
                                      " more; see the details.")
                       : "."));
  for (const auto& [path, description] : violations_)
    error.Violation(path, description);
  return error;
}

}  // namespace gitsync::gateway
