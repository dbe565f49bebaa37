#include "server/resource/validation.h"

#include <cstdint>
#include <set>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "server/base/error.h"
#include "server/base/reason.h"
#include "server/base/utf8.h"
#include "server/base/uuid.h"
#include "server/resource/path_prefix.h"

namespace gitsync {
namespace {

constexpr size_t kMaxNameChars = 100;
constexpr size_t kMaxEnvironments = 10;
constexpr size_t kMaxEnvironmentBytes = 50;
// Leaves room for ".lock" in the 255 bytes of a file name.
constexpr size_t kMaxRefBytes = 250;
constexpr size_t kMinEmailChars = 3;
constexpr size_t kMaxEmailChars = 254;
constexpr size_t kMaxCommitMessageBytes = size_t{64} << 10;
constexpr size_t kMaxUsernameBytes = 255;
constexpr size_t kMaxRequestIdBytes = 128;

// The code points of `text`; false if it is not valid UTF-8.
bool CodePoints(absl::string_view text, std::vector<uint32_t>* points) {
  points->clear();
  while (!text.empty()) {
    const size_t size = DecodeUtf8(text, &points->emplace_back());
    if (size == 0) return false;
    text.remove_prefix(size);
  }
  return true;
}

bool IsControl(uint32_t point) {
  return point < 0x20 || (point >= 0x7f && point < 0xa0) || point == 0x2028 ||
         point == 0x2029;
}

// What is wrong with a line of text that must have `min` to `max` characters; empty if
// nothing is wrong.
std::string FaultOfLine(absl::string_view text, size_t min, size_t max) {
  const std::string length =
      absl::StrCat("must have ", min, " to ", max, " characters");
  // No character is longer than 4 bytes, so a huge text is rejected without decoding.
  if (text.size() > 4 * max) return length;
  std::vector<uint32_t> points;
  if (!CodePoints(text, &points)) return "must be valid UTF-8";
  if (points.size() < min || points.size() > max) return length;
  for (const uint32_t point : points) {
    if (IsControl(point)) return "must not have control characters or line ends";
  }
  return "";
}

// What is wrong with a ref name, by the rules of git-check-ref-format(1).
std::string FaultOfRef(absl::string_view name) {
  if (name.empty()) return "must not be empty";
  if (name.size() > kMaxRefBytes) {
    return absl::StrCat("must have at most ", kMaxRefBytes, " bytes");
  }
  if (name[0] == '-') return "must not start with \"-\"";
  if (name == "@") return "must not be \"@\"";
  for (const char c : name) {
    if (absl::ascii_iscntrl(c) || c == ' ') {
      return "must not have spaces or control characters";
    }
    if (absl::StrContains("~^:?*[\\", c)) {
      return "must not have any of ~ ^ : ? * [ and back-slash";
    }
  }
  if (absl::StrContains(name, "..")) return "must not have \"..\"";
  if (absl::StrContains(name, "@{")) return "must not have \"@{\"";
  if (name.back() == '.') return "must not end with \".\"";
  for (const absl::string_view part : absl::StrSplit(name, '/')) {
    if (part.empty()) return "must not have \"/\" at an end or two in a row";
    if (part[0] == '.') return "must not have a part that starts with \".\"";
    if (absl::EndsWith(part, ".lock")) {
      return "must not have a part that ends with \".lock\"";
    }
  }
  std::vector<uint32_t> points;
  if (!CodePoints(name, &points)) return "must be valid UTF-8";
  return "";
}

}  // namespace

std::string NormalizeUuid(absl::string_view id) { return absl::AsciiStrToLower(id); }

std::string TidyName(absl::string_view name) {
  return std::string(absl::StripAsciiWhitespace(name));
}

std::string TidyPathPrefix(absl::string_view prefix) {
  return absl::StrJoin(absl::StrSplit(prefix, '/', absl::SkipEmpty()), "/");
}

Violations& Violations::Add(absl::string_view field, absl::string_view description) {
  faults_.push_back({std::string(field), std::string(description), absl::OkStatus()});
  return *this;
}

Violations& Violations::Add(absl::string_view field, const absl::Status& status) {
  if (status.ok()) return *this;
  Add(field, status.message());
  if (!ReasonOf(status).empty()) faults_.back().typed = status;
  return *this;
}

Violations& Violations::RequireUuid(absl::string_view field, absl::string_view value) {
  if (value.empty()) return Add(field, "is required");
  return OptionalUuid(field, value);
}

Violations& Violations::OptionalUuid(absl::string_view field, absl::string_view value) {
  if (value.empty() || IsUuid(value)) return *this;
  return Add(field, "must be a UUID, such as 01234567-89ab-4cde-8f01-23456789abcd");
}

Violations& Violations::RequireName(absl::string_view field, absl::string_view value) {
  const std::string fault =
      FaultOfLine(absl::StripAsciiWhitespace(value), 1, kMaxNameChars);
  return fault.empty() ? *this : Add(field, fault);
}

Violations& Violations::RequireEnvironments(absl::string_view field,
                                            const std::vector<std::string>& values) {
  if (values.empty() || values.size() > kMaxEnvironments) {
    return Add(field, absl::StrCat("must have 1 to ", kMaxEnvironments, " names"));
  }
  std::set<absl::string_view> seen;
  for (size_t i = 0; i < values.size(); ++i) {
    const std::string element = absl::StrCat(field, "[", i, "]");
    RequireEnvironment(element, values[i]);
    if (!seen.insert(values[i]).second) Add(element, "must not be there twice");
  }
  return *this;
}

Violations& Violations::RequireEnvironment(absl::string_view field,
                                           absl::string_view value) {
  bool valid = !value.empty() && value.size() <= kMaxEnvironmentBytes;
  for (const char c : value) {
    valid = valid &&
            (absl::ascii_islower(c) || absl::ascii_isdigit(c) || c == '-' || c == '_');
  }
  if (valid) return *this;
  return Add(field, absl::StrCat("must have 1 to ", kMaxEnvironmentBytes,
                                 " lower-case letters, digits, \"-\" or \"_\""));
}

Violations& Violations::RequireBranch(absl::string_view field,
                                      absl::string_view value) {
  if (value == "HEAD" || absl::StartsWith(value, "refs/")) {
    return Add(field, "must be a branch's short name, such as \"main\"");
  }
  return RequireRef(field, value);
}

Violations& Violations::RequireRef(absl::string_view field, absl::string_view value) {
  const std::string fault = FaultOfRef(value);
  return fault.empty() ? *this : Add(field, fault);
}

Violations& Violations::CheckPathPrefix(absl::string_view field,
                                        absl::string_view value) {
  const std::string fault = FaultOfPathPrefix(TidyPathPrefix(value));
  return fault.empty() ? *this : Add(field, fault);
}

Violations& Violations::RequireGitName(absl::string_view field,
                                       absl::string_view value) {
  const std::string fault =
      FaultOfLine(absl::StripAsciiWhitespace(value), 1, kMaxNameChars);
  if (!fault.empty()) return Add(field, fault);
  // git ends the name at "<", and strips the characters below from its ends: a name of
  // only these is empty.
  if (value.find_first_of("<>") != absl::string_view::npos) {
    return Add(field, "must not have \"<\" or \">\"");
  }
  if (value.find_first_not_of(" .,:;\"\\'") == absl::string_view::npos) {
    return Add(field, "must have more than punctuation");
  }
  return *this;
}

Violations& Violations::RequireGitEmail(absl::string_view field,
                                        absl::string_view value) {
  const std::string fault = FaultOfLine(value, kMinEmailChars, kMaxEmailChars);
  if (!fault.empty()) return Add(field, fault);
  const size_t at = value.find('@');
  if (value.find_first_of("<> ") != absl::string_view::npos ||
      at == absl::string_view::npos || at == 0 || at + 1 == value.size()) {
    return Add(field, "must be an e-mail address, such as name@example.com");
  }
  return *this;
}

Violations& Violations::RequireCommitMessage(absl::string_view field,
                                             absl::string_view value) {
  if (value.size() > kMaxCommitMessageBytes) {
    return Add(field, "must have at most 64 KiB");
  }
  std::vector<uint32_t> points;
  if (!CodePoints(value, &points)) return Add(field, "must be valid UTF-8");
  for (const uint32_t point : points) {
    const bool layout = point == '\n' || point == '\r' || point == '\t';
    if (!layout && (point < 0x20 || point == 0x7f)) {
      return Add(field, "must not have control characters but line ends and tabs");
    }
  }
  if (absl::StripAsciiWhitespace(value).empty()) return Add(field, "is required");
  return *this;
}

Violations& Violations::RequireVisibleAscii(absl::string_view field,
                                            absl::string_view value, size_t max_bytes) {
  bool valid = !value.empty() && value.size() <= max_bytes;
  for (const char c : value) valid = valid && absl::ascii_isgraph(c);
  if (valid) return *this;
  return Add(field,
             absl::StrCat("must have 1 to ", max_bytes, " visible ASCII characters"));
}

Violations& Violations::RequireUsername(absl::string_view field,
                                        absl::string_view value) {
  if (absl::StrContains(value, ':')) return Add(field, "must not have \":\"");
  return RequireVisibleAscii(field, value, kMaxUsernameBytes);
}

Violations& Violations::CheckRequestId(absl::string_view field,
                                       absl::string_view value) {
  if (value.empty()) return *this;
  return RequireVisibleAscii(field, value, kMaxRequestIdBytes);
}

absl::Status Violations::ToStatus() const {
  if (faults_.empty()) return absl::OkStatus();
  if (faults_.size() == 1 && !faults_[0].typed.ok()) {
    const Fault& fault = faults_[0];
    absl::Status status =
        Error(fault.typed.code(), ReasonOf(fault.typed), fault.description)
            .Violation(fault.field, fault.description);
    fault.typed.ForEachPayload([&](absl::string_view url, const absl::Cord& payload) {
      status.SetPayload(url, payload);
    });
    return status;
  }
  std::vector<std::string> parts;
  for (const Fault& fault : faults_) {
    parts.push_back(absl::StrCat(fault.field, ": ", fault.description));
  }
  Error error(
      absl::StatusCode::kInvalidArgument, reason::kInvalidRequest,
      absl::StrCat("The request is not valid: ", absl::StrJoin(parts, "; "), "."));
  for (const Fault& fault : faults_) error.Violation(fault.field, fault.description);
  return error;
}

}  // namespace gitsync
