// What GitSync stores, as transactions over one store for each kind of row.
//
// A use case reads and writes through a Transaction. Everything that one Write call
// does becomes durable together or not at all. Reads see one consistent state. Times
// are stored to the microsecond. Only ASCII letters are compared without regard to
// letter case; other letters are compared exactly.
//
// Errors of every store:
//   NOT_FOUND           no such row. Bare, without a reason, because the caller knows
//                       how to word the message.
//   ALREADY_EXISTS      an id or a unique name is taken. Bare likewise.
//   ABORTED             a row's etag differs from the one that was passed. Bare
//   likewise. RESOURCE_EXHAUSTED  STORAGE_FULL: the disk is full. Nothing was changed.
//   INTERNAL            the database failed; the detail is for the log.

#ifndef GITSYNC_STORAGE_STORE_H_
#define GITSYNC_STORAGE_STORE_H_

#include <cstdint>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "storage/access_token_store.h"
#include "storage/app_store.h"
#include "storage/git_config_store.h"
#include "storage/operation_store.h"
#include "storage/organization_store.h"
#include "storage/release_store.h"
#include "storage/request_store.h"
#include "storage/version_store.h"

namespace gitsync {

// The stores within one transaction. Valid only inside the function that it was passed
// to, on that thread. A const Transaction only reads.
class Transaction {
 public:
  virtual ~Transaction() = default;

  virtual OrganizationStore& organizations() = 0;
  virtual AppStore& apps() = 0;
  virtual VersionStore& versions() = 0;
  virtual ReleaseStore& releases() = 0;
  virtual GitConfigStore& git_configs() = 0;
  virtual AccessTokenStore& access_tokens() = 0;
  virtual OperationStore& operations() = 0;
  virtual RequestStore& requests() = 0;

  virtual const OrganizationStore& organizations() const = 0;
  virtual const AppStore& apps() const = 0;
  virtual const VersionStore& versions() const = 0;
  virtual const ReleaseStore& releases() const = 0;
  virtual const GitConfigStore& git_configs() const = 0;
  virtual const AccessTokenStore& access_tokens() const = 0;
  virtual const OperationStore& operations() const = 0;
  virtual const RequestStore& requests() const = 0;
};

// The database. Thread-safe.
class Store {
 public:
  virtual ~Store() = default;

  // Runs `body` on a consistent state. Blocks only on the local disk. Any number of
  // reads run concurrently, also alongside a write.
  virtual absl::Status Read(
      absl::FunctionRef<absl::Status(const Transaction&)> body) const = 0;

  // Runs `body`, then makes its changes durable before this returns OK. If `body`
  // returns an error, nothing is changed and that error is returned. One write runs at
  // a time. `body` must not wait for anything but the disk, and must not call Read or
  // Write.
  virtual absl::Status Write(absl::FunctionRef<absl::Status(Transaction&)> body) = 0;

  // The same, but not durable by itself: the changes survive the end of this program at
  // once, but a failure of the machine only from the next Write on. This is for changes
  // that nobody is told about before that Write. Does not wait for the disk.
  virtual absl::Status WriteAhead(
      absl::FunctionRef<absl::Status(Transaction&)> body) = 0;

  // Grows with each Write and WriteAhead before the call returns. If it still has the
  // value it had before a Read, the Read did not miss any acknowledged change. Does not
  // block.
  virtual int64_t ChangeCount() const = 0;

  // Whether the database can be read and written now. For the readiness probe.
  virtual absl::Status CheckHealth() const = 0;
};

}  // namespace gitsync

#endif  // GITSYNC_STORAGE_STORE_H_
