#include "tests/bench/ready_pack.h"

#include <utility>

#include "server/git/protocol/receive_pack.h"

namespace gitsync {
namespace {

TransportOptions ToLoopback() {
  TransportOptions options;
  options.allow_private = true;
  return options;
}

}  // namespace

ReadyPack::ReadyPack(TestSshd* sshd, const std::string& url)
    : transport_(ToLoopback()) {
  const TestSshKey key = TestSshKey::Generate("ed25519");
  sshd->Authorize(key.public_key);
  remote_.url = *ParseGitUrl(url, /*allow_file=*/false);
  SshCredentials credentials;
  credentials.key_id = "bench";
  credentials.private_key = Secret(key.private_key);
  remote_.credentials = std::move(credentials);
}

void ReadyPack::Finish() {
  if (conversation_ != nullptr) conversation_->stream().Finish().IgnoreError();
  conversation_.reset();
}

bool ReadyPack::Push(const std::string& old_id, const std::string& new_id,
                     const std::string& pack) {
  auto conversation =
      Conversation::Open(&transport_, remote_, GitService::kReceivePack, Context());
  if (!conversation.ok()) return false;
  conversation_ = *std::move(conversation);
  return SendPack(*conversation_, {old_id, new_id, "refs/heads/master"}, "bench",
                  [&pack](PackSink sink) { return sink(pack); })
             .outcome == SendOutcome::kAccepted;
}

}  // namespace gitsync
