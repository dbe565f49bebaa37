// The path templates of google.api.http.

#include "server/gateway/transcoding/path_template.h"
#include "tests/fuzz/fuzz_target.h"

using gitsync::gateway::PathTemplate;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const absl::string_view input(reinterpret_cast<const char*>(data), size);
  const auto parsed = PathTemplate::Parse(input);
  if (!parsed.ok()) {
    FUZZ_CHECK(!parsed.status().message().empty());
    return 0;
  }
  FUZZ_CHECK(parsed->text() == input);
  size_t last_end = 0;
  for (const PathTemplate::Variable& variable : parsed->variables()) {
    FUZZ_CHECK(!variable.field_path.empty());
    FUZZ_CHECK(last_end <= variable.begin && variable.begin < variable.end);
    FUZZ_CHECK(variable.end <= parsed->segments().size());
    last_end = variable.end;
  }
  for (size_t i = 0; i < parsed->segments().size(); ++i) {
    const PathTemplate::Segment& segment = parsed->segments()[i];
    FUZZ_CHECK(segment.literal.empty() ==
               (segment.kind != PathTemplate::Kind::kLiteral));
    FUZZ_CHECK(segment.kind != PathTemplate::Kind::kAnyCount ||
               i + 1 == parsed->segments().size());
  }
  return 0;
}
