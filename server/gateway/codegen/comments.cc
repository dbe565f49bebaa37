#include "server/gateway/codegen/comments.h"

#include <algorithm>

namespace gitsync::gateway::codegen {

std::string SummaryOf(absl::string_view comment) {
  const absl::string_view paragraph = comment.substr(0, comment.find("\n\n"));
  std::string line(paragraph);
  std::replace(line.begin(), line.end(), '\n', ' ');
  const size_t end = std::min(line.find(". "), line.size());
  line.resize(end);
  if (!line.empty() && line.back() == '.') line.pop_back();
  return line;
}

}  // namespace gitsync::gateway::codegen
