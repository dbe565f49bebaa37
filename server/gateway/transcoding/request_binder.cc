#include "server/gateway/transcoding/request_binder.h"

#include <google/protobuf/text_format.h>

#include <memory>
#include <set>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "server/base/error.h"
#include "server/base/reason.h"
#include "server/base/status_macros.h"

namespace gitsync::gateway {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

absl::Status Refusal(absl::string_view field, absl::string_view description) {
  return Error(absl::StatusCode::kInvalidArgument, reason::kInvalidRequest,
               absl::StrCat(field, ": ", description, "."))
      .Violation(field, description);
}

std::string NameOf(const FieldPath& path) {
  std::string name;
  for (const FieldDescriptor* field : path) {
    absl::StrAppend(&name, name.empty() ? "" : ".", field->json_name());
  }
  return name;
}

std::string Printed(const FieldDescriptor& field, const Message& message) {
  std::string text;
  google::protobuf::TextFormat::PrintFieldValueToString(message, &field, -1, &text);
  return text;
}

// Sets a singular field that may already be set to the same value. Errors call it
// `name`; `twice` is the problem if it already has another value.
absl::Status SetOnce(const FieldPath& path, absl::string_view name,
                     absl::string_view text, absl::string_view twice,
                     Message* request) {
  const FieldDescriptor& field = *path.back();
  Message* parent = MutableParent(path, request);
  const auto* oneof = field.real_containing_oneof();
  if (oneof != nullptr) {
    const FieldDescriptor* other =
        parent->GetReflection()->GetOneofFieldDescriptor(*parent, oneof);
    if (other != nullptr && other != &field) {
      return Refusal(name, absl::StrCat("can't be given together with \"",
                                        other->json_name(), "\""));
    }
  }
  absl::Status set;
  if (!IsSet(field, *parent)) {
    set = SetFromText(field, text, parent);
  } else {
    const std::unique_ptr<Message> given(parent->New());
    set = SetFromText(field, text, given.get());
    if (set.ok() && Printed(field, *given) != Printed(field, *parent)) {
      return Refusal(name, twice);
    }
  }
  return set.ok() ? set : Refusal(name, set.message());
}

// Skips a byte order mark, which some editors and shells put before UTF-8. Reports JSON
// in another encoding as such, because an error about its first byte would not help.
absl::Status TakeEncoding(absl::string_view* body) {
  if (absl::ConsumePrefix(body, "\xef\xbb\xbf")) return absl::OkStatus();
  const absl::string_view start = body->substr(0, 2);
  // JSON begins with ASCII characters, which UTF-16 and UTF-32 pad with NULs.
  const bool wide = start == "\xfe\xff" || start == "\xff\xfe" ||
                    start.find('\0') != absl::string_view::npos;
  if (!wide) return absl::OkStatus();
  return Error(absl::StatusCode::kInvalidArgument, reason::kInvalidRequest,
               "The body is not UTF-8 but looks like UTF-16 or UTF-32; send JSON in "
               "UTF-8.");
}

absl::Status BindBody(const HttpBinding& binding, absl::string_view body,
                      Message* request) {
  RETURN_IF_ERROR(TakeEncoding(&body));
  if (body.empty()) return absl::OkStatus();
  if (binding.read_body == nullptr) {
    return Error(absl::StatusCode::kInvalidArgument, reason::kInvalidRequest,
                 "This method takes no body; send its fields as query parameters.");
  }
  return binding.read_body(body, request);
}

absl::Status BindQuery(const HttpBinding& binding, const QueryParameters& query,
                       Message* request) {
  std::set<std::string> given;
  for (const QueryParameter& parameter : query) {
    if (!binding.required_query_name.empty() &&
        parameter.name == binding.required_query_name) {
      if (parameter.value == binding.required_query_value) continue;
      return Refusal(parameter.name, "is given twice");
    }
    if (binding.body == "*") {
      return Refusal(parameter.name,
                     "is no query parameter of this method: its fields go into the "
                     "JSON body");
    }
    const auto path = ResolveFieldPath(*request->GetDescriptor(), parameter.name);
    if (!path.ok()) {
      return Refusal(parameter.name,
                     absl::StrCat("is no query parameter of this method: ",
                                  path.status().message()));
    }
    if (!binding.body.empty() && path->front()->name() == binding.body) {
      return Refusal(parameter.name, "goes into the JSON body");
    }
    if (path->back()->is_repeated()) {
      const absl::Status added =
          SetFromText(*path->back(), parameter.value, MutableParent(*path, request));
      if (!added.ok()) return Refusal(parameter.name, added.message());
      continue;
    }
    if (!given.insert(NameOf(*path)).second) {
      return Refusal(parameter.name, "is given twice, but takes one value");
    }
    RETURN_IF_ERROR(SetOnce(*path, parameter.name, parameter.value,
                            "has another value in the path of the URL", request));
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status BindRequest(const RouteMatch& match, const QueryParameters& query,
                         absl::string_view body, Message* request) {
  const Route& route = *match.route;
  RETURN_IF_ERROR(BindBody(*route.binding, body, request));
  for (size_t i = 0; i < route.variables.size(); ++i) {
    RETURN_IF_ERROR(
        SetOnce(route.variables[i], NameOf(route.variables[i]), match.variables[i],
                "has another value in the body than in the path of the URL", request));
  }
  return BindQuery(*route.binding, query, request);
}

absl::Status BindIdempotencyKey(absl::string_view key, Message* request) {
  const FieldDescriptor* field =
      request->GetDescriptor()->FindFieldByName("request_id");
  if (field == nullptr || field->is_repeated() ||
      field->type() != FieldDescriptor::TYPE_STRING) {
    return absl::OkStatus();
  }
  return SetOnce({field}, field->json_name(), key,
                 "has another value than the header Idempotency-Key", request);
}

}  // namespace gitsync::gateway
