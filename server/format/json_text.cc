#include "server/format/json_text.h"

#include <cstdint>

namespace gitsync {
namespace {

bool IsSpace(char c) { return c == ' ' || c == '\n' || c == '\r' || c == '\t'; }

unsigned HexDigit(char c) {
  if (c <= '9') return c - '0';
  return (c | 0x20) - 'a' + 10;
}

unsigned Hex4(const char* p) {
  return HexDigit(p[0]) << 12 | HexDigit(p[1]) << 8 | HexDigit(p[2]) << 4 |
         HexDigit(p[3]);
}

size_t EncodeUtf8(unsigned code, char* out) {
  if (code < 0x80) {
    out[0] = static_cast<char>(code);
    return 1;
  }
  if (code < 0x800) {
    out[0] = static_cast<char>(0xc0 | code >> 6);
    out[1] = static_cast<char>(0x80 | (code & 0x3f));
    return 2;
  }
  if (code < 0x10000) {
    out[0] = static_cast<char>(0xe0 | code >> 12);
    out[1] = static_cast<char>(0x80 | (code >> 6 & 0x3f));
    out[2] = static_cast<char>(0x80 | (code & 0x3f));
    return 3;
  }
  out[0] = static_cast<char>(0xf0 | code >> 18);
  out[1] = static_cast<char>(0x80 | (code >> 12 & 0x3f));
  out[2] = static_cast<char>(0x80 | (code >> 6 & 0x3f));
  out[3] = static_cast<char>(0x80 | (code & 0x3f));
  return 4;
}

// Decodes the escape at `*p`, moves past it, and returns the number of bytes written.
size_t DecodeEscape(const char** p, char* out) {
  const char c = (*p)[1];
  *p += 2;
  switch (c) {
    case 'b':
      *out = '\b';
      return 1;
    case 'f':
      *out = '\f';
      return 1;
    case 'n':
      *out = '\n';
      return 1;
    case 'r':
      *out = '\r';
      return 1;
    case 't':
      *out = '\t';
      return 1;
    case 'u':
      break;
    default:
      *out = c;
      return 1;
  }
  unsigned code = Hex4(*p);
  *p += 4;
  if (code >= 0xd800 && code < 0xdc00) {
    code = 0x10000 + ((code - 0xd800) << 10) + (Hex4(*p + 2) - 0xdc00);
    *p += 6;
  }
  return EncodeUtf8(code, out);
}

// Reads the value of a string byte by byte.
class ByteReader {
 public:
  explicit ByteReader(const char* after_quote) : p_(after_quote) {}

  // The next byte of the value, or -1 at its end.
  int Next() {
    if (used_ < buffered_) return static_cast<unsigned char>(buffer_[used_++]);
    if (*p_ == '"') return -1;
    if (*p_ != '\\') return static_cast<unsigned char>(*p_++);
    buffered_ = DecodeEscape(&p_, buffer_);
    used_ = 1;
    return static_cast<unsigned char>(buffer_[0]);
  }

 private:
  const char* p_;
  char buffer_[4] = {};
  size_t buffered_ = 0;
  size_t used_ = 0;
};

}  // namespace

size_t SkipSpace(absl::string_view text, size_t pos) {
  while (pos < text.size() && IsSpace(text[pos])) ++pos;
  return pos;
}

size_t SkipString(absl::string_view text, size_t pos) {
  const char* p = text.data() + pos + 1;
  while (*p != '"') p += *p == '\\' ? 2 : 1;
  return p + 1 - text.data();
}

size_t SkipValue(absl::string_view text, size_t pos) {
  if (text[pos] == '"') return SkipString(text, pos);
  if (text[pos] != '{' && text[pos] != '[') {
    while (pos < text.size() && !IsSpace(text[pos]) && text[pos] != ',' &&
           text[pos] != ']' && text[pos] != '}') {
      ++pos;
    }
    return pos;
  }
  int depth = 0;
  while (true) {
    switch (text[pos]) {
      case '"':
        pos = SkipString(text, pos);
        continue;
      case '{':
      case '[':
        ++depth;
        break;
      case '}':
      case ']':
        if (--depth == 0) return pos + 1;
        break;
      default:
        break;
    }
    ++pos;
  }
}

std::string DecodeString(absl::string_view quoted) {
  std::string value;
  value.reserve(quoted.size());
  const char* p = quoted.data() + 1;
  const char* const end = quoted.data() + quoted.size() - 1;
  while (p < end) {
    if (*p == '\\') {
      char bytes[4];
      const size_t count = DecodeEscape(&p, bytes);
      value.append(bytes, count);
    } else {
      value.push_back(*p++);
    }
  }
  return value;
}

void AppendString(absl::string_view value, std::string& out) {
  constexpr char kHex[] = "0123456789abcdef";
  out.push_back('"');
  for (const char c : value) {
    if (c == '"' || c == '\\') {
      out.push_back('\\');
      out.push_back(c);
    } else if (static_cast<unsigned char>(c) >= 0x20) {
      out.push_back(c);
    } else if (c == '\b') {
      out.append("\\b");
    } else if (c == '\f') {
      out.append("\\f");
    } else if (c == '\n') {
      out.append("\\n");
    } else if (c == '\r') {
      out.append("\\r");
    } else if (c == '\t') {
      out.append("\\t");
    } else {
      out.append("\\u00");
      out.push_back(kHex[c >> 4]);
      out.push_back(kHex[c & 0xf]);
    }
  }
  out.push_back('"');
}

int CompareStrings(absl::string_view a, absl::string_view b) {
  const char* p = a.data() + 1;
  const char* q = b.data() + 1;
  while (*p == *q && *p != '"' && *p != '\\') {
    ++p;
    ++q;
  }
  ByteReader left(p);
  ByteReader right(q);
  while (true) {
    const int x = left.Next();
    const int y = right.Next();
    if (x != y) return x - y;
    if (x < 0) return 0;
  }
}

uint64_t StringPrefix(absl::string_view quoted) {
  ByteReader reader(quoted.data() + 1);
  uint64_t prefix = 0;
  for (int i = 0; i < 8; ++i) {
    const int byte = reader.Next();
    if (byte < 0) return i == 0 ? 0 : prefix << (8 * (8 - i));
    prefix = prefix << 8 | static_cast<uint64_t>(byte);
  }
  return prefix;
}

void AppendCompact(absl::string_view json, std::string& out) {
  size_t pos = 0;
  while ((pos = SkipSpace(json, pos)) < json.size()) {
    size_t end = pos;
    while (end < json.size() && !IsSpace(json[end])) {
      end = json[end] == '"' ? SkipString(json, end) : end + 1;
    }
    out.append(json.data() + pos, end - pos);
    pos = end;
  }
}

void ForEachMember(
    absl::string_view object,
    absl::FunctionRef<bool(absl::string_view key, absl::string_view value)> visit) {
  size_t pos = SkipSpace(object, SkipSpace(object, 0) + 1);
  while (object[pos] != '}') {
    const size_t key_end = SkipString(object, pos);
    const size_t value = SkipSpace(object, SkipSpace(object, key_end) + 1);
    const size_t value_end = SkipValue(object, value);
    if (!visit(object.substr(pos, key_end - pos),
               object.substr(value, value_end - value))) {
      return;
    }
    pos = SkipSpace(object, value_end);
    if (object[pos] == ',') pos = SkipSpace(object, pos + 1);
  }
}

void ForEachElement(absl::string_view array,
                    absl::FunctionRef<bool(absl::string_view element)> visit) {
  size_t pos = SkipSpace(array, SkipSpace(array, 0) + 1);
  while (array[pos] != ']') {
    const size_t end = SkipValue(array, pos);
    if (!visit(array.substr(pos, end - pos))) return;
    pos = SkipSpace(array, end);
    if (array[pos] == ',') pos = SkipSpace(array, pos + 1);
  }
}

}  // namespace gitsync
