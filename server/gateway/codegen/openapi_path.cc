#include "server/gateway/codegen/openapi_path.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "gitsync/options/v1/rest.pb.h"
#include "server/gateway/codegen/messages.h"

namespace gitsync::gateway::codegen {
namespace {

using ::google::protobuf::Descriptor;
using ::google::protobuf::FieldDescriptor;

// Finds the field that a path like {"book", "name"} leads to, and its JSON name.
const FieldDescriptor* Resolve(const Descriptor* message,
                               const std::vector<std::string>& path,
                               std::string* name) {
  const FieldDescriptor* field = nullptr;
  for (const std::string& part : path) {
    field = (field == nullptr ? message : field->message_type())->FindFieldByName(part);
    absl::StrAppend(name, name->empty() ? "" : ".", field->json_name());
  }
  return field;
}

// Whether the field can be a query parameter.
bool FitsQuery(const FieldDescriptor* field) {
  if (field->message_type() == nullptr) return true;
  if (field->is_repeated()) return false;
  static constexpr absl::string_view kNoText[] = {"Empty", "ListValue", "Struct",
                                                  "Value"};
  return std::count(std::begin(kNoText), std::end(kNoText),
                    field->message_type()->name()) == 0;
}

// Collects the fields of a message, nested ones included, that the query may set.
class QueryCollector {
 public:
  explicit QueryCollector(std::set<std::string> without)
      : without_(std::move(without)) {}

  void Visit(const Descriptor* message, const std::string& prefix) {
    open_.insert(message);
    for (int i = 0; i < message->field_count(); ++i) {
      const FieldDescriptor* field = message->field(i);
      const std::string name = absl::StrCat(prefix, field->json_name());
      if (without_.count(name) > 0) continue;
      const Descriptor* inner = field->message_type();
      if (inner == nullptr || IsWellKnown(inner)) {
        if (!FitsQuery(field)) continue;
        const bool required =
            prefix.empty() && field->options().GetExtension(options::v1::required);
        found.push_back({name, field, required});
      } else if (!field->is_repeated() && open_.count(inner) == 0) {
        Visit(inner, name + ".");
      }
    }
    open_.erase(message);
  }

  std::vector<QueryParameter> found;

 private:
  const std::set<std::string> without_;
  std::set<const Descriptor*> open_;
};

}  // namespace

OpenApiPath PathOf(const ApiMethod& method, const Binding& binding) {
  using Kind = PathTemplate::Kind;
  const auto& segments = binding.path.segments();
  OpenApiPath path;
  for (size_t i = 0; i < segments.size(); ++i) {
    if (segments[i].kind == Kind::kLiteral) {
      absl::StrAppend(&path.text, "/", segments[i].literal);
      absl::StrAppend(&path.shape, "/", segments[i].literal);
      continue;
    }
    PathParameter parameter;
    parameter.any_count = segments[i].kind == Kind::kAnyCount;
    for (const PathTemplate::Variable& variable : binding.path.variables()) {
      if (i < variable.begin || i >= variable.end) continue;
      parameter.field =
          Resolve(method.method->input_type(), variable.field_path, &parameter.name);
    }
    if (parameter.name.empty()) parameter.name = "path";
    // Several segments of one variable, or several wildcards, need distinct names.
    const std::string name = parameter.name;
    const auto taken = [&](const PathParameter& other) {
      return other.name == parameter.name;
    };
    for (int n = 2; std::any_of(path.parameters.begin(), path.parameters.end(), taken);
         ++n) {
      parameter.name = absl::StrCat(name, n);
    }
    absl::StrAppend(&path.text, "/{", parameter.name, "}");
    absl::StrAppend(&path.shape, "/{}");
    path.parameters.push_back(std::move(parameter));
  }
  if (!binding.path.verb().empty()) {
    absl::StrAppend(&path.text, ":", binding.path.verb());
    absl::StrAppend(&path.shape, ":", binding.path.verb());
  }
  return path;
}

std::vector<QueryParameter> QueryOf(const ApiMethod& method, const Binding& binding) {
  if (binding.body == "*") return {};
  std::set<std::string> without;
  for (const PathTemplate::Variable& variable : binding.path.variables()) {
    std::string name;
    Resolve(method.method->input_type(), variable.field_path, &name);
    without.insert(std::move(name));
  }
  if (binding.body_field != nullptr) without.emplace(binding.body_field->json_name());
  QueryCollector collector(std::move(without));
  collector.Visit(method.method->input_type(), "");
  return std::move(collector.found);
}

std::set<const FieldDescriptor*> PathFields(const ApiMethod& method,
                                            const Binding& binding) {
  std::set<const FieldDescriptor*> fields;
  for (const PathTemplate::Variable& variable : binding.path.variables()) {
    std::string name;
    if (variable.field_path.size() > 1) continue;
    fields.insert(Resolve(method.method->input_type(), variable.field_path, &name));
  }
  return fields;
}

}  // namespace gitsync::gateway::codegen
