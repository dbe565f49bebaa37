#include "server/gateway/codegen/table_writer.h"

#include <google/protobuf/compiler/cpp/names.h>

#include <map>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "server/gateway/codegen/codec_writer.h"

namespace gitsync::gateway::codegen {
namespace {

using ::google::protobuf::MethodDescriptor;
using ::google::protobuf::ServiceDescriptor;
using ::google::protobuf::io::Printer;
namespace cpp = ::google::protobuf::compiler::cpp;

std::string Literal(absl::string_view text) {
  return absl::StrCat("\"", absl::CEscape(text), "\"");
}

std::string TableNamespace(const ServiceDescriptor* service) {
  const std::string package(service->file()->package());
  return package.empty() ? "no_package" : absl::StrReplaceAll(package, {{".", "_"}});
}

void PrintReadBody(const MethodDescriptor* method, const Binding& binding,
                   Printer& out) {
  const std::string request = cpp::QualifiedClassName(method->input_type());
  if (binding.body.empty()) {
    out.Print("nullptr,\n");
  } else if (binding.body_field == nullptr) {
    out.Print("&ReadBody<$request$>,\n", "request", request);
  } else {
    out.Print(
        "[](absl::string_view body, google::protobuf::Message* request) {\n"
        "  auto* message = static_cast<$request$*>(request);\n"
        "  JsonReader reader(body, kMaxJsonDepth, $root$);\n",
        "request", request, "root", Literal(binding.body_field->json_name()));
    out.Indent();
    PrintReadField(binding.body_field, out);
    out.Outdent();
    out.Print("  return reader.Finish();\n},\n");
  }
}

void PrintWriteResponse(const MethodDescriptor* method, const Binding& binding,
                        Printer& out) {
  const std::string response = cpp::QualifiedClassName(method->output_type());
  const std::string single_line = method->server_streaming() ? "true" : "false";
  if (binding.response_field == nullptr) {
    out.Print("&WriteResponse<$response$, $single_line$>}", "response", response,
              "single_line", single_line);
  } else {
    out.Print(
        "[](const google::protobuf::Message& response, std::string* json) {\n"
        "  const auto& message = static_cast<const $response$&>(response);\n"
        "  JsonWriter writer(json, $single_line$);\n",
        "response", response, "single_line", single_line);
    out.Indent();
    PrintWriteField(binding.response_field, out);
    out.Outdent();
    out.Print("  return writer.Finish();\n}}");
  }
}

void PrintBinding(const ApiMethod& method, const Binding& binding, Printer& out) {
  out.Print("{$http_method$, $path$,\n", "http_method", Literal(binding.http_method),
            "path", Literal(binding.path.text()));
  out.Print("  $name$, $value$, $body$,\n", "name",
            Literal(method.rest.required_query().name()), "value",
            Literal(method.rest.required_query().value()), "body",
            Literal(binding.body));
  out.Indent();
  PrintReadBody(method.method, binding, out);
  PrintWriteResponse(method.method, binding, out);
  out.Outdent();
  out.Print(",\n");
}

void PrintMethod(const ApiMethod& method, Printer& out) {
  const MethodDescriptor* descriptor = method.method;
  const int status = method.rest.success_status();
  out.Print("{$name$,\n", "name",
            Literal(absl::StrCat("/", descriptor->service()->full_name(), "/",
                                 descriptor->name())));
  out.Print(
      " &DefaultInstance<$request$>,\n"
      " &DefaultInstance<$response$>,\n"
      " $streaming$, $status$,\n"
      " {\n",
      "request", cpp::QualifiedClassName(descriptor->input_type()), "response",
      cpp::QualifiedClassName(descriptor->output_type()), "streaming",
      descriptor->server_streaming() ? "true" : "false", "status",
      absl::StrCat(status == 0 ? 200 : status));
  out.Indent();
  out.Indent();
  for (const Binding& binding : method.bindings) PrintBinding(method, binding, out);
  out.Outdent();
  out.Outdent();
  out.Print(" }},\n");
}

}  // namespace

std::string TableFunction(const ServiceDescriptor* service) {
  return absl::StrCat(TableNamespace(service), "::", service->name(), "Methods");
}

void DeclareTable(const ServiceDescriptor* service, Printer& out) {
  out.Print(
      "namespace $space$ {\n"
      "const MethodTable& $name$Methods();\n"
      "}  // namespace $space$\n",
      "space", TableNamespace(service), "name", service->name());
}

void DefineTable(const ServiceDescriptor* service,
                 const std::vector<const ApiMethod*>& methods, Printer& out) {
  out.Print(
      "const MethodTable& $function$() {\n"
      "  static const auto* const table = new MethodTable{\n",
      "function", TableFunction(service));
  out.Indent();
  out.Indent();
  for (const ApiMethod* method : methods) PrintMethod(*method, out);
  out.Outdent();
  out.Outdent();
  out.Print("  };\n  return *table;\n}\n\n");
}

}  // namespace gitsync::gateway::codegen
