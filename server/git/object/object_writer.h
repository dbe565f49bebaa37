// Objects of our own making: their ids, and writing them to a mirror's scratch.
//
// libgit2 hashes with a search for forged collisions, several times slower, and looks
// for each object in all packs before it writes it.

#ifndef GITSYNC_SERVER_GIT_OBJECT_OBJECT_WRITER_H_
#define GITSYNC_SERVER_GIT_OBJECT_OBJECT_WRITER_H_

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "server/git/object/libgit2.h"

namespace gitsync {

// The id of an object. INTERNAL if there is no SHA-1 here.
absl::StatusOr<git_oid> ObjectId(git_object_t type, absl::string_view content);

// Writes the object whose id this is to where `odb` writes first. A mirror fault on
// failure.
absl::Status WriteObject(git_odb* odb, const git_oid& id, git_object_t type,
                         absl::string_view content);

}  // namespace gitsync

#endif  // GITSYNC_SERVER_GIT_OBJECT_OBJECT_WRITER_H_
