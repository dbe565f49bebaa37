#include "tests/unit/gateway/codegen/compile.h"

#include <google/protobuf/compiler/importer.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>

#include <fstream>
#include <sstream>

#include "absl/strings/str_cat.h"
#include "proto/protobuf_versions.h"
#include "server/gateway/codegen/generator.h"

namespace gitsync::gateway::codegen {
namespace {

using ::google::protobuf::FileDescriptor;

// Texts first, then the folders that the build imports from.
class TextSourceTree : public google::protobuf::compiler::SourceTree {
 public:
  explicit TextSourceTree(const std::map<std::string, std::string>& texts)
      : texts_(texts) {
    for (const char* folder :
         {GITSYNC_SOURCE_DIR "/proto", GITSYNC_SOURCE_DIR "/tests/golden/gateway",
          GITSYNC_GOOGLEAPIS_DIR, "/usr/include"}) {
      disk_.MapPath("", folder);
    }
  }

  google::protobuf::io::ZeroCopyInputStream* Open(GITSYNC_PROTOBUF_TEXT name) override {
    const auto text = texts_.find(std::string(name));
    if (text == texts_.end()) return disk_.Open(name);
    return new google::protobuf::io::ArrayInputStream(
        text->second.data(), static_cast<int>(text->second.size()));
  }

 private:
  const std::map<std::string, std::string>& texts_;
  google::protobuf::compiler::DiskSourceTree disk_;
};

class CollectErrors : public google::protobuf::compiler::MultiFileErrorCollector {
 public:
  explicit CollectErrors(std::string* error) : error_(error) {}

  void GITSYNC_PROTOBUF_RECORD_ERROR(GITSYNC_PROTOBUF_TEXT file, int line, int,
                                     GITSYNC_PROTOBUF_TEXT problem) override {
    absl::StrAppend(error_, file, ":", line + 1, ": ", problem, "\n");
  }

 private:
  std::string* const error_;
};

class MemoryContext : public google::protobuf::compiler::GeneratorContext {
 public:
  explicit MemoryContext(std::map<std::string, std::string>* files) : files_(files) {}

  google::protobuf::io::ZeroCopyOutputStream* Open(const std::string& name) override {
    return new google::protobuf::io::StringOutputStream(&(*files_)[name]);
  }

 private:
  std::map<std::string, std::string>* const files_;
};

}  // namespace

Compiled Compile(const std::map<std::string, std::string>& protos,
                 std::vector<std::string> names, const std::string& parameter) {
  Compiled result;
  TextSourceTree source(protos);
  CollectErrors errors(&result.error);
  google::protobuf::compiler::Importer importer(&source, &errors);
  if (names.empty()) {
    for (const auto& [name, text] : protos) names.push_back(name);
  }
  std::vector<const FileDescriptor*> files;
  for (const std::string& name : names) {
    const FileDescriptor* file = importer.Import(name);
    if (file == nullptr) return result;
    files.push_back(file);
  }
  MemoryContext context(&result.files);
  Generator().GenerateAll(files, parameter, &context, &result.error);
  return result;
}

std::string ReadSourceFile(const std::string& name) {
  std::ifstream in(absl::StrCat(GITSYNC_SOURCE_DIR, "/", name));
  std::stringstream content;
  content << in.rdbuf();
  return content.str();
}

}  // namespace gitsync::gateway::codegen
