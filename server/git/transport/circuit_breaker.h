#ifndef GITSYNC_SERVER_GIT_TRANSPORT_CIRCUIT_BREAKER_H_
#define GITSYNC_SERVER_GIT_TRANSPORT_CIRCUIT_BREAKER_H_

#include <memory>

#include "absl/functional/function_ref.h"
#include "server/git/transport/circuits.h"
#include "server/git/transport/transport.h"

namespace gitsync {

// Passes on to another transport, and leaves remotes alone that keep failing.
//
// A conversation counts as a failure if the remote could not be reached or used: it was
// unreachable, silent for longer than the stall limit, broke off, did not speak git,
// failed on its side, or refused the login or our trust (again and again, that gets
// callers banned). It does not count if its caller's time was up or he cancelled it;
// nor does a remote's refusal of what was asked, or an error for which the remote was
// not tried (kNextTryTime). Remotes without a circuit are not counted.
class CircuitBreaker : public GitTransport {
 public:
  // Both must outlive this object.
  CircuitBreaker(GitTransport* next, Circuits* circuits)
      : next_(next), circuits_(circuits) {}

  absl::StatusOr<std::unique_ptr<GitStream>> Open(const Remote& remote,
                                                  GitService service,
                                                  const Context& context) override;
  absl::StatusOr<std::unique_ptr<GitStream>> OpenUnasked(
      const Remote& remote, const Context& context) override;
  void GetReady(const Remote& remote, const Context& context) override {
    next_->GetReady(remote, context);
  }
  void Shutdown() override { next_->Shutdown(); }

 private:
  using OpenStream = absl::FunctionRef<absl::StatusOr<std::unique_ptr<GitStream>>()>;
  absl::StatusOr<std::unique_ptr<GitStream>> Watch(const Remote& remote,
                                                   GitService service,
                                                   const Context& context,
                                                   OpenStream open);

  GitTransport* const next_;
  Circuits* const circuits_;
};

}  // namespace gitsync

#endif  // GITSYNC_SERVER_GIT_TRANSPORT_CIRCUIT_BREAKER_H_
