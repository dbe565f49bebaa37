#include "server/format/definition.h"

#include "absl/strings/str_cat.h"
#include "server/base/error.h"
#include "server/base/reason.h"
#include "server/format/json_index.h"

namespace gitsync {
namespace {

absl::Status Invalid(const JsonFault& fault, absl::string_view text) {
  return Error(
      absl::StatusCode::kInvalidArgument, reason::kInvalidDefinition,
      absl::StrCat("The definition is not valid. ", "At ", Describe(fault, text), "."));
}

}  // namespace

absl::Status CheckDefinition(absl::string_view text) {
  const JsonLimits limits = {.object_only = true,
                             .max_bytes = kMaxDefinitionBytes,
                             .max_canonical_bytes = kMaxCanonicalBytes};
  if (const auto fault = CheckJson(text, limits, nullptr)) return Invalid(*fault, text);
  return absl::OkStatus();
}

absl::StatusOr<std::string> CanonicalJson(absl::string_view text) {
  const JsonLimits limits = {.max_bytes = kMaxCanonicalBytes,
                             .max_canonical_bytes = kMaxCanonicalBytes};
  std::string canonical;
  if (const auto fault = Canonicalize(text, limits, canonical)) {
    return Invalid(*fault, text);
  }
  return canonical;
}

}  // namespace gitsync
