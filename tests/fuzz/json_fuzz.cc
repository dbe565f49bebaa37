// JSON into a message with a field of every type, and back.

#include <string>

#include "golden/all_methods.gateway.h"
#include "server/gateway/json/codec.h"
#include "tests/fuzz/fuzz_target.h"

using gitsync::gateway::ReadBody;
using gitsync::gateway::WriteResponse;
using gitsync::testing::v1::EveryType;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const absl::string_view input(reinterpret_cast<const char*>(data), size);
  EveryType message;
  if (!ReadBody<EveryType>(input, &message).ok()) return 0;

  // What was read can be written, is read as the same, and is written the same again.
  std::string text;
  FUZZ_CHECK((WriteResponse<EveryType, false>(message, &text).ok()));
  EveryType again;
  FUZZ_CHECK(ReadBody<EveryType>(text, &again).ok());
  std::string text_again;
  FUZZ_CHECK((WriteResponse<EveryType, false>(again, &text_again).ok()));
  FUZZ_CHECK(text == text_again);

  std::string line;
  FUZZ_CHECK((WriteResponse<EveryType, true>(message, &line).ok()));
  FUZZ_CHECK(line.find_first_of("\r\n") == std::string::npos);
  return 0;
}
