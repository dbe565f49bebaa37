#include "server/format/json_index.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "server/format/definition.h"
#include "server/format/json_text.h"

namespace gitsync {
namespace {

constexpr uint64_t kOnes = 0x0101010101010101;
constexpr uint64_t kHighs = 0x8080808080808080;
constexpr size_t kMaxQuotedKeyBytes = 100;

// Whether one of 8 bytes is a quote, a backslash, a control character or not ASCII.
bool HasSpecial(uint64_t word) {
  const uint64_t quote = word ^ (kOnes * '"');
  const uint64_t backslash = word ^ (kOnes * '\\');
  return (((quote - kOnes) | (backslash - kOnes) | (word - kOnes * 0x20) | word) &
          kHighs) != 0;
}

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

// Recursive, which is safe because depth is limited.
class Checker {
 public:
  Checker(absl::string_view text, const JsonLimits& limits, JsonIndex* index)
      : begin_(text.data()),
        end_(text.data() + text.size()),
        p_(text.data()),
        limits_(limits),
        index_(index) {}

  std::optional<JsonFault> Run() {
    const auto size = static_cast<size_t>(end_ - begin_);
    if (size > limits_.max_bytes) {
      Fail(begin_, absl::StrCat("there are ", size, " bytes, more than the limit of ",
                                limits_.max_bytes));
    } else if (absl::string_view(begin_, size).substr(0, 3) == "\xef\xbb\xbf") {
      Fail(begin_, "the text begins with a byte order mark (BOM); save it without one");
    } else {
      Document();
    }
    return std::move(fault_);
  }

 private:
  struct Key {
    uint64_t prefix;
    uint32_t offset;
    uint32_t object;
  };

  void Document() {
    Space();
    if (limits_.object_only && (p_ == end_ || *p_ != '{')) {
      Unexpected("an object, which begins with '{'");
      if (At('[')) {
        fault_->message.append("; wrap the array in one, such as {\"items\": [...]}");
      }
      return;
    }
    if (!Value(0)) return;
    Space();
    if (p_ != end_) {
      Unexpected("nothing after the outermost value");
      fault_->message.append("; remove what follows it");
    } else if (canonical_bytes_ > limits_.max_canonical_bytes) {
      Fail(begin_, absl::StrCat("its indented form would have ", canonical_bytes_,
                                " bytes, more than the limit of ",
                                limits_.max_canonical_bytes));
    } else if (index_ != nullptr) {
      index_->canonical_bytes = canonical_bytes_;
    }
  }

  bool Fail(const char* at, std::string message) {
    fault_ = JsonFault{static_cast<size_t>(at - begin_), std::move(message), {}};
    return false;
  }

  bool Unexpected(absl::string_view expected) {
    std::string found = "the text ends";
    if (p_ != end_) {
      const auto byte = static_cast<unsigned char>(*p_);
      found = byte > 0x20 && byte < 0x7f ? absl::StrFormat("found '%c'", *p_)
                                         : absl::StrFormat("found byte 0x%02x", byte);
    }
    return Fail(p_, absl::StrCat("expected ", expected, ", ", found));
  }

  void Space() {
    while (p_ != end_ && (*p_ == ' ' || *p_ == '\n' || *p_ == '\r' || *p_ == '\t')) {
      ++p_;
    }
  }

  bool At(char c) const { return p_ != end_ && *p_ == c; }

  // `depth` is the number of values around this one.
  bool Value(int depth) {
    if (p_ == end_) return Unexpected("a value");
    const char* const start = p_;
    bool ok;
    switch (*p_) {
      case '{':
        return Object(depth + 1);
      case '[':
        return Array(depth + 1);
      case '"': {
        bool escapes;
        ok = String(&escapes);
        break;
      }
      case 't':
        ok = Literal("true");
        break;
      case 'f':
        ok = Literal("false");
        break;
      case 'n':
        ok = Literal("null");
        break;
      default:
        ok = Number();
    }
    canonical_bytes_ += p_ - start;
    return ok;
  }

  bool Enter(int depth) {
    if (depth + limits_.depth_above > kMaxDefinitionDepth) {
      return Fail(p_, absl::StrCat("values are nested more than ", kMaxDefinitionDepth,
                                   " deep"));
    }
    ++p_;
    Space();
    return true;
  }

  bool Array(int depth) {
    if (!Enter(depth)) return false;
    canonical_bytes_ += 2;
    if (At(']')) {
      ++p_;
      return true;
    }
    while (true) {
      canonical_bytes_ += 2 + 2 * depth;
      if (!Value(depth)) return false;
      Space();
      if (At(']')) break;
      if (!At(',')) return Unexpected("',' or ']' after an element");
      ++p_;
      Space();
    }
    canonical_bytes_ += 2 * (depth - 1);
    ++p_;
    return true;
  }

  bool Object(int depth) {
    if (!Enter(depth)) return false;
    canonical_bytes_ += 2;
    if (At('}')) {
      ++p_;
      return true;
    }
    const size_t number = objects_++;
    if (index_ != nullptr) index_->objects.emplace_back();
    const size_t first_key = keys_.size();
    bool sorted = true;
    while (true) {
      if (!At('"')) return Unexpected("a key in double quotes");
      if (!ReadKey()) return false;
      if (keys_.size() - first_key > 1 && sorted) {
        sorted = Compare(keys_[keys_.size() - 2], keys_.back()) < 0;
      }
      Space();
      if (!At(':')) return Unexpected("':' after a key");
      ++p_;
      Space();
      canonical_bytes_ += 4 + 2 * depth;
      if (!Value(depth)) return false;
      Space();
      if (At('}')) break;
      if (!At(',')) return Unexpected("',' or '}' after a member");
      ++p_;
      Space();
    }
    canonical_bytes_ += 2 * (depth - 1);
    ++p_;
    if (!sorted && !Sort(first_key)) return false;
    if (index_ != nullptr) Record(number, first_key, sorted);
    keys_.resize(first_key);
    return true;
  }

  bool ReadKey() {
    const char* const start = p_;
    bool escapes;
    if (!String(&escapes)) return false;
    const auto length = static_cast<size_t>(p_ - start);
    canonical_bytes_ += length;
    Key key;
    key.offset = static_cast<uint32_t>(start - begin_);
    key.object = static_cast<uint32_t>(objects_);
    if (escapes || std::endian::native != std::endian::little) {
      key.prefix = StringPrefix(absl::string_view(start, length));
    } else {
      key.prefix = 0;
      std::memcpy(&key.prefix, start + 1, std::min<size_t>(8, length - 2));
      key.prefix = __builtin_bswap64(key.prefix);
    }
    keys_.push_back(key);
    return true;
  }

  int Compare(const Key& a, const Key& b) const {
    if (a.prefix != b.prefix) return a.prefix < b.prefix ? -1 : 1;
    return CompareStrings(TextAt(a), TextAt(b));
  }

  absl::string_view TextAt(const Key& key) const {
    return absl::string_view(begin_ + key.offset, end_ - begin_ - key.offset);
  }

  // Sorts the keys of an object; false if a key occurs twice.
  bool Sort(size_t first_key) {
    const auto first = keys_.begin() + static_cast<std::ptrdiff_t>(first_key);
    std::sort(first, keys_.end(), [this](const Key& a, const Key& b) {
      const int order = Compare(a, b);
      return order != 0 ? order < 0 : a.offset < b.offset;
    });
    const Key* duplicate = nullptr;
    const Key* before = nullptr;
    for (auto key = first + 1; key != keys_.end(); ++key) {
      if (Compare(*(key - 1), *key) == 0 &&
          (duplicate == nullptr || key->offset < duplicate->offset)) {
        duplicate = &*key;
        before = &*(key - 1);
      }
    }
    return duplicate == nullptr || FailTwice(*before, *duplicate);
  }

  // Reports a key that occurs twice in the object.
  bool FailTwice(const Key& before, const Key& duplicate) {
    const absl::string_view text = TextAt(duplicate);
    absl::string_view quoted = text.substr(0, SkipString(text, 0));
    // A long key is not quoted; its position is enough to find it.
    quoted = quoted.size() <= kMaxQuotedKeyBytes ? quoted : "";
    Fail(begin_ + duplicate.offset,
         absl::StrCat("the key ", quoted, quoted.empty() ? "" : " ",
                      "is in the object twice; it is there already at"));
    fault_->other_offset = before.offset;
    return false;
  }

  void Record(size_t number, size_t first_key, bool sorted) {
    JsonIndex::Object& object = index_->objects[number];
    object.end = static_cast<uint32_t>(p_ - begin_);
    object.next_object = static_cast<uint32_t>(objects_);
    if (sorted) return;
    object.first_member = static_cast<uint32_t>(index_->members.size());
    object.member_count = static_cast<uint32_t>(keys_.size() - first_key);
    for (size_t i = first_key; i < keys_.size(); ++i) {
      index_->members.push_back({keys_[i].offset, keys_[i].object});
    }
  }

  bool String(bool* escapes) {
    *escapes = false;
    const char* const start = p_++;
    while (true) {
      while (end_ - p_ >= 8) {
        uint64_t word;
        std::memcpy(&word, p_, 8);
        if (HasSpecial(word)) break;
        p_ += 8;
      }
      while (p_ != end_ && *p_ >= 0x20 && *p_ < 0x7f && *p_ != '"' && *p_ != '\\') ++p_;
      if (p_ == end_) return Fail(start, "this string has no closing quote");
      if (*p_ == '"') {
        ++p_;
        return true;
      }
      if (*p_ == '\\') {
        *escapes = true;
        if (!Escape()) return false;
      } else if (static_cast<unsigned char>(*p_) < 0x20) {
        return Fail(p_, absl::StrFormat("the control character U+%04X in a string has "
                                        "to be written as an escape",
                                        static_cast<unsigned>(*p_)));
      } else if (!Utf8()) {
        return Fail(p_, "this is not valid UTF-8");
      }
    }
  }

  // Reads one UTF-8 character (RFC 3629): no overlong form, no surrogate.
  bool Utf8() {
    const auto byte = [this](int i) {
      return end_ - p_ > i ? static_cast<unsigned char>(p_[i]) : 0;
    };
    const auto tail = [&byte](int i) { return (byte(i) & 0xc0) == 0x80; };
    const unsigned first = byte(0);
    int length = 0;
    if (first < 0x80) {
      length = 1;
    } else if (first >= 0xc2 && first < 0xe0 && tail(1)) {
      length = 2;
    } else if (first >= 0xe0 && first < 0xf0 && tail(1) && tail(2) &&
               (first != 0xe0 || byte(1) >= 0xa0) &&
               (first != 0xed || byte(1) < 0xa0)) {
      length = 3;
    } else if (first >= 0xf0 && first < 0xf5 && tail(1) && tail(2) && tail(3) &&
               (first != 0xf0 || byte(1) >= 0x90) &&
               (first != 0xf4 || byte(1) < 0x90)) {
      length = 4;
    }
    p_ += length;
    return length > 0;
  }

  bool Escape() {
    const char* const start = p_++;
    if (p_ != end_ && std::strchr("\"\\/bfnrt", *p_) != nullptr && *p_ != '\0') {
      ++p_;
      return true;
    }
    unsigned code;
    if (!At('u') || !Hex4(&code)) {
      return Fail(start,
                  "this escape is none of JSON's: \\\" \\\\ \\/ \\b \\f \\n \\r "
                  "\\t, or \\u and four hexadecimal digits");
    }
    if (code < 0xd800 || code >= 0xe000) return true;
    unsigned low = 0;
    if (code < 0xdc00 && At('\\')) {
      ++p_;
      if (At('u') && Hex4(&low) && low >= 0xdc00 && low < 0xe000) return true;
    }
    return Fail(start, "this escape is half of a surrogate pair");
  }

  // Reads four hexadecimal digits, from the "u" of an escape.
  bool Hex4(unsigned* code) {
    ++p_;
    *code = 0;
    for (int i = 0; i < 4; ++i, ++p_) {
      if (p_ == end_) return false;
      const char lower = static_cast<char>(*p_ | 0x20);
      if (IsDigit(*p_)) {
        *code = *code << 4 | static_cast<unsigned>(*p_ - '0');
      } else if (lower >= 'a' && lower <= 'f') {
        *code = *code << 4 | static_cast<unsigned>(lower - 'a' + 10);
      } else {
        return false;
      }
    }
    return true;
  }

  bool Literal(absl::string_view word) {
    if (absl::string_view(p_, end_ - p_).substr(0, word.size()) != word) {
      return Unexpected("a value");
    }
    p_ += word.size();
    return true;
  }

  bool Digits(absl::string_view where) {
    if (p_ == end_ || !IsDigit(*p_)) return Unexpected(absl::StrCat("a digit ", where));
    while (p_ != end_ && IsDigit(*p_)) ++p_;
    return true;
  }

  bool Number() {
    if (!At('-') && !IsDigit(*p_)) return Unexpected("a value");
    if (At('-')) ++p_;
    if (At('0')) {
      ++p_;
      if (p_ != end_ && IsDigit(*p_)) {
        return Fail(p_ - 1, "a number must not begin with 0");
      }
    } else if (!Digits("after '-'")) {
      return false;
    }
    if (At('.')) {
      ++p_;
      if (!Digits("after the decimal point")) return false;
    }
    if (At('e') || At('E')) {
      ++p_;
      if (At('+') || At('-')) ++p_;
      if (!Digits("in the exponent")) return false;
    }
    return true;
  }

  const char* const begin_;
  const char* const end_;
  const char* p_;
  const JsonLimits& limits_;
  JsonIndex* const index_;
  size_t objects_ = 0;
  std::vector<Key> keys_;  // of the objects that are not closed yet
  // Upper bound: escapes may become shorter.
  uint64_t canonical_bytes_ = 1;
  std::optional<JsonFault> fault_;
};

}  // namespace

std::optional<JsonFault> CheckJson(absl::string_view text, const JsonLimits& limits,
                                   JsonIndex* index) {
  std::optional<JsonFault> fault = Checker(text, limits, index).Run();
  if (fault.has_value()) NameForeignText(text, *fault);
  return fault;
}

}  // namespace gitsync
