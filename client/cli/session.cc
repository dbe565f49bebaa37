#include "client/cli/session.h"

#include <fstream>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "client/cli/report_error.h"
#include "client/cli/text.h"
#include "client/lib/channel.h"
#include "client/lib/version.h"

namespace gitsync::cli {
namespace {

// Above the server's limit, so that the server reports the error.
constexpr size_t kMaxInputBytes = 64 << 20;

// Stops reading beyond the limit: standard input may never end.
bool ReadUpTo(std::istream& in, size_t limit, std::string& text) {
  char buffer[1 << 16];
  while (in.read(buffer, sizeof(buffer)) || in.gcount() > 0) {
    text.append(buffer, static_cast<size_t>(in.gcount()));
    if (text.size() > limit) return false;
  }
  return !in.bad();
}

}  // namespace

Session::Session(Environment& environment, const GlobalOptions& options, Output& output)
    : environment_(environment), options_(options), output_(output) {}

client::CallOptions Session::Limits() const {
  return {.timeout = options_.timeout, .stop = environment_.stop};
}

absl::StatusOr<std::string> Session::ReadText(const std::string& path) {
  std::string text;
  bool complete = false;
  if (path == "-") {
    complete = ReadUpTo(environment_.in, kMaxInputBytes, text);
  } else {
    std::ifstream file(path, std::ios::binary);
    if (!file) return UsageError(absl::StrCat("Can't open ", path, "."));
    complete = ReadUpTo(file, kMaxInputBytes, text);
  }
  const std::string name = path == "-" ? "Standard input" : path;
  if (!complete)
    return UsageError(absl::StrCat(name, " can't be read, or is too big."));
  if (!IsUtf8(text)) return UsageError(absl::StrCat(name, " is not UTF-8 text."));
  return text;
}

absl::StatusOr<std::string> Session::AccessToken() {
  if (!options_.token.empty()) return options_.token;
  if (!options_.token_file.empty()) {
    absl::StatusOr<std::string> text = ReadText(options_.token_file);
    if (!text.ok()) return text.status();
    return std::string(absl::StripAsciiWhitespace(*text));
  }
  const auto variable = environment_.variables.find("GITSYNC_TOKEN");
  if (variable != environment_.variables.end() && !variable->second.empty()) {
    return variable->second;
  }
  // Sent only to this machine: nobody else may see the token of a server here.
  if (!client::IsLoopback(options_.server)) return std::string();
  std::ifstream file(
      absl::StrCat(environment_.working_directory, "/gitsync-data/admin.token"));
  std::string token;
  std::getline(file, token);
  return std::string(absl::StripAsciiWhitespace(token));
}

absl::StatusOr<client::Client*> Session::Client() {
  if (client_ != nullptr) return client_.get();
  absl::StatusOr<std::string> token = AccessToken();
  if (!token.ok()) return token.status();

  client::ClientOptions options;
  options.endpoint = options_.server;
  if (options_.plaintext) options.security = client::Security::kPlaintext;
  if (options_.tls || !options_.ca_file.empty() || !options_.certificate_file.empty()) {
    options.security = client::Security::kTls;
  }
  options.ca_file = options_.ca_file;
  options.certificate_file = options_.certificate_file;
  options.private_key_file = options_.private_key_file;
  options.access_token = *std::move(token);
  options.default_timeout = options_.timeout;
  options.user_agent = absl::StrCat("gitsyncctl/", client::Version());
  auto client = client::Client::Create(options);
  if (!client.ok()) return UsageError(client.status().message());
  client_ = *std::move(client);
  return client_.get();
}

}  // namespace gitsync::cli
