#ifndef GITSYNC_SERVER_GATEWAY_CODEGEN_GENERATOR_H_
#define GITSYNC_SERVER_GATEWAY_CODEGEN_GENERATOR_H_

#include <google/protobuf/compiler/code_generator.h>

#include <string>
#include <vector>

namespace gitsync::gateway::codegen {

// The protoc plugin: from the `google.api.http` rules and the options of
// gitsync/options/v1/rest.proto to what the gateway serves.
//
// For each FILE.proto that it is given it writes FILE.gateway.h and FILE.gateway.cc:
// the JSON codecs of its messages and the method tables of its services. Once for all
// of them: all_methods.gateway.h and .cc, with AllMethods() and the codecs of messages
// from files that it was not given. All files have to be given in one run, so that
// routes are compared across them.
//
// Parameters: with "openapi=FILE.json" it writes the OpenAPI document of all services,
// and FILE.gateway.cc, which has it as OpenApiDocument(). "title=TEXT" is its title,
// the package without it.
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
