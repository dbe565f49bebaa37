#include "server/gateway/codegen/openapi_writer.h"

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "server/base/status_macros.h"
#include "server/gateway/codegen/comments.h"
#include "server/gateway/codegen/indent_json.h"
#include "server/gateway/codegen/openapi_example.h"
#include "server/gateway/codegen/openapi_operations.h"
#include "server/gateway/codegen/openapi_path.h"
#include "server/gateway/codegen/openapi_schema.h"

namespace gitsync::gateway::codegen {
namespace {

using ::google::protobuf::FieldDescriptor;
using ::google::protobuf::FileDescriptor;
using ::google::protobuf::MethodDescriptor;
using ::google::protobuf::ServiceDescriptor;

constexpr char kErrorSchema[] = R"({
  "type": "object",
  "description": "What went wrong: google.rpc.Status.",
  "required": ["code", "message"],
  "properties": {
    "code": {"type": "integer", "format": "int32", "description": "The gRPC code."},
    "message": {"type": "string", "description": "What happened and what to do next."},
    "details": {
      "type": "array",
      "description": "google.rpc.ErrorInfo with the reason, BadRequest with the fields that are wrong, RetryInfo with when to try again.",
      "items": {
        "type": "object",
        "properties": {"@type": {"type": "string", "description": "Type of the detail."}},
        "additionalProperties": true
      }
    }
  }
})";

constexpr char kErrorResponse[] = R"({
  "description": "An error.",
  "content": {"application/json": {
    "schema": {"$ref": "#/components/schemas/Error"},
    "example": {"code": 5, "message": "There is no such thing. Check the id.", "details": []}
  }}
})";

constexpr char kSecuritySchemes[] = R"({
  "bearer": {"type": "http", "scheme": "bearer",
             "description": "An access token: `Authorization: Bearer <token>`."},
  "basic": {"type": "http", "scheme": "basic",
            "description": "An access token as the password, with any user name; or just `Authorization: Basic <token>`."}
})";

// Writes the whole document.
class DocumentWriter {
 public:
  DocumentWriter(const Api& api, const std::string& title, JsonWriter& out)
      : api_(api),
        title_(title),
        package_(api.files.front()->package()),
        out_(out),
        schemas_(package_, out) {}

  void Write() {
    out_.BeginObject();
    Text("openapi", "3.0.3");
    WriteInfo();
    WriteTags();
    out_.TextKey("security");
    out_.Raw(R"([{"bearer": []}, {"basic": []}])");
    out_.TextKey("paths");
    out_.BeginObject();
    for (const PathItem& item : CollectPaths(api_)) {
      out_.TextKey(item.text);
      out_.BeginObject();
      for (const Operation& operation : item.operations) WriteOperation(operation);
      out_.EndObject();
    }
    out_.EndObject();
    WriteComponents();
    out_.EndObject();
  }

 private:
  void Text(absl::string_view key, absl::string_view value) {
    out_.TextKey(key);
    out_.String(value);
  }

  void Description(const std::string& text) {
    if (!text.empty()) Text("description", text);
  }

  void WriteInfo() {
    out_.TextKey("info");
    out_.BeginObject();
    Text("title", title_.empty() ? package_ : title_);
    Text("version", package_.substr(package_.rfind('.') + 1));
    out_.EndObject();
    out_.TextKey("servers");
    out_.Raw(R"([{"url": "/", "description": "Where this document comes from."}])");
  }

  void WriteTags() {
    out_.TextKey("tags");
    out_.BeginArray();
    for (const FileDescriptor* file : api_.files) {
      for (int i = 0; i < file->service_count(); ++i) {
        out_.BeginObject();
        Text("name", file->service(i)->name());
        Description(CommentOf(file->service(i)));
        out_.EndObject();
      }
    }
    out_.EndArray();
  }

  void WriteOperation(const Operation& operation) {
    const MethodDescriptor* method = operation.method->method;
    const std::string comment = CommentOf(method);
    out_.TextKey(absl::AsciiStrToLower(operation.binding->http_method));
    out_.BeginObject();
    out_.TextKey("tags");
    out_.BeginArray();
    out_.String(method->service()->name());
    out_.EndArray();
    Text("operationId", operation.id);
    if (!comment.empty()) Text("summary", SummaryOf(comment));
    Description(comment);
    WriteParameters(operation);
    WriteRequestBody(operation);
    WriteResponses(operation);
    out_.EndObject();
  }

  void WriteParameters(const Operation& operation) {
    const auto query = QueryOf(*operation.method, *operation.binding);
    const auto& required = operation.method->rest.required_query();
    if (operation.path.parameters.empty() && query.empty() && required.name().empty()) {
      return;
    }
    out_.TextKey("parameters");
    out_.BeginArray();
    for (const PathParameter& parameter : operation.path.parameters) {
      BeginParameter(parameter.name, "path", true);
      std::string comment = parameter.field ? CommentOf(parameter.field) : "";
      if (parameter.any_count) {
        absl::StrAppend(&comment, comment.empty() ? "" : "\n\n",
                        "Any number of segments, with \"/\" between them.");
      }
      EndParameter(parameter.field, comment);
    }
    if (!required.name().empty()) {
      BeginParameter(required.name(), "query", true);
      Description("Always this value.");
      out_.TextKey("schema");
      out_.BeginObject();
      Text("type", "string");
      out_.TextKey("enum");
      out_.BeginArray();
      out_.String(required.value());
      out_.EndArray();
      out_.EndObject();
      out_.EndObject();
    }
    for (const QueryParameter& parameter : query) {
      BeginParameter(parameter.name, "query", parameter.required);
      EndParameter(parameter.field, CommentOf(parameter.field));
    }
    out_.EndArray();
  }

  void BeginParameter(const std::string& name, absl::string_view in, bool required) {
    out_.BeginObject();
    Text("name", name);
    Text("in", in);
    if (!required) return;
    out_.TextKey("required");
    out_.Bool(true);
  }

  void EndParameter(const FieldDescriptor* field, const std::string& comment) {
    Description(comment);
    out_.TextKey("schema");
    if (field != nullptr) {
      schemas_.WriteField(field, false);
    } else {
      out_.Raw(R"({"type": "string"})");
    }
    out_.EndObject();
  }

  void WriteRequestBody(const Operation& operation) {
    const Binding& binding = *operation.binding;
    if (binding.body.empty()) return;
    const auto* request = operation.method->method->input_type();
    const auto without = PathFields(*operation.method, binding);
    bool required = binding.body_field != nullptr;
    for (int i = 0; i < request->field_count() && !required; ++i) {
      required = request->field(i)->options().GetExtension(options::v1::required) &&
                 without.count(request->field(i)) == 0;
    }
    out_.TextKey("requestBody");
    out_.BeginObject();
    if (required) {
      out_.TextKey("required");
      out_.Bool(true);
    }
    BeginContent("application/json");
    if (binding.body_field != nullptr) {
      schemas_.WriteField(binding.body_field, false);
      out_.TextKey("example");
      WriteExample(binding.body_field, out_);
    } else {
      if (without.empty()) {
        schemas_.WriteMessage(request);
      } else {
        schemas_.WriteMessageWithout(request, without);
      }
      out_.TextKey("example");
      WriteExample(request, without, out_);
    }
    EndContent();
    out_.EndObject();
  }

  void WriteResponses(const Operation& operation) {
    const MethodDescriptor* method = operation.method->method;
    const int status = operation.method->rest.success_status();
    out_.TextKey("responses");
    out_.BeginObject();
    out_.TextKey(absl::StrCat(status == 0 ? 200 : status));
    out_.BeginObject();
    Text("description", method->server_streaming()
                            ? "Success: one JSON value in each line, as they come."
                            : "Success.");
    BeginContent(method->server_streaming() ? "application/x-ndjson"
                                            : "application/json");
    if (operation.binding->response_field != nullptr) {
      schemas_.WriteField(operation.binding->response_field, false);
      out_.TextKey("example");
      WriteExample(operation.binding->response_field, out_);
    } else {
      schemas_.WriteMessage(method->output_type());
      out_.TextKey("example");
      WriteExample(method->output_type(), {}, out_);
    }
    EndContent();
    out_.EndObject();
    out_.TextKey("default");
    out_.Raw(R"({"$ref": "#/components/responses/Error"})");
    out_.EndObject();
  }

  void BeginContent(absl::string_view type) {
    out_.TextKey("content");
    out_.BeginObject();
    out_.TextKey(type);
    out_.BeginObject();
    out_.TextKey("schema");
  }

  void EndContent() {
    out_.EndObject();
    out_.EndObject();
  }

  void WriteComponents() {
    out_.TextKey("components");
    out_.BeginObject();
    out_.TextKey("schemas");
    out_.BeginObject();
    schemas_.WriteReferenced();
    out_.TextKey("Error");
    out_.Raw(kErrorSchema);
    out_.EndObject();
    out_.TextKey("responses");
    out_.BeginObject();
    out_.TextKey("Error");
    out_.Raw(kErrorResponse);
    out_.EndObject();
    out_.TextKey("securitySchemes");
    out_.Raw(kSecuritySchemes);
    out_.EndObject();
  }

  const Api& api_;
  const std::string title_;
  const std::string package_;
  JsonWriter& out_;
  SchemaWriter schemas_;
};

}  // namespace

absl::StatusOr<std::string> WriteOpenApi(const Api& api, const std::string& title) {
  std::string json;
  JsonWriter writer(&json);
  DocumentWriter(api, title, writer).Write();
  RETURN_IF_ERROR(writer.Finish());
  return IndentJson(json);
}

}  // namespace gitsync::gateway::codegen
