#ifndef GITSYNC_CLIENT_CLI_SESSION_H_
#define GITSYNC_CLIENT_CLI_SESSION_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "client/cli/environment.h"
#include "client/cli/output.h"
#include "client/lib/client.h"

namespace gitsync::cli {

// The options that every command takes.
struct GlobalOptions {
  std::string server;
  std::string token;
  std::string token_file;
  bool tls = false;
  bool plaintext = false;
  std::string ca_file;
  std::string certificate_file;
  std::string private_key_file;
  absl::Duration timeout = absl::Minutes(5);
  Format format = Format::kTable;
  bool quiet = false;
};

// What a command works with: the server, the output, and name resolution.
class Session {
 public:
  // The arguments must outlive this.
  Session(Environment& environment, const GlobalOptions& options, Output& output);

  Output& output() { return output_; }
  const GlobalOptions& options() const { return options_; }
  std::stop_token stop() const { return environment_.stop; }

  // The client, created on first use. After that, several threads may use Call.
  absl::StatusOr<client::Client*> Client();

  // client::Client::Call within --timeout, cancelled by Ctrl-C.
  template <typename Stub, typename Request, typename Response>
  absl::StatusOr<Response> Call(grpc::Status (Stub::*method)(grpc::ClientContext*,
                                                             const Request&, Response*),
                                const Request& request) {
    const absl::StatusOr<client::Client*> client = Client();
    if (!client.ok()) return client.status();
    return (*client)->Call(method, request, Limits());
  }

  // client::Client::ListAll, likewise.
  template <typename Stub, typename Request, typename Response>
  absl::StatusOr<Response> ListAll(grpc::Status (Stub::*method)(grpc::ClientContext*,
                                                                const Request&,
                                                                Response*),
                                   const Request& request, int64_t limit = 0) {
    const absl::StatusOr<client::Client*> client = Client();
    if (!client.ok()) return client.status();
    return (*client)->ListAll(method, request, limit, Limits());
  }

  // Return the ids of objects that may be given by id or by name. Errors: NOT_FOUND, a
  // usage error if the text names more than one object, and the errors of the List
  // calls.
  //
  // If the text is empty, OrganizationId returns the only organization that the token
  // sees; more than one is a usage error.
  absl::StatusOr<std::string> OrganizationId(const std::string& id_or_name);
  absl::StatusOr<std::string> AppId(const std::string& id_or_name,
                                    const std::string& organization);
  absl::StatusOr<std::string> VersionId(const std::string& app_id,
                                        const std::string& id_or_name);

  // Asks on a terminal whether to continue with an action that can't be undone.
  // `consequence`, one or more sentences, says what the action does. OK if `yes` is set
  // or the user confirms; otherwise an error, which is a usage error if there is no
  // terminal to ask on.
  absl::Status Confirm(absl::string_view consequence, bool yes);
  // Whether Confirm can ask.
  bool CanAsk() const;

  // Reads a file, or standard input for "-". A usage error if it can't be read, is
  // larger than 64 MiB, or is not UTF-8.
  absl::StatusOr<std::string> ReadText(const std::string& path);

 private:
  client::CallOptions Limits() const;
  absl::StatusOr<std::string> AccessToken();

  Environment& environment_;
  const GlobalOptions& options_;
  Output& output_;
  std::unique_ptr<client::Client> client_;
};

// The action that a command line requests. Parsing finds it, and it runs afterwards.
using Action = std::function<absl::Status(Session&)>;

}  // namespace gitsync::cli

#endif  // GITSYNC_CLIENT_CLI_SESSION_H_
