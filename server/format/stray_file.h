// Recognizes files that systems, editors and git itself leave in folders.

#ifndef GITSYNC_SERVER_FORMAT_STRAY_FILE_H_
#define GITSYNC_SERVER_FORMAT_STRAY_FILE_H_

#include "absl/strings/string_view.h"

namespace gitsync {

// Whether a file in an app's definition folder does not belong to the app, judged by
// its path: a hidden file or one in a hidden folder (.DS_Store, .gitkeep,
// .gitattributes), a file that Windows or a Mac creates (Thumbs.db), or an editor's or
// merge tool's copy (home.json~, home.json.orig). Reading the folder skips such files,
// and writing it leaves them unchanged. Never true for a file that the format creates.
bool IsStrayFile(absl::string_view path);

}  // namespace gitsync

#endif  // GITSYNC_SERVER_FORMAT_STRAY_FILE_H_
