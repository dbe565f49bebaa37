#include "server/github/json.h"

#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include "server/base/error.h"

namespace gitsync {
namespace {

rapidjson::Value::StringRefType RefOf(absl::string_view text) {
  return rapidjson::StringRef(text.data(),
                              static_cast<rapidjson::SizeType>(text.size()));
}

}  // namespace

bool JsonObject::Parse(absl::string_view text) {
  // Iterative, so that the depth of the text does not determine the use of the stack.
  root_.Parse<rapidjson::kParseIterativeFlag | rapidjson::kParseValidateEncodingFlag>(
      text.data(), text.size());
  if (!root_.HasParseError() && root_.IsObject()) return true;
  root_.SetNull();
  return false;
}

std::string JsonObject::Text(std::initializer_list<absl::string_view> path) const {
  const rapidjson::Value* at = &root_;
  for (const absl::string_view name : path) {
    if (!at->IsObject()) return "";
    const auto found = at->FindMember(rapidjson::Value(RefOf(name)));
    if (found == at->MemberEnd()) return "";
    at = &found->value;
  }
  return at->IsString() ? std::string(at->GetString(), at->GetStringLength()) : "";
}

absl::StatusOr<std::string> QuoteJson(absl::string_view text) {
  rapidjson::StringBuffer quoted;
  rapidjson::Writer<rapidjson::StringBuffer, rapidjson::UTF8<>, rapidjson::UTF8<>,
                    rapidjson::CrtAllocator, rapidjson::kWriteValidateEncodingFlag>
      writer(quoted);
  if (!writer.String(text.data(), static_cast<rapidjson::SizeType>(text.size()))) {
    return InternalError("a text can't be written as JSON, since it is not UTF-8");
  }
  return std::string(quoted.GetString(), quoted.GetSize());
}

}  // namespace gitsync
