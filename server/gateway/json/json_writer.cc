#include "server/gateway/json/json_writer.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "server/base/error.h"
#include "server/base/utf8.h"
#include "server/gateway/json/json_scanner.h"
#include "server/gateway/json/scalar_text.h"

namespace gitsync::gateway {
namespace {

// The ASCII characters that a string contains unescaped. "<" and ">" are escaped so
// that the text can be embedded in an HTML page.
constexpr std::array<bool, 128> kPlainInString = [] {
  std::array<bool, 128> plain{};
  for (size_t c = 0x20; c < 0x7f; ++c) {
    plain[c] = c != '"' && c != '\\' && c != '<' && c != '>';
  }
  return plain;
}();

// Characters that are invisible or change the appearance of others. libprotobuf escapes
// them, and so does this writer.
bool IsInvisible(char32_t c) {
  struct Range {
    char32_t first;
    char32_t last;
  };
  static constexpr Range kRanges[] = {
      {0x7f, 0x9f},       {0xad, 0xad},       {0x600, 0x603},     {0x6dd, 0x6dd},
      {0x70f, 0x70f},     {0x17b4, 0x17b5},   {0x200b, 0x200f},   {0x2028, 0x202e},
      {0x2060, 0x2064},   {0x206a, 0x206f},   {0xfeff, 0xfeff},   {0xfff9, 0xfffb},
      {0x1d173, 0x1d17a}, {0xe0001, 0xe0001}, {0xe0020, 0xe007f},
  };
  return std::any_of(std::begin(kRanges), std::end(kRanges), [c](const Range& range) {
    return c >= range.first && c <= range.last;
  });
}

void AppendUnit(char32_t unit, std::string* out) {
  constexpr absl::string_view kDigits = "0123456789abcdef";
  out->append("\\u");
  for (int shift = 12; shift >= 0; shift -= 4) {
    out->push_back(kDigits[(unit >> shift) & 0xf]);
  }
}

void AppendEscaped(char32_t c, std::string* out) {
  constexpr absl::string_view kShort = "\"\\\b\f\n\r\t";
  const size_t known = c < 0x80 ? kShort.find(static_cast<char>(c)) : kShort.npos;
  if (known != kShort.npos) {
    out->push_back('\\');
    out->push_back("\"\\bfnrt"[known]);
  } else if (c < 0x10000) {
    AppendUnit(c, out);
  } else {
    AppendUnit(0xd800 + ((c - 0x10000) >> 10), out);
    AppendUnit(0xdc00 + ((c - 0x10000) & 0x3ff), out);
  }
}

}  // namespace

void JsonWriter::BeginValue() {
  if (out_->size() == start_) return;
  // Only a key ends with ":", and only the start of an array with "[".
  if (out_->back() != ':' && out_->back() != '[') out_->push_back(',');
}

void JsonWriter::Key(absl::string_view quoted) {
  if (out_->back() != '{') out_->push_back(',');
  out_->append(quoted.data(), quoted.size());
}

void JsonWriter::TextKey(absl::string_view key) {
  if (out_->back() != '{') out_->push_back(',');
  AppendQuoted(key);
  out_->push_back(':');
}

void JsonWriter::Plain(absl::string_view text) {
  BeginValue();
  out_->append(text.data(), text.size());
}

void JsonWriter::Number(int32_t value) { Plain(absl::AlphaNum(value).Piece()); }
void JsonWriter::Number(uint32_t value) { Plain(absl::AlphaNum(value).Piece()); }

void JsonWriter::Number(int64_t value) {
  BeginValue();
  absl::StrAppend(out_, "\"", value, "\"");
}

void JsonWriter::Number(uint64_t value) {
  BeginValue();
  absl::StrAppend(out_, "\"", value, "\"");
}

template <typename Float>
void JsonWriter::FloatNumber(Float value) {
  if (std::isnan(value)) {
    Plain("\"NaN\"");
  } else if (std::isinf(value)) {
    Plain(value < 0 ? "\"-Infinity\"" : "\"Infinity\"");
  } else {
    BeginValue();
    AppendFloat(value, out_);
  }
}

void JsonWriter::Number(float value) { FloatNumber(value); }
void JsonWriter::Number(double value) { FloatNumber(value); }

void JsonWriter::String(absl::string_view value) {
  BeginValue();
  AppendQuoted(value);
}

void JsonWriter::AppendQuoted(absl::string_view text) {
  out_->push_back('"');
  size_t begin = 0;  // start of what is not written yet
  size_t pos = 0;
  while (pos < text.size()) {
    const auto byte = static_cast<unsigned char>(text[pos]);
    if (byte < 0x80 && kPlainInString[byte]) {
      ++pos;
      continue;
    }
    uint32_t character = 0;
    const size_t size = DecodeUtf8(text.substr(pos), &character);
    if (size == 0) return Fail("text that is not UTF-8");
    if (byte < 0x80 || IsInvisible(character)) {
      out_->append(text.data() + begin, pos - begin);
      AppendEscaped(character, out_);
      begin = pos + size;
    }
    pos += size;
  }
  out_->append(text.data() + begin, text.size() - begin);
  out_->push_back('"');
}

void JsonWriter::Bytes(absl::string_view value) {
  BeginValue();
  absl::StrAppend(out_, "\"", absl::Base64Escape(value), "\"");
}

void JsonWriter::Enum(absl::Span<const EnumName> names, int number) {
  for (const EnumName& entry : names) {
    if (entry.number == number) {
      BeginValue();
      absl::StrAppend(out_, "\"", entry.name, "\"");
      return;
    }
  }
  Number(static_cast<int32_t>(number));
}

void JsonWriter::Raw(absl::string_view json) {
  if (json.empty()) return Null();
  JsonScanner scanner(json);
  if (!scanner.SkipValue() || !scanner.ExpectEnd()) {
    return Fail(absl::StrCat("text that is not JSON: ", scanner.fault()));
  }
  BeginValue();
  const size_t begin = out_->size();
  out_->append(json.data(), json.size());
  if (single_line_) {
    // This affects only line ends outside strings, because strings can't contain them.
    const auto is_line_end = [](char c) { return c == '\n' || c == '\r'; };
    std::replace_if(out_->begin() + static_cast<ptrdiff_t>(begin), out_->end(),
                    is_line_end, ' ');
  }
}

void JsonWriter::Fail(absl::string_view detail) {
  if (fault_.empty()) fault_ = std::string(detail);
}

absl::Status JsonWriter::Finish() const {
  if (fault_.empty()) return absl::OkStatus();
  return InternalError(absl::StrCat("a message has no JSON form: ", fault_));
}

}  // namespace gitsync::gateway
