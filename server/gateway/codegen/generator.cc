#include "server/gateway/codegen/generator.h"

#include <google/protobuf/io/printer.h>
#include <google/protobuf/io/zero_copy_stream.h>

#include <algorithm>
#include <memory>
#include <set>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "server/gateway/codegen/api.h"
#include "server/gateway/codegen/codec_writer.h"
#include "server/gateway/codegen/messages.h"
#include "server/gateway/codegen/openapi_writer.h"
#include "server/gateway/codegen/table_writer.h"

namespace gitsync::gateway::codegen {
namespace {

using ::google::protobuf::Descriptor;
using ::google::protobuf::EnumDescriptor;
using ::google::protobuf::FileDescriptor;
using ::google::protobuf::ServiceDescriptor;
using ::google::protobuf::compiler::GeneratorContext;
using ::google::protobuf::compiler::ParseGeneratorParameter;
using ::google::protobuf::compiler::StripProto;
using ::google::protobuf::io::Printer;

constexpr char kAllMethods[] = "all_methods";
constexpr char kOpenNamespace[] = "namespace gitsync::gateway {\n\n";
constexpr char kCloseNamespace[] = "}  // namespace gitsync::gateway\n";

// The content of one pair of output files.
struct Unit {
  std::string stem;              // of the file names
  std::set<std::string> protos;  // whose messages the unit needs
  std::vector<const Descriptor*> messages;
  std::vector<const EnumDescriptor*> enums;
  const FileDescriptor* services = nullptr;
};

// Writes the output files of one run.
class Run {
 public:
  Run(const Api& api, const Messages& messages, GeneratorContext* context)
      : api_(api), context_(context) {
    for (const FileDescriptor* file : api.files) {
      Unit unit;
      unit.stem = StripProto(file->name());
      unit.protos.emplace(file->name());
      unit.services = file;
      units_.push_back(std::move(unit));
    }
    Unit rest;
    rest.stem = kAllMethods;
    units_.push_back(std::move(rest));
    for (const Descriptor* message : messages.messages) {
      Unit& unit = UnitOf(message->file());
      unit.messages.push_back(message);
      unit.protos.emplace(message->file()->name());
    }
    for (const EnumDescriptor* type : messages.enums) {
      Unit& unit = UnitOf(type->file());
      unit.enums.push_back(type);
      unit.protos.emplace(type->file()->name());
    }
  }

  void Write() {
    for (const Unit& unit : units_) {
      WriteFile(unit, ".gateway.h", [&](Printer& out) { WriteHeader(unit, out); });
      WriteFile(unit, ".gateway.cc", [&](Printer& out) { WriteSource(unit, out); });
    }
  }

 private:
  // The file's own unit if the plugin was given the file; otherwise the last unit.
  Unit& UnitOf(const FileDescriptor* file) {
    for (Unit& unit : units_) {
      if (unit.services == file) return unit;
    }
    return units_.back();
  }

  template <typename WriteContent>
  void WriteFile(const Unit& unit, const char* ending, WriteContent write_content) {
    const std::unique_ptr<google::protobuf::io::ZeroCopyOutputStream> stream(
        context_->Open(absl::StrCat(unit.stem, ending)));
    Printer out(stream.get(), '$');
    out.Print("// Written by protoc-gen-gitsync-gateway. Not to be edited.\n\n");
    write_content(out);
  }

  static std::string Guard(const Unit& unit) {
    std::string guard = absl::StrCat(unit.stem, "_GATEWAY_H_");
    for (char& c : guard) {
      c = absl::ascii_isalnum(static_cast<unsigned char>(c))
              ? absl::ascii_toupper(static_cast<unsigned char>(c))
              : '_';
    }
    return guard;
  }

  void WriteHeader(const Unit& unit, Printer& out) {
    out.Print("#ifndef $guard$\n#define $guard$\n\n", "guard", Guard(unit));
    for (const std::string& proto : unit.protos) {
      out.Print("#include \"$stem$.pb.h\"\n", "stem", StripProto(proto));
    }
    out.Print(
        "#include \"server/gateway/json/codec.h\"\n"
        "#include \"server/gateway/json/well_known.h\"\n"
        "#include \"server/gateway/transcoding/route.h\"\n\n");
    out.Print(kOpenNamespace);
    for (const EnumDescriptor* type : unit.enums) DeclareNames(type, out);
    for (const Descriptor* message : unit.messages) DeclareCodec(message, out);
    if (unit.services != nullptr) {
      for (int i = 0; i < unit.services->service_count(); ++i) {
        DeclareTable(unit.services->service(i), out);
      }
    }
    out.Print("\n");
    out.Print(kCloseNamespace);
    out.Print("\n#endif  // $guard$\n", "guard", Guard(unit));
  }

  void WriteSource(const Unit& unit, Printer& out) {
    for (const Unit& other : units_) {
      if (&other == &unit || unit.services == nullptr || Needs(unit, other)) {
        out.Print("#include \"$stem$.gateway.h\"\n", "stem", other.stem);
      }
    }
    out.Print("\n");
    out.Print(kOpenNamespace);
    for (const EnumDescriptor* type : unit.enums) DefineNames(type, out);
    for (const Descriptor* message : unit.messages) DefineCodec(message, out);
    if (unit.services == nullptr) {
      WriteAllMethods(out);
    } else {
      for (int i = 0; i < unit.services->service_count(); ++i) {
        const ServiceDescriptor* service = unit.services->service(i);
        std::vector<const ApiMethod*> methods;
        for (const ApiMethod& method : api_.methods) {
          if (method.method->service() == service) methods.push_back(&method);
        }
        DefineTable(service, methods, out);
      }
    }
    out.Print(kCloseNamespace);
  }

  // Whether the protos of `unit` import those of `other`, directly or indirectly.
  static bool Needs(const Unit& unit, const Unit& other) {
    std::set<const FileDescriptor*> seen;
    std::vector<const FileDescriptor*> open = {unit.services};
    while (!open.empty()) {
      const FileDescriptor* file = open.back();
      open.pop_back();
      if (!seen.insert(file).second) continue;
      if (other.protos.count(std::string(file->name())) > 0) return true;
      for (int i = 0; i < file->dependency_count(); ++i) {
        open.push_back(file->dependency(i));
      }
    }
    return false;
  }

  void WriteAllMethods(Printer& out) {
    out.Print(
        "const std::vector<const MethodTable*>& AllMethods() {\n"
        "  static const auto* const tables = new std::vector<const MethodTable*>{\n");
    for (const FileDescriptor* file : api_.files) {
      for (int i = 0; i < file->service_count(); ++i) {
        out.Print("      &$function$(),\n", "function",
                  TableFunction(file->service(i)));
      }
    }
    out.Print("  };\n  return *tables;\n}\n\n");
  }

  const Api& api_;
  GeneratorContext* const context_;
  std::vector<Unit> units_;
};

// Writes the OpenAPI document to `name`, and next to it the C++ source that embeds it.
bool WriteDocument(const Api& api, const std::string& name, const std::string& title,
                   GeneratorContext* context, std::string* error) {
  const absl::StatusOr<std::string> document = WriteOpenApi(api, title);
  if (!document.ok()) {
    *error = absl::StrCat(name, ": ", document.status().message());
    return false;
  }
  const std::unique_ptr<google::protobuf::io::ZeroCopyOutputStream> json(
      context->Open(name));
  Printer(json.get(), '\0').PrintRaw(*document);
  const std::unique_ptr<google::protobuf::io::ZeroCopyOutputStream> source(
      context->Open(absl::StrCat(name.substr(0, name.rfind('.')), ".gateway.cc")));
  Printer out(source.get(), '\0');
  out.PrintRaw(
      "// Written by protoc-gen-gitsync-gateway. Not to be edited.\n\n"
      "#include \"server/gateway/openapi.h\"\n\n"
      "namespace gitsync::gateway {\n\n"
      "absl::string_view OpenApiDocument() {\n"
      "  static constexpr char kDocument[] = R\"openapi(");
  out.PrintRaw(*document);
  out.PrintRaw(
      ")openapi\";\n"
      "  return absl::string_view(kDocument, sizeof(kDocument) - 1);\n"
      "}\n\n"
      "}  // namespace gitsync::gateway\n");
  return true;
}

}  // namespace

bool Generator::Generate(const FileDescriptor* file, const std::string& parameter,
                         GeneratorContext* context, std::string* error) const {
  return GenerateAll({file}, parameter, context, error);
}

bool Generator::GenerateAll(const std::vector<const FileDescriptor*>& files,
                            const std::string& parameter, GeneratorContext* context,
                            std::string* error) const {
  std::string openapi;
  std::string title;
  std::vector<std::pair<std::string, std::string>> parameters;
  ParseGeneratorParameter(parameter, &parameters);
  for (const auto& [name, value] : parameters) {
    if (name == "openapi") {
      openapi = value;
    } else if (name == "title") {
      title = value;
    } else {
      *error = absl::StrCat("there is no parameter \"", name, "\"");
      return false;
    }
  }
  Problems problems;
  const Api api = ReadApi(files, &problems);
  const Messages messages = CollectMessages(api, &problems);
  if (!problems.empty()) {
    *error = problems.Text();
    return false;
  }
  Run(api, messages, context).Write();
  return openapi.empty() || WriteDocument(api, openapi, title, context, error);
}

}  // namespace gitsync::gateway::codegen
