// A real SSH server with a repository, for tests of the SSH transport.

#ifndef GITSYNC_TESTS_UNIT_GIT_TRANSPORT_SSH_FIXTURE_H_
#define GITSYNC_TESTS_UNIT_GIT_TRANSPORT_SSH_FIXTURE_H_

#include <string>
#include <variant>

#include "absl/status/statusor.h"
#include "server/git/transport/transport.h"
#include "server/git/transport/transport_options.h"
#include "server/security/ssh_key.h"
#include "tests/support/test_remote.h"
#include "tests/support/test_sshd.h"
#include "tests/unit/git/transport/conversation.h"

namespace gitsync {

// A client key; the slow types are made once.
inline const SshKeyPair& Ed25519() {
  static const auto* key =
      new SshKeyPair(*GenerateSshKey(SshKeyType::kEd25519, "test"));
  return *key;
}

inline TransportOptions LocalOptions() {
  TransportOptions options;
  options.allow_private = true;
  options.stall_limit = absl::Seconds(10);
  return options;
}

// sshd with one repository of one commit and one accepted key.
struct SshHost {
  explicit SshHost(const std::string& host_key_type = "ed25519",
                   const std::string& extra_config = "")
      : sshd(host_key_type, extra_config) {
    sshd.Authorize(Ed25519().public_key);
    commit = repository.CommitFromElsewhere("a.txt", "1", "first");
  }

  Remote At(const std::string& path) const {
    SshCredentials credentials;
    credentials.key_id = "1";
    credentials.private_key = Ed25519().private_key;
    Remote remote;
    remote.url = *ParseGitUrl(sshd.Url(path), /*allow_file=*/false);
    remote.credentials = credentials;
    return remote;
  }
  Remote At() const { return At(repository.path()); }

  TestSshd sshd;
  TestRemote repository;
  std::string commit;
};

inline SshCredentials& Credentials(Remote& remote) {
  return std::get<SshCredentials>(remote.credentials);
}

// Opens upload-pack, reads the refs, and ends well.
inline absl::StatusOr<std::string> ListRefs(GitTransport& transport,
                                            const Remote& remote,
                                            const Context& context = Context()) {
  auto stream = transport.Open(remote, GitService::kUploadPack, context);
  if (!stream.ok()) return stream.status();
  auto text = ReadAdvertisement(**stream);
  if (!text.ok()) return text.status();
  if (!text->empty()) {
    if (const auto status = (*stream)->Write("0000"); !status.ok()) return status;
  }
  if (const auto status = (*stream)->Finish(); !status.ok()) return status;
  return text;
}

}  // namespace gitsync

#endif  // GITSYNC_TESTS_UNIT_GIT_TRANSPORT_SSH_FIXTURE_H_
