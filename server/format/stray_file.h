// Files that systems, editors and git itself leave in folders.

#ifndef GITSYNC_SERVER_FORMAT_STRAY_FILE_H_
#define GITSYNC_SERVER_FORMAT_STRAY_FILE_H_

#include "absl/strings/string_view.h"

namespace gitsync {

// Whether a file of an app's definition folder, by its path, is none of the app's: a
// hidden file or one in a hidden folder (.DS_Store, .gitkeep, .gitattributes), one that
// Windows or a Mac makes (Thumbs.db), or an editor's or a merge tool's copy
// (home.json~, home.json.orig). Such files are passed over by what reads the folder,
// and stay as they are when it is written. True of no file that the format makes.
bool IsStrayFile(absl::string_view path);

}  // namespace gitsync

#endif  // GITSYNC_SERVER_FORMAT_STRAY_FILE_H_
