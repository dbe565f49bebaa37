#ifndef GITSYNC_SERVER_GIT_OBJECT_TEXT_ENCODING_H_
#define GITSYNC_SERVER_GIT_OBJECT_TEXT_ENCODING_H_

#include <string>

#include "absl/strings/string_view.h"

namespace gitsync {

// `text` as UTF-8. `encoding` is a name of the character set that it is in, as the
// header of a commit gives it; an empty or unknown one means UTF-8. What is not valid
// becomes U+FFFD.
std::string DecodeText(absl::string_view text, absl::string_view encoding);

}  // namespace gitsync

#endif  // GITSYNC_SERVER_GIT_OBJECT_TEXT_ENCODING_H_
