#include "server/config/value_source.h"

#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>

#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/strip.h"
#include "server/base/read_file.h"
#include "server/base/status_macros.h"

namespace gitsync {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

class Resolver {
 public:
  explicit Resolver(const std::map<std::string, std::string>& environment)
      : environment_(environment) {}

  // Resolves every text in `message`, whose name in the configuration is `name`.
  void Resolve(const std::string& name, Message& message) {
    const google::protobuf::Reflection& reflection = *message.GetReflection();
    std::vector<const FieldDescriptor*> fields;
    reflection.ListFields(message, &fields);
    for (const FieldDescriptor* field : fields) {
      const std::string inner = absl::StrCat(name, ".", field->name());
      if (field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE) {
        Resolve(inner, *reflection.MutableMessage(&message, field));
        continue;
      }
      absl::StatusOr<std::string> value = Get(reflection.GetString(message, field));
      if (value.ok()) {
        reflection.SetString(&message, field, *std::move(value));
      } else {
        faults_.push_back(absl::StrCat(inner, ": ", value.status().message()));
      }
    }
  }

  absl::Status ToStatus() const {
    if (faults_.empty()) return absl::OkStatus();
    return absl::InvalidArgumentError(absl::StrJoin(faults_, "\n"));
  }

 private:
  absl::StatusOr<std::string> Get(const std::string& text) const {
    absl::string_view rest = text;
    if (absl::ConsumePrefix(&rest, "file:")) return Read(std::string(rest));
    if (!absl::ConsumePrefix(&rest, "${") || !absl::ConsumeSuffix(&rest, "}")) {
      return text;
    }
    const auto variable = environment_.find(std::string(rest));
    if (variable != environment_.end() && !variable->second.empty()) {
      return variable->second;
    }
    return absl::NotFoundError(
        absl::StrCat("the environment's variable ", rest, " is not set"));
  }

  static absl::StatusOr<std::string> Read(const std::string& file) {
    ASSIGN_OR_RETURN(const std::string content, ReadFile(file));
    if (content.empty()) {
      return absl::InvalidArgumentError(
          absl::StrCat("cannot read ", file, ": it is empty"));
    }
    absl::string_view text = content;
    if (absl::ConsumeSuffix(&text, "\n")) absl::ConsumeSuffix(&text, "\r");
    return std::string(text);
  }

  const std::map<std::string, std::string>& environment_;
  std::vector<std::string> faults_;
};

}  // namespace

absl::Status ResolveValues(const std::map<std::string, std::string>& environment,
                           config::v1::ServerConfig* config) {
  Resolver resolver(environment);
  for (int i = 0; i < config->git_configs_size(); ++i) {
    resolver.Resolve(absl::StrCat("git_configs[", i, "]"),
                     *config->mutable_git_configs(i));
  }
  return resolver.ToStatus();
}

}  // namespace gitsync
