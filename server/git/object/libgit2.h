// libgit2's objects with owners, and its errors as statuses.

#ifndef GITSYNC_SERVER_GIT_OBJECT_LIBGIT2_H_
#define GITSYNC_SERVER_GIT_OBJECT_LIBGIT2_H_

#include <git2.h>
#if __has_include(<git2/sys/errors.h>)
#include <git2/sys/errors.h>  // git_error_clear is there since 1.9
#endif

#include <memory>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace gitsync {

// Starts libgit2 with the options that GitSync needs, and stops it. Counted: keep one
// for as long as anything of libgit2 is in use. The first one is made before other
// threads use libgit2.
class Libgit2Library {
 public:
  Libgit2Library();
  ~Libgit2Library();
  Libgit2Library(const Libgit2Library&) = delete;
  Libgit2Library& operator=(const Libgit2Library&) = delete;
};

template <auto kFree>
struct GitFree {
  template <typename T>
  void operator()(T* pointer) const {
    kFree(pointer);
  }
};
template <typename T, auto kFree>
using GitPtr = std::unique_ptr<T, GitFree<kFree>>;

using RepositoryPtr = GitPtr<git_repository, git_repository_free>;
using OdbPtr = GitPtr<git_odb, git_odb_free>;
using OdbObjectPtr = GitPtr<git_odb_object, git_odb_object_free>;
using TreePtr = GitPtr<git_tree, git_tree_free>;
using BlobPtr = GitPtr<git_blob, git_blob_free>;
using ReferencePtr = GitPtr<git_reference, git_reference_free>;
using SignaturePtr = GitPtr<git_signature, git_signature_free>;

struct OidLess {
  bool operator()(const git_oid& a, const git_oid& b) const {
    return git_oid_cmp(&a, &b) < 0;
  }
};

// The error that libgit2 has just reported on this thread: RESOURCE_EXHAUSTED
// (STORAGE_FULL) if the disk is full, else a fault of ours in a mirror, for which
// IsMirrorFault is true. `doing` is for the log.
absl::Status GitFailure(absl::string_view doing);

// The same for what the system refused with `error` (errno).
absl::Status FileFailure(absl::string_view doing, int error);

// A mirror fault that libgit2 has not seen.
absl::Status MirrorFault(absl::string_view what);

// Whether `status` is a fault in a mirror, which a new mirror would cure.
bool IsMirrorFault(const absl::Status& status);

// The object id that `hex`, 40 hexadecimal digits, names; nothing if it is none.
std::optional<git_oid> ParseOid(absl::string_view hex);

// The object `id`; a mirror fault if it can't be read.
absl::StatusOr<OdbObjectPtr> ReadObject(git_odb* odb, const git_oid& id);

// The content of an object, which must outlive the result.
absl::string_view ContentOf(git_odb_object* object);

// 40 hexadecimal digits.
std::string OidHex(const git_oid& oid);

}  // namespace gitsync

#endif  // GITSYNC_SERVER_GIT_OBJECT_LIBGIT2_H_
