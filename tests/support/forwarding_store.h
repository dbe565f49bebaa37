#ifndef GITSYNC_TESTS_SUPPORT_FORWARDING_STORE_H_
#define GITSYNC_TESTS_SUPPORT_FORWARDING_STORE_H_

#include "storage/store.h"

namespace gitsync {

// A store that forwards every call to another one, which must outlive it. Subclasses
// can change a single behavior.
class ForwardingStore : public Store {
 public:
  explicit ForwardingStore(Store* next) : next_(next) {}

  absl::Status Read(
      absl::FunctionRef<absl::Status(const Transaction&)> body) const override {
    return next_->Read(body);
  }
  absl::Status Write(absl::FunctionRef<absl::Status(Transaction&)> body) override {
    return next_->Write(body);
  }
  absl::Status WriteAhead(absl::FunctionRef<absl::Status(Transaction&)> body) override {
    return next_->WriteAhead(body);
  }
  int64_t ChangeCount() const override { return next_->ChangeCount(); }
  absl::Status CheckHealth() const override { return next_->CheckHealth(); }

 private:
  Store* const next_;
};

}  // namespace gitsync

#endif  // GITSYNC_TESTS_SUPPORT_FORWARDING_STORE_H_
