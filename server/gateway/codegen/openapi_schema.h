// The schemas of an OpenAPI document.

#ifndef GITSYNC_SERVER_GATEWAY_CODEGEN_OPENAPI_SCHEMA_H_
#define GITSYNC_SERVER_GATEWAY_CODEGEN_OPENAPI_SCHEMA_H_

#include <google/protobuf/descriptor.h>

#include <set>
#include <string>
#include <vector>

#include "server/gateway/json/json_writer.h"

namespace gitsync::gateway::codegen {

// Writes the schemas of messages, enums and fields in JSON. It remembers which types it
// refers to, so that each is written once, under "components".
class SchemaWriter {
 public:
  using Field = google::protobuf::FieldDescriptor;
  using Message = google::protobuf::Descriptor;

  // `out` must outlive the writer. Types of `package` are named without the package.
  SchemaWriter(const std::string& package, JsonWriter& out)
      : package_(package), out_(out) {}

  // Writes the schema of a message: a reference, unless it has a JSON form of its own.
  void WriteMessage(const Message* message);

  // Writes the schema of a message inline, without the fields in `without`.
  void WriteMessageWithout(const Message* message,
                           const std::set<const Field*>& without);

  // Writes the schema of a field, with its comment if `described`.
  void WriteField(const Field* field, bool described);

  // Writes the members of "components"/"schemas": the types referred to so far, and the
  // types these refer to.
  void WriteReferenced();

 private:
  using Enum = google::protobuf::EnumDescriptor;

  void WriteSingle(const Field* field);
  void WriteMembers(const Field* field);
  void WriteMembers(const Message* well_known);
  void WriteType(const char* type, const char* format = nullptr);
  void WriteReference(absl::string_view full_name);
  std::string NameOf(absl::string_view full_name) const;
  void WriteObject(const Message* message, const std::set<const Field*>& without);
  void WriteEnum(const Enum* type);

  const std::string package_;
  JsonWriter& out_;
  std::set<const void*> known_;
  std::vector<const Message*> messages_;
  std::vector<const Enum*> enums_;
};

}  // namespace gitsync::gateway::codegen

#endif  // GITSYNC_SERVER_GATEWAY_CODEGEN_OPENAPI_SCHEMA_H_
