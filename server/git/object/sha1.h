#ifndef GITSYNC_SERVER_GIT_OBJECT_SHA1_H_
#define GITSYNC_SERVER_GIT_OBJECT_SHA1_H_

#include <memory>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "server/git/object/libgit2.h"

struct evp_md_ctx_st;

namespace gitsync {

// The 20 bytes of an id, which must outlive the result.
absl::string_view BytesOf(const git_oid& id);

// SHA-1 of bytes that come in pieces. For checksums, and for ids of what we made: it is
// several times quicker than libgit2's, which looks for forged collisions.
class Sha1 {
 public:
  Sha1();
  void Update(absl::string_view bytes);
  // Once, at the end. INTERNAL if there is no SHA-1 here.
  absl::StatusOr<git_oid> End();

 private:
  struct Free {
    void operator()(evp_md_ctx_st* context) const;
  };
  std::unique_ptr<evp_md_ctx_st, Free> context_;
  bool failed_ = false;
};

}  // namespace gitsync

#endif  // GITSYNC_SERVER_GIT_OBJECT_SHA1_H_
