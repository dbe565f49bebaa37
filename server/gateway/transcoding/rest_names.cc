#include "server/gateway/transcoding/rest_names.h"

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "google/rpc/error_details.pb.h"

namespace gitsync::gateway {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;

bool IsNameChar(char c) {
  return absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '_' || c == '.';
}

// Translates a word of a text. Only a word with "_" can have another form in JSON.
std::string RestWord(const Method& method, absl::string_view word) {
  if (word.find('_') == absl::string_view::npos) return std::string(word);
  for (const auto* message : {&method.request(), &method.response()}) {
    std::string name = RestFieldPath(*message->GetDescriptor(), word);
    if (name != word) return name;
  }
  return std::string(word);
}

std::string RestText(const Method& method, absl::string_view text) {
  std::string result;
  bool quoted = false;
  for (size_t i = 0; i < text.size();) {
    size_t end = i;
    while (end < text.size() && IsNameChar(text[end])) ++end;
    if (end == i) {
      quoted ^= text[i] == '"';
      result.push_back(text[i++]);
      continue;
    }
    const absl::string_view word = text.substr(i, end - i);
    absl::StrAppend(&result, quoted ? std::string(word) : RestWord(method, word));
    i = end;
  }
  return result;
}

}  // namespace

std::string RestFieldPath(const Descriptor& type, absl::string_view path) {
  std::string result;
  const Descriptor* message = &type;
  while (message != nullptr && !path.empty()) {
    const size_t end = path.find_first_of(".[");
    const FieldDescriptor* field =
        message->FindFieldByName(std::string(path.substr(0, end)));
    if (field == nullptr) break;
    result.append(field->json_name());
    path.remove_prefix(end == absl::string_view::npos ? path.size() : end);
    // Copies an element's index unchanged; a map's keys are the caller's text.
    const size_t next = field->is_map() ? absl::string_view::npos : path.find('.');
    absl::StrAppend(&result, path.substr(0, next));
    path.remove_prefix(next == absl::string_view::npos ? path.size() : next);
    message = field->message_type();
    if (path.size() > 1 && message != nullptr) {
      result.push_back('.');
      path.remove_prefix(1);
    }
  }
  return absl::StrCat(result, path);
}

void UseRestNames(const Method& method, google::rpc::Status* error) {
  for (google::protobuf::Any& detail : *error->mutable_details()) {
    google::rpc::BadRequest bad_request;
    if (!detail.Is<google::rpc::BadRequest>() || !detail.UnpackTo(&bad_request)) {
      continue;
    }
    for (auto& violation : *bad_request.mutable_field_violations()) {
      violation.set_field(
          RestFieldPath(*method.request().GetDescriptor(), violation.field()));
      violation.set_description(RestText(method, violation.description()));
    }
    static_cast<void>(detail.PackFrom(bad_request));
    error->set_message(RestText(method, error->message()));
  }
}

}  // namespace gitsync::gateway
