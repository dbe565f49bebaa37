// The least that a push costs: a pack that is ready goes to receive-pack over a session
// that is there, and its report is read. What remains is the remote's own work.

#ifndef GITSYNC_TESTS_BENCH_READY_PACK_H_
#define GITSYNC_TESTS_BENCH_READY_PACK_H_

#include <memory>
#include <string>

#include "server/git/protocol/conversation.h"
#include "server/git/transport/ssh_transport.h"
#include "tests/support/test_sshd.h"

namespace gitsync {

class ReadyPack {
 public:
  // `sshd` lets in the key that this object makes.
  ReadyPack(TestSshd* sshd, const std::string& url);

  // Ends the conversation of the last push.
  void Finish();
  // Sends a pack that moves master from `old_id` to `new_id`; false if the remote did
  // not report that it did.
  bool Push(const std::string& old_id, const std::string& new_id,
            const std::string& pack);

 private:
  SshTransport transport_;
  Remote remote_;
  std::unique_ptr<Conversation> conversation_;
};

}  // namespace gitsync

#endif  // GITSYNC_TESTS_BENCH_READY_PACK_H_
