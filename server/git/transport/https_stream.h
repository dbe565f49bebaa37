#ifndef GITSYNC_SERVER_GIT_TRANSPORT_HTTPS_STREAM_H_
#define GITSYNC_SERVER_GIT_TRANSPORT_HTTPS_STREAM_H_

#include <memory>
#include <string>

#include "server/git/transport/https_habits.h"
#include "server/git/transport/https_logins.h"
#include "server/git/transport/https_tries.h"
#include "server/git/transport/transport.h"
#include "server/http_client/http_client.h"

namespace gitsync {

// A conversation in git's smart HTTP protocol: the advertisement is the answer to a
// GET, what is written is the body of a POST, and the rest is the answer to that.
//
// A redirect of the GET to another repository of the same host is followed, as git
// does it: there the POST goes, too.
class HttpsStream : public GitStream {
 public:
  // What streams work with; it outlives them.
  struct With {
    HttpClient* client;
    HttpsLogins* logins;
    HttpsHabits* habits;
    HttpsTries* tries;
  };

  // Asks for the advertisement, and returns while the remote works on it: what it
  // refuses, the first Read says.
  static absl::StatusOr<std::unique_ptr<HttpsStream>> Open(const With& with,
                                                           const Remote& remote,
                                                           GitService service,
                                                           const Context& context);

  // As GitTransport::OpenUnasked: no GET.
  static absl::StatusOr<std::unique_ptr<HttpsStream>> OpenUnasked(
      const With& with, const Remote& remote, const Context& context);

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
  bool Refused() const override { return refused_; }
  std::string MovedTo() const override { return base_url_ == url_ ? "" : base_url_; }

 private:
  enum class Phase {
    kAsked,          // for the advertisement
    kAdvertisement,  // which is being read
    kHolding,        // what is written, until it is known to be all, or too much
    kStreaming,      // what is written
    kAnswer,         // which is being read
    kFinished,
  };

  HttpsStream(const With& with, const Remote& remote, GitService service,
              const Context& context);

  absl::Status Ask(HttpRequest request, HttpSession::Body body);
  // Waits for the answer's head, and checks that git gives it: `kind` of it. Takes note
  // of a login that worked.
  absl::Status WaitForGit(absl::string_view kind);
  // Waits for the advertisement's head, wherever on the host it is.
  absl::Status WaitForAdvertisement();
  // Where a redirect of the advertisement leads, for all requests; empty if it is not
  // to be followed.
  std::string RedirectedBase() const;
  // The error that the answer is. Takes note of how the login went.
  absl::Status Refusal();
  // What the answer says to a person: `text`, which was read of it, and what follows.
  std::string WordsOfAnswer(absl::string_view media_type, std::string text);
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

  absl::string_view service_name() const {
    return service_ == GitService::kUploadPack ? "git-upload-pack" : "git-receive-pack";
  }
  // Of the request for the advertisement.
  std::string RefsUrl() const;
  // "application/x-git-upload-pack-KIND".
  std::string ContentType(absl::string_view kind) const;

  static constexpr absl::string_view kRefsPath = "/info/refs";

  const With with_;
  const Remote remote_;
  const GitService service_;
  const Context context_;
  const std::string url_;  // as configured
  std::string base_url_;   // that requests begin with

  Phase phase_ = Phase::kAsked;
  HttpsLogin login_;
  std::unique_ptr<HttpSession> session_;
  bool posted_ = false;
  bool body_was_sent_ = false;  // in a session that is gone
  bool refused_ = false;
  std::string held_;
  absl::Status failure_;
};

}  // namespace gitsync

#endif  // GITSYNC_SERVER_GIT_TRANSPORT_HTTPS_STREAM_H_
