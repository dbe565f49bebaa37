// JSON that is spliced as text into and out of other JSON.

#include <string>

#include "absl/strings/str_cat.h"
#include "golden/all_methods.gateway.h"
#include "server/gateway/json/codec.h"
#include "tests/fuzz/fuzz_target.h"

namespace {

using gitsync::gateway::JsonScanner;
using gitsync::gateway::ReadBody;
using gitsync::gateway::WriteResponse;
using gitsync::testing::v1::Nested;

bool IsJson(absl::string_view text) {
  JsonScanner scanner(text);
  return scanner.SkipValue() && scanner.ExpectEnd();
}

bool IsSpace(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

absl::string_view Trimmed(absl::string_view text) {
  while (!text.empty() && IsSpace(text.front())) text.remove_prefix(1);
  while (!text.empty() && IsSpace(text.back())) text.remove_suffix(1);
  return text;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const absl::string_view input(reinterpret_cast<const char*>(data), size);
  const bool valid = IsJson(input);

  // In: exactly the text arrives.
  Nested message;
  const bool read =
      ReadBody<Nested>(absl::StrCat("{\"definition\":", input, "}"), &message).ok();
  if (valid) {
    FUZZ_CHECK(read);
    const absl::string_view text = Trimmed(input);
    FUZZ_CHECK(message.definition() == (text == "null" ? "" : text));
  }

  // Out: whatever a store may hold, no text becomes more than the one value.
  Nested stored;
  stored.set_definition(std::string(input));
  stored.add_definitions(std::string(input));
  stored.set_plain("plain");
  std::string json;
  const bool written = WriteResponse<Nested, true>(stored, &json).ok();
  FUZZ_CHECK(written == (valid || input.empty()));
  if (!written) return 0;
  FUZZ_CHECK(IsJson(json));
  FUZZ_CHECK(json.find_first_of("\r\n") == std::string::npos);
  Nested back;
  FUZZ_CHECK(input.empty() || ReadBody<Nested>(json, &back).ok());
  FUZZ_CHECK(input.empty() || back.plain() == "plain");
  return 0;
}
