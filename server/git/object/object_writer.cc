#include "server/git/object/object_writer.h"

#include <git2/sys/odb_backend.h>

#include "absl/strings/str_cat.h"
#include "server/git/object/sha1.h"

namespace gitsync {

absl::StatusOr<git_oid> ObjectId(git_object_t type, absl::string_view content) {
  Sha1 hash;
  hash.Update(absl::StrCat(git_object_type2string(type), " ", content.size(),
                           absl::string_view("\0", 1)));
  hash.Update(content);
  return hash.End();
}

absl::Status WriteObject(git_odb* odb, const git_oid& id, git_object_t type,
                         absl::string_view content) {
  git_odb_backend* first = nullptr;
  git_oid written;
  int result = git_odb_get_backend(&first, odb, 0);
  if (result == 0) {
    result = first->write != nullptr
                 ? first->write(first, &id, content.data(), content.size(), type)
                 : git_odb_write(&written, odb, content.data(), content.size(), type);
  }
  return result == 0 ? absl::OkStatus() : GitFailure("write an object");
}

}  // namespace gitsync
