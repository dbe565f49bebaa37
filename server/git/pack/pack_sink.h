#ifndef GITSYNC_SERVER_GIT_PACK_PACK_SINK_H_
#define GITSYNC_SERVER_GIT_PACK_PACK_SINK_H_

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace gitsync {

// Takes pack bytes; an error stops the pack.
using PackSink = absl::FunctionRef<absl::Status(absl::string_view)>;
// Writes a whole pack to a sink.
using PackWriter = absl::FunctionRef<absl::Status(PackSink)>;

}  // namespace gitsync

#endif  // GITSYNC_SERVER_GIT_PACK_PACK_SINK_H_
