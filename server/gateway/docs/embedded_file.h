#ifndef GITSYNC_SERVER_GATEWAY_DOCS_EMBEDDED_FILE_H_
#define GITSYNC_SERVER_GATEWAY_DOCS_EMBEDDED_FILE_H_

#include <vector>

#include "absl/strings/string_view.h"

namespace gitsync::gateway {

// A file that was embedded into the program by the linker.
struct EmbeddedFile {
  absl::string_view name;  // "page.css"
  absl::string_view text;
  absl::string_view gzip;  // the same, compressed
};

// The files that docs.cmake lists. Generated.
std::vector<EmbeddedFile> EmbeddedFiles();

}  // namespace gitsync::gateway

#endif  // GITSYNC_SERVER_GATEWAY_DOCS_EMBEDDED_FILE_H_
