#include "server/gateway/codegen/api.h"

#include <google/protobuf/descriptor.pb.h>

#include <algorithm>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "google/api/annotations.pb.h"

namespace gitsync::gateway::codegen {
namespace {

using ::google::protobuf::Descriptor;
using ::google::protobuf::FieldDescriptor;
using ::google::protobuf::FileDescriptor;
using ::google::protobuf::MethodDescriptor;
using ::google::protobuf::ServiceDescriptor;
using ::google::protobuf::SourceLocation;

std::string Place(const FileDescriptor* file, const SourceLocation& location) {
  return absl::StrCat(file->name(), ":", location.start_line + 1);
}

std::string PlaceOfOption(const MethodDescriptor* method, int option) {
  SourceLocation location;
  const std::vector<int> path = {
      google::protobuf::FileDescriptorProto::kServiceFieldNumber,
      method->service()->index(),
      google::protobuf::ServiceDescriptorProto::kMethodFieldNumber,
      method->index(),
      google::protobuf::MethodDescriptorProto::kOptionsFieldNumber,
      option};
  if (method->file()->GetSourceLocation(path, &location) ||
      method->GetSourceLocation(&location)) {
    return Place(method->file(), location);
  }
  return std::string(method->file()->name());
}

// The place of a message or a field.
template <typename Type>
std::string PlaceOfType(const Type* type) {
  SourceLocation location;
  return type->GetSourceLocation(&location) ? Place(type->file(), location)
                                            : std::string(type->file()->name());
}

// Reads the rules of one method.
class MethodReader {
 public:
  MethodReader(const MethodDescriptor* method, Problems* problems)
      : method_(method), problems_(problems) {
    result_.method = method;
  }

  ApiMethod Read() {
    const google::api::HttpRule& rule =
        method_->options().GetExtension(google::api::http);
    if (method_->client_streaming()) {
      Refuse("a stream of requests has no HTTP form; take the option away");
    }
    ReadRest();
    ReadRule(rule);
    for (const google::api::HttpRule& more : rule.additional_bindings()) {
      if (more.additional_bindings_size() > 0) {
        Refuse("additional_bindings can't have additional_bindings; put them beside");
      }
      ReadRule(more);
    }
    return std::move(result_);
  }

 private:
  void Refuse(absl::string_view problem) {
    problems_->Add(method_, kHttpOption,
                   absl::StrCat(method_->full_name(), ": ", problem));
  }
  void RefuseRest(absl::string_view problem) {
    problems_->Add(method_, kRestOption,
                   absl::StrCat(method_->full_name(), ": ", problem));
  }

  void ReadRest() {
    result_.rest = method_->options().GetExtension(options::v1::rest);
    const int status = result_.rest.success_status();
    if (status != 0 && (status < 200 || status > 299)) {
      RefuseRest(absl::StrCat("success_status is ", status,
                              "; a successful answer has one from 200 to 299"));
    }
    if (!result_.rest.has_required_query()) return;
    const std::string& name = result_.rest.required_query().name();
    if (name.empty() || result_.rest.required_query().value().empty()) {
      RefuseRest("required_query needs a name and a value");
      return;
    }
    const Descriptor* request = method_->input_type();
    if (request->FindFieldByName(name) != nullptr ||
        request->FindFieldByCamelcaseName(name) != nullptr) {
      RefuseRest(absl::StrCat("required_query has the name of the field \"", name,
                              "\" of the request; give it another one"));
    }
  }

  void ReadRule(const google::api::HttpRule& rule) {
    const auto [http_method, text] = Pattern(rule);
    if (text.empty() || http_method.empty()) {
      Refuse(
          "the rule has no path; give it one of get, put, post, delete, patch, custom");
      return;
    }
    if (http_method == "*") {
      Refuse("no route is of all HTTP methods; add a binding for each");
      return;
    }
    absl::StatusOr<PathTemplate> path = PathTemplate::Parse(text);
    if (!path.ok()) {
      Refuse(path.status().message());
      return;
    }
    for (const PathTemplate::Variable& variable : path->variables()) {
      CheckVariable(variable);
    }
    if (!rule.body().empty() &&
        (http_method == "GET" || http_method == "DELETE" || http_method == "HEAD")) {
      Refuse(absl::StrCat(http_method,
                          " can't have a body; its fields come from the "
                          "query: take \"body\" away"));
    }
    Binding binding{http_method, *std::move(path), rule.body()};
    if (!rule.body().empty() && rule.body() != "*") {
      binding.body_field = FindField(method_->input_type(), "body", rule.body());
    }
    if (!rule.response_body().empty()) {
      binding.response_field =
          FindField(method_->output_type(), "response_body", rule.response_body());
    }
    result_.bindings.push_back(std::move(binding));
  }

  static std::pair<std::string, std::string> Pattern(
      const google::api::HttpRule& rule) {
    switch (rule.pattern_case()) {
      case google::api::HttpRule::kGet:
        return {"GET", rule.get()};
      case google::api::HttpRule::kPut:
        return {"PUT", rule.put()};
      case google::api::HttpRule::kPost:
        return {"POST", rule.post()};
      case google::api::HttpRule::kDelete:
        return {"DELETE", rule.delete_()};
      case google::api::HttpRule::kPatch:
        return {"PATCH", rule.patch()};
      case google::api::HttpRule::kCustom:
        return {rule.custom().kind(), rule.custom().path()};
      case google::api::HttpRule::PATTERN_NOT_SET:
        return {};
    }
    return {};
  }

  void CheckVariable(const PathTemplate::Variable& variable) {
    const std::string path = absl::StrJoin(variable.field_path, ".");
    const Descriptor* message = method_->input_type();
    const FieldDescriptor* field = nullptr;
    for (const std::string& name : variable.field_path) {
      if (field != nullptr) {
        if (field->message_type() == nullptr || field->is_repeated()) {
          Refuse(absl::StrCat("the path names the field \"", path, "\", but \"",
                              field->name(), "\" is not a message"));
          return;
        }
        message = field->message_type();
      }
      field = message->FindFieldByName(name);
      if (field == nullptr) {
        Refuse(absl::StrCat("the path names the field \"", path, "\", but ",
                            message->full_name(), " has no \"", name, "\""));
        return;
      }
    }
    if (field->is_repeated() || field->message_type() != nullptr) {
      Refuse(absl::StrCat("the path names the field \"", path,
                          "\", but only a scalar can be in a path, and it is ",
                          field->is_map()        ? "a map"
                          : field->is_repeated() ? "repeated"
                                                 : "a message"));
    }
  }

  const FieldDescriptor* FindField(const Descriptor* message, absl::string_view what,
                                   const std::string& name) {
    const FieldDescriptor* field = message->FindFieldByName(name);
    if (field == nullptr) {
      Refuse(absl::StrCat(what, " names the field \"", name, "\", but ",
                          message->full_name(), " has none of this name"));
    }
    return field;
  }

  const MethodDescriptor* const method_;
  Problems* const problems_;
  ApiMethod result_;
};

}  // namespace

void Problems::Add(const MethodDescriptor* method, int option,
                   absl::string_view problem) {
  lines_.push_back(absl::StrCat(PlaceOfOption(method, option), ": ", problem));
}

void Problems::Add(const FieldDescriptor* field, absl::string_view problem) {
  lines_.push_back(
      absl::StrCat(PlaceOfType(field), ": ", field->full_name(), ": ", problem));
}

void Problems::Add(const Descriptor* message, absl::string_view problem) {
  lines_.push_back(
      absl::StrCat(PlaceOfType(message), ": ", message->full_name(), ": ", problem));
}

void Problems::Add(const FileDescriptor* file, absl::string_view problem) {
  lines_.push_back(absl::StrCat(file->name(), ":1: ", problem));
}

std::string Problems::Text() const { return absl::StrJoin(lines_, "\n"); }

Api ReadApi(const std::vector<const FileDescriptor*>& files, Problems* problems) {
  Api api;
  api.files = files;
  for (const FileDescriptor* file : files) {
    for (int s = 0; s < file->service_count(); ++s) {
      const ServiceDescriptor* service = file->service(s);
      for (int m = 0; m < service->method_count(); ++m) {
        const MethodDescriptor* method = service->method(m);
        if (!method->options().HasExtension(google::api::http)) continue;
        api.methods.push_back(MethodReader(method, problems).Read());
      }
    }
  }
  CheckRoutes(api, problems);
  return api;
}

std::string PlaceOf(const MethodDescriptor* method) {
  return PlaceOfOption(method, kHttpOption);
}

}  // namespace gitsync::gateway::codegen
