// Writes the canonical form, using the text and its index.

#include <cstring>

#include "server/format/json_index.h"
#include "server/format/json_text.h"

namespace gitsync {
namespace {

// Recursive, which is safe because CheckJson limits the depth.
class Writer {
 public:
  Writer(absl::string_view text, const JsonIndex& index, std::string& out)
      : text_(text), index_(index), out_(out) {}

  // Writes the value at `pos` and returns the offset after it.
  size_t Value(size_t pos, int depth) {
    switch (text_[pos]) {
      case '{':
        return Object(pos, depth + 1);
      case '[':
        return Array(pos, depth + 1);
      case '"':
        return String(pos);
      default: {
        const size_t end = SkipValue(text_, pos);
        out_.append(text_.data() + pos, end - pos);
        return end;
      }
    }
  }

 private:
  void NewLine(int depth) {
    out_.push_back('\n');
    out_.append(static_cast<size_t>(2 * depth), ' ');
  }

  size_t String(size_t pos) {
    const size_t end = SkipString(text_, pos);
    const absl::string_view quoted = text_.substr(pos, end - pos);
    if (std::memchr(quoted.data(), '\\', quoted.size()) == nullptr) {
      out_.append(quoted.data(), quoted.size());
    } else {
      AppendString(DecodeString(quoted), out_);
    }
    return end;
  }

  size_t Array(size_t pos, int depth) {
    pos = SkipSpace(text_, pos + 1);
    out_.push_back('[');
    if (text_[pos] != ']') {
      while (true) {
        NewLine(depth);
        pos = SkipSpace(text_, Value(pos, depth));
        if (text_[pos] == ']') break;
        out_.push_back(',');
        pos = SkipSpace(text_, pos + 1);
      }
      NewLine(depth - 1);
    }
    out_.push_back(']');
    return pos + 1;
  }

  // Writes the member whose key is at `pos` and returns the offset after it.
  size_t Member(size_t pos, int depth) {
    NewLine(depth);
    pos = SkipSpace(text_, String(pos));
    out_.append(": ");
    return Value(SkipSpace(text_, pos + 1), depth);
  }

  size_t Object(size_t pos, int depth) {
    pos = SkipSpace(text_, pos + 1);
    if (text_[pos] == '}') {
      out_.append("{}");
      return pos + 1;
    }
    const JsonIndex::Object& object = index_.objects[next_object_++];
    out_.push_back('{');
    if (object.member_count == 0) {
      while (true) {
        pos = SkipSpace(text_, Member(pos, depth));
        if (text_[pos] == '}') break;
        out_.push_back(',');
        pos = SkipSpace(text_, pos + 1);
      }
    } else {
      for (uint32_t i = 0; i < object.member_count; ++i) {
        if (i > 0) out_.push_back(',');
        const JsonIndex::Member& member = index_.members[object.first_member + i];
        next_object_ = member.object;
        Member(member.key, depth);
      }
      next_object_ = object.next_object;
    }
    NewLine(depth - 1);
    out_.push_back('}');
    return object.end;
  }

  const absl::string_view text_;
  const JsonIndex& index_;
  std::string& out_;
  size_t next_object_ = 0;
};

}  // namespace

void AppendCanonical(absl::string_view text, const JsonIndex& index, std::string& out) {
  Writer(text, index, out).Value(SkipSpace(text, 0), 0);
}

std::optional<JsonFault> Canonicalize(absl::string_view text, const JsonLimits& limits,
                                      std::string& out) {
  JsonIndex index;
  if (auto fault = CheckJson(text, limits, &index)) return fault;
  out.reserve(out.size() + index.canonical_bytes);
  AppendCanonical(text, index, out);
  out.push_back('\n');
  return std::nullopt;
}

}  // namespace gitsync
