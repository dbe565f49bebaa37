#ifndef GITSYNC_SERVER_SYNC_STORED_LOGIN_RECORD_H_
#define GITSYNC_SERVER_SYNC_STORED_LOGIN_RECORD_H_

#include "server/git/transport/login_gate.h"
#include "storage/store.h"

namespace gitsync {

// Records in the git configurations which SSH keys are known to work. Thread-safe.
class StoredLoginRecord : public LoginRecord {
 public:
  // `store` must outlive this object.
  explicit StoredLoginRecord(Store* store) : store_(store) {}

  void Worked(const Remote& remote) override { Keep(remote, true); }
  void Refused(const Remote& remote) override { Keep(remote, false); }

 private:
  void Keep(const Remote& remote, bool worked);

  Store* const store_;
};

}  // namespace gitsync

#endif  // GITSYNC_SERVER_SYNC_STORED_LOGIN_RECORD_H_
