#ifndef GITSYNC_SERVER_GATEWAY_CODEGEN_GENERATOR_H_
#define GITSYNC_SERVER_GATEWAY_CODEGEN_GENERATOR_H_

#include <google/protobuf/compiler/code_generator.h>

#include <string>
#include <vector>

namespace gitsync::gateway::codegen {

// The protoc plugin. It turns the `google.api.http` rules and the options of
// gitsync/options/v1/rest.proto into what the gateway serves.
//
// For each FILE.proto that it is given, it writes FILE.gateway.h and FILE.gateway.cc:
// the JSON codecs of the file's messages and the method tables of its services. Once
// for all files, it writes all_methods.gateway.h and .cc, with AllMethods() and the
// codecs of messages from files that it was not given. All files must be given in one
// run, so that routes are compared across them.
//
// Parameters: "openapi=FILE.json" makes it write the OpenAPI document of all services,
// and FILE.gateway.cc, which returns it from OpenApiDocument(). "title=TEXT" sets the
// document's title, which is the package by default.
//
// Fails with a line "FILE:LINE: problem" for each thing that can't work.
class Generator : public google::protobuf::compiler::CodeGenerator {
 public:
  bool Generate(const google::protobuf::FileDescriptor* file,
                const std::string& parameter,
                google::protobuf::compiler::GeneratorContext* context,
                std::string* error) const override;

  bool GenerateAll(const std::vector<const google::protobuf::FileDescriptor*>& files,
                   const std::string& parameter,
                   google::protobuf::compiler::GeneratorContext* context,
                   std::string* error) const override;

  uint64_t GetSupportedFeatures() const override { return FEATURE_PROTO3_OPTIONAL; }
};

}  // namespace gitsync::gateway::codegen

#endif  // GITSYNC_SERVER_GATEWAY_CODEGEN_GENERATOR_H_
