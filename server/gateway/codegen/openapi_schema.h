// The schemas of an OpenAPI document.

#ifndef GITSYNC_SERVER_GATEWAY_CODEGEN_OPENAPI_SCHEMA_H_
#define GITSYNC_SERVER_GATEWAY_CODEGEN_OPENAPI_SCHEMA_H_

#include <google/protobuf/descriptor.h>

#include <set>
#include <string>
#include <vector>

#include "server/gateway/json/json_writer.h"

namespace gitsync::gateway::codegen {

// Writes what messages, enums and fields are in JSON. Remembers which of them it refers
// to, so that each is written once, below "components".
class SchemaWriter {
 public:
  using Field = google::protobuf::FieldDescriptor;
  using Message = google::protobuf::Descriptor;

  // `out` has to outlive the writer. Types of `package` go by their names without it.
  SchemaWriter(const std::string& package, JsonWriter& out)
      : package_(package), out_(out) {}

  // The schema of a message: a reference, unless it has a JSON form of its own.
  void WriteMessage(const Message* message);

  // The schema of a message that lacks the fields of `without`, in place.
  void WriteMessageWithout(const Message* message,
                           const std::set<const Field*>& without);

  // The schema of a field, with its comment if `described`.
  void WriteField(const Field* field, bool described);

  // The members of "components": "schemas" and what they refer to.
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
