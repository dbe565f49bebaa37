// The comments of protos as text for readers of the documentation.

#ifndef GITSYNC_SERVER_GATEWAY_CODEGEN_COMMENTS_H_
#define GITSYNC_SERVER_GATEWAY_CODEGEN_COMMENTS_H_

#include <google/protobuf/descriptor.h>

#include <string>

#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"

namespace gitsync::gateway::codegen {

// The comment before a declaration, without the leading space of each line; empty if
// there is none.
template <typename Descriptor>
std::string CommentOf(const Descriptor* descriptor) {
  google::protobuf::SourceLocation location;
  if (!descriptor->GetSourceLocation(&location)) return "";
  std::string text;
  for (absl::string_view line : absl::StrSplit(location.leading_comments, '\n')) {
    absl::ConsumePrefix(&line, " ");
    text.append(line.data(), line.size()).push_back('\n');
  }
  while (!text.empty() && text.back() == '\n') text.pop_back();
  return text;
}

// The first sentence of a comment, on one line and without its period.
std::string SummaryOf(absl::string_view comment);

}  // namespace gitsync::gateway::codegen

#endif  // GITSYNC_SERVER_GATEWAY_CODEGEN_COMMENTS_H_
