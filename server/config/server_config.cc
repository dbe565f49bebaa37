#include "server/config/server_config.h"

#include <google/protobuf/descriptor.h>
#include <google/protobuf/io/tokenizer.h>
#include <google/protobuf/text_format.h>
#include <google/protobuf/util/json_util.h>

#include <cstdint>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/strip.h"
#include "proto/protobuf_versions.h"
#include "server/config/host_port.h"

namespace gitsync {
namespace {

using config::v1::ServerConfig;
using google::protobuf::FieldDescriptor;

constexpr absl::string_view kPrefix = "GITSYNC_";

// Keeps the first error that the protobuf text parser finds.
class FirstError : public google::protobuf::io::ErrorCollector {
 public:
  void GITSYNC_PROTOBUF_RECORD_ERROR(int line, int column,
                                     GITSYNC_PROTOBUF_TEXT message) override {
    if (!text.empty()) return;
    // The message may end with a piece of the file, which may hold a secret.
    const absl::string_view what = message;
    text = absl::StrCat("line ", line + 1, ", column ", column + 1, ": ",
                        what.substr(0, what.find(", got: ")));
  }

  std::string text;
};

// Sets a field from text. Returns what is wrong with the text, or an empty string.
std::string SetField(const FieldDescriptor& field, const std::string& text,
                     ServerConfig* config) {
  const google::protobuf::Reflection& reflection = *config->GetReflection();
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_BOOL: {
      bool value = false;
      if (!absl::SimpleAtob(text, &value)) return "must be true or false";
      reflection.SetBool(config, &field, value);
      return "";
    }
    case FieldDescriptor::CPPTYPE_INT32: {
      int32_t value = 0;
      if (!absl::SimpleAtoi(text, &value) || value < 1) {
        return "must be a whole number of at least 1";
      }
      reflection.SetInt32(config, &field, value);
      return "";
    }
    default:
      reflection.SetString(config, &field, text);
      return "";
  }
}

// Returns null if there is none.
const FieldDescriptor* FindTextSetting(const std::string& name) {
  const FieldDescriptor* field = ServerConfig::descriptor()->FindFieldByName(name);
  return field != nullptr && IsTextSetting(*field) ? field : nullptr;
}

void DefaultTo(absl::string_view value, std::string* field) {
  if (field->empty()) *field = std::string(value);
}

}  // namespace

absl::StatusOr<ServerConfig> ParseConfigFile(absl::string_view content) {
  ServerConfig config;
  if (absl::StartsWith(absl::StripLeadingAsciiWhitespace(content), "{")) {
    const auto status =
        google::protobuf::util::JsonStringToMessage(std::string(content), &config);
    if (status.ok()) return config;
    // After the first line comes a piece of the file, which may hold a secret.
    const std::string message(status.message());
    return absl::InvalidArgumentError(message.substr(0, message.find('\n')));
  }
  FirstError error;
  google::protobuf::TextFormat::Parser parser;
  parser.RecordErrorsTo(&error);
  if (parser.ParseFromString(std::string(content), &config)) return config;
  return absl::InvalidArgumentError(error.text);
}

absl::Status ApplySettings(const SettingValues& values, absl::string_view source,
                           ServerConfig* config) {
  std::vector<std::string> faults;
  for (const auto& [name, value] : values) {
    const std::string shown =
        absl::StrCat(source, source == kPrefix ? absl::AsciiStrToUpper(name) : name);
    const FieldDescriptor* field = FindTextSetting(name);
    const std::string fault =
        field == nullptr ? "is no setting" : SetField(*field, value, config);
    if (!fault.empty()) faults.push_back(absl::StrCat(shown, " ", fault));
  }
  if (faults.empty()) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrJoin(faults, "\n"));
}

void ApplyDefaults(ServerConfig* config) {
  DefaultTo("./gitsync-data", config->mutable_data_dir());
  DefaultTo("127.0.0.1:7420", config->mutable_grpc_listen());
  DefaultTo("127.0.0.1:7421", config->mutable_http_listen());
  DefaultTo("info", config->mutable_log_level());
  DefaultTo("json", config->mutable_log_format());
  DefaultTo("auto", config->mutable_ssh_login_ration());
  DefaultTo("GitSync", config->mutable_committer_name());
  DefaultTo("gitsync@localhost", config->mutable_committer_email());
  if (config->git_workers() == 0) config->set_git_workers(32);
  if (config->git_queue_limit() == 0) config->set_git_queue_limit(10000);
  if (config->git_queue_limit_per_organization() == 0)
    config->set_git_queue_limit_per_organization(1000);
  if (config->mirrors_max_mib() == 0) config->set_mirrors_max_mib(10240);
  if (config->grpc_max_connections() == 0) config->set_grpc_max_connections(4096);
  if (config->git_timeout_seconds() == 0) config->set_git_timeout_seconds(120);
  if (config->remote_stall_seconds() == 0) config->set_remote_stall_seconds(30);
  if (config->drain_seconds() == 0) config->set_drain_seconds(30);
  if (config->http_max_connections() == 0) config->set_http_max_connections(4096);
  if (config->http_max_timeout_seconds() == 0)
    config->set_http_max_timeout_seconds(150);
}

bool IsTextSetting(const FieldDescriptor& field) {
  return field.cpp_type() != FieldDescriptor::CPPTYPE_MESSAGE;
}

bool BackendUsesTls(const ServerConfig& config) {
  if (!config.backend_ca_file().empty()) return true;
  if (config.backend_plaintext()) return false;
  std::string host;
  int port = 0;
  return !SplitHostPort(config.backend(), &host, &port) || !IsLoopbackHost(host);
}

const std::map<std::string, std::string>& SettingHelp() {
  static const auto* const help = new std::map<std::string, std::string>{
      {"data_dir", "folder of everything that is kept [./gitsync-data]"},
      {"grpc_listen",
       "HOST:PORT of the gRPC server; port 0 picks one "
       "[127.0.0.1:7420]"},
      {"http_listen",
       "HOST:PORT of the HTTP/JSON gateway, or \"off\"; port 0 picks one "
       "[127.0.0.1:7421]"},
      {"allow_plaintext_listen",
       "serve without TLS on addresses that are not on loopback"},
      {"tls_certificate_file",
       "PEM certificate chain, of gRPC and of HTTP; TLS if set"},
      {"tls_private_key_file", "PEM private key of the certificate"},
      {"tls_client_ca_file", "PEM authorities whose client certificates are required"},
      {"allow_private_remotes", "allow git remotes at loopback and private addresses"},
      {"allow_file_remotes", "allow file:// URLs as git remotes"},
      {"known_hosts_file",
       "pinned host keys in known_hosts form, besides the built-in "
       "ones"},
      {"master_key_file",
       "file with the master key [<data_dir>/master.key, made on "
       "first start]"},
      {"allow_lost_master_key",
       "start although stored secrets can't be opened: their key is lost for good"},
      {"git_workers", "threads that work on git remotes [32]"},
      {"git_queue_limit", "git operations that may wait for a worker [10000]"},
      {"git_queue_limit_per_organization",
       "git operations of one organization that may wait for a worker [1000]"},
      {"mirrors_max_mib", "disk space of all mirrors together, in MiB [10240]"},
      {"grpc_max_connections", "gRPC connections at a time [4096]"},
      {"git_timeout_seconds", "longest time of a git operation [120]"},
      {"remote_stall_seconds", "how long a remote may be silent [30]"},
      {"ssh_login_ration",
       "hosts that SSH logins are rationed to: auto, always (all) or never (none) "
       "[auto]"},
      {"drain_seconds", "how long work in hand may go on after SIGTERM [30]"},
      {"log_level", "least severe log line: debug, info, warning, error [info]"},
      {"log_format", "log lines on standard error as json or text [json]"},
      {"committer_name", "name of the committer of every commit [GitSync]"},
      {"committer_email", "e-mail address of the committer [gitsync@localhost]"},
      {"disable_reflection", "turn gRPC server reflection off"},
      {"gateway_only", "run the HTTP/JSON gateway alone, before --backend"},
      {"backend", "HOST:PORT of the gRPC server behind a gateway that runs alone"},
      {"backend_ca_file",
       "PEM authorities that the backend is checked against [the system's]"},
      {"backend_plaintext",
       "send callers' tokens in clear to a backend that is not on loopback"},
      {"cors_allowed_origins",
       "origins whose pages may call the gateway, with commas between; "
       "\"*\" for all [none]"},
      {"http_max_connections", "HTTP connections at a time [4096]"},
      {"http_max_timeout_seconds", "longest time of an HTTP request's call [150]"},
  };
  return *help;
}

}  // namespace gitsync
