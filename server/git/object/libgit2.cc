#include "server/git/object/libgit2.h"

#include <cerrno>
#include <cstring>

#include "absl/strings/cord.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "server/base/error.h"
#include "server/base/open_files.h"
#include "server/base/reason.h"

namespace gitsync {
namespace {

constexpr absl::string_view kMirrorFaultPayload = "gitsync/mirror-fault";

absl::Status StorageFull() {
  return Error(absl::StatusCode::kResourceExhausted, reason::kStorageFull,
               "The server's disk is full; its operator has to make room before "
               "repositories can be synced again.");
}

}  // namespace

Libgit2Library::Libgit2Library() {
  if (git_libgit2_init() != 1) return;
  // Trees above 4 KiB are not cached by default; the tree of a thousand folders is
  // larger, and is read again for each of them.
  git_libgit2_opts(GIT_OPT_SET_CACHE_OBJECT_LIMIT, static_cast<int>(GIT_OBJECT_TREE),
                   static_cast<size_t>(4) << 20);
  // Of all open mirrors together. What is beyond it costs reading it again.
  git_libgit2_opts(GIT_OPT_SET_CACHE_MAX_SIZE, static_cast<ssize_t>(64) << 20);
  // Objects are hashed when they come; what the disk does to them afterwards, zlib's
  // checksums tell. Hashing them at each reading costs most of a push to many apps.
  git_libgit2_opts(GIT_OPT_ENABLE_STRICT_HASH_VERIFICATION, 0);
  // The settings of whoever runs the server say nothing about mirrors.
  for (int level : {GIT_CONFIG_LEVEL_PROGRAMDATA, GIT_CONFIG_LEVEL_SYSTEM,
                    GIT_CONFIG_LEVEL_XDG, GIT_CONFIG_LEVEL_GLOBAL}) {
    git_libgit2_opts(GIT_OPT_SET_SEARCH_PATH, level, "");
  }
  // A mounted volume may belong to another user than the process.
  git_libgit2_opts(GIT_OPT_SET_OWNER_VALIDATION, 0);
}

Libgit2Library::~Libgit2Library() { git_libgit2_shutdown(); }

absl::Status GitFailure(absl::string_view doing) {
  const git_error* error = git_error_last();
  const std::string text =
      error != nullptr && error->message != nullptr ? error->message : "no message";
  git_error_clear();
  if (absl::StrContains(text, std::strerror(ENOSPC)) ||
      absl::StrContains(text, std::strerror(EDQUOT))) {
    return StorageFull();
  }
  if (absl::StrContains(text, std::strerror(EMFILE)) ||
      absl::StrContains(text, std::strerror(ENFILE))) {
    return OutOfFiles();
  }
  return MirrorFault(absl::StrCat(doing, ": ", text));
}

absl::Status FileFailure(absl::string_view doing, int error) {
  if (error == ENOSPC || error == EDQUOT) return StorageFull();
  if (IsOutOfFiles(error)) return OutOfFiles();
  return MirrorFault(absl::StrCat(doing, ": ", std::strerror(error)));
}

absl::Status MirrorFault(absl::string_view what) {
  absl::Status status = gitsync::InternalError(what);
  status.SetPayload(kMirrorFaultPayload, absl::Cord("1"));
  return status;
}

bool IsMirrorFault(const absl::Status& status) {
  return status.GetPayload(kMirrorFaultPayload).has_value();
}

std::optional<git_oid> ParseOid(absl::string_view hex) {
  git_oid oid;
  if (hex.size() != GIT_OID_HEXSZ) return std::nullopt;
  if (git_oid_fromstrn(&oid, hex.data(), hex.size()) != 0) {
    git_error_clear();
    return std::nullopt;
  }
  return oid;
}

absl::StatusOr<OdbObjectPtr> ReadObject(git_odb* odb, const git_oid& id) {
  git_odb_object* object = nullptr;
  if (git_odb_read(&object, odb, &id) != 0) return GitFailure("read an object");
  return OdbObjectPtr(object);
}

absl::string_view ContentOf(git_odb_object* object) {
  return {static_cast<const char*>(git_odb_object_data(object)),
          git_odb_object_size(object)};
}

std::string OidHex(const git_oid& oid) {
  char hex[GIT_OID_HEXSZ + 1];
  return git_oid_tostr(hex, sizeof(hex), &oid);
}

}  // namespace gitsync
