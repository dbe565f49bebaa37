#ifndef GITSYNC_SERVER_GIT_TRANSPORT_HTTPS_STREAM_H_
#define GITSYNC_SERVER_GIT_TRANSPORT_HTTPS_STREAM_H_

#include <memory>
#include <string>

#include "server/git/transport/https_logins.h"
#include "server/git/transport/transport.h"
#include "server/http_client/http_client.h"

namespace gitsync {

// A conversation in git's smart HTTP protocol: the advertisement is the answer to a
// GET, what is written is the body of a POST, and the rest is the answer to that.
class HttpsStream : public GitStream {
 public:
  // Asks for the advertisement, and returns while the remote works on it: what it
  // refuses, the first Read says. The objects outlive the stream.
  static absl::StatusOr<std::unique_ptr<HttpsStream>> Open(HttpClient* client,
                                                           HttpsLogins* logins,
                                                           const Remote& remote,
                                                           GitService service,
                                                           const Context& context);

  // As GitTransport::OpenUnasked: no GET.
  static absl::StatusOr<std::unique_ptr<HttpsStream>> OpenUnasked(
      HttpClient* client, HttpsLogins* logins, const Remote& remote,
      const Context& context);

  absl::StatusOr<size_t> Read(char* buffer, size_t size) override;
  absl::Status Write(absl::string_view bytes) override;
  absl::Status Finish() override;
  // Over HTTP, all that the remote says is in its answer.
  std::string RemoteMessages() const override { return ""; }
  std::string HostKey() const override { return ""; }
  bool Advertises() const override {
    return phase_ == Phase::kAsked || phase_ == Phase::kAdvertisement;
  }
  std::string WithoutSecret(absl::string_view words) const override;
  bool TookNothing() const override;

 private:
  enum class Phase {
    kAsked,          // for the advertisement
    kAdvertisement,  // which is being read
    kHolding,        // what is written, until it is known to be all, or too much
    kStreaming,      // what is written
    kAnswer,         // which is being read
    kFinished,
  };

  HttpsStream(HttpClient* client, HttpsLogins* logins, const Remote& remote,
              GitService service, const Context& context);

  absl::Status Ask(HttpRequest request, HttpSession::Body body);
  // Waits for the answer's head, and checks that git gives it: `kind` of it.
  absl::Status WaitForGit(absl::string_view kind);
  absl::Status Refusal();
  absl::Status ReadServiceLine();
  absl::Status ReadRest(size_t most);
  // Turns from the advertisement to the request, the connection's next.
  absl::Status BeginPost(HttpSession::Body body);
  // Ends what is written.
  absl::Status EndWriting();
  // Each with what may fail in it; the first failure stays.
  absl::StatusOr<size_t> TryRead(char* buffer, size_t size);
  absl::Status TryWrite(absl::string_view bytes);
  absl::Status TryFinish();
  absl::Status Fail(const absl::Status& status);

  HttpClient* const client_;
  HttpsLogins* const logins_;
  const Remote remote_;
  const GitService service_;
  const Context context_;
  const std::string base_url_;

  Phase phase_ = Phase::kAsked;
  HttpsLogin login_;
  std::unique_ptr<HttpSession> session_;
  bool posted_ = false;
  bool refused_ = false;
  std::string held_;
  absl::Status failure_;
};

}  // namespace gitsync

#endif  // GITSYNC_SERVER_GIT_TRANSPORT_HTTPS_STREAM_H_
