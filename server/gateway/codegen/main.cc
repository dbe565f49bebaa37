// protoc-gen-gitsync-gateway, the plugin that protoc runs for --gitsync-gateway_out.

#include <google/protobuf/compiler/plugin.h>

#include "server/gateway/codegen/generator.h"

int main(int argc, char** argv) {
  const gitsync::gateway::codegen::Generator generator;
  return google::protobuf::compiler::PluginMain(argc, argv, &generator);
}
