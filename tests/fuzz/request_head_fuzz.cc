// The head of an HTTP request, and after it a chunked body that comes in pieces.

#include <algorithm>
#include <string>

#include "server/gateway/http/http_text.h"
#include "server/gateway/http/request_head.h"
#include "tests/fuzz/fuzz_target.h"

using gitsync::gateway::ParseRequestHead;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  constexpr uint64_t kMaxBodyBytes = 1000;
  const absl::string_view input(reinterpret_cast<const char*>(data), size);
  const size_t end = input.find("\r\n\r\n");
  if (end == absl::string_view::npos) {
    FUZZ_CHECK(!ParseRequestHead(input, kMaxBodyBytes).ok());
    return 0;
  }
  auto head = ParseRequestHead(input.substr(0, end + 4), kMaxBodyBytes);
  if (!head.ok()) return 0;
  FUZZ_CHECK(!head->request.method.empty() && !head->request.target.empty());
  for (const auto& [name, value] : head->request.headers) {
    FUZZ_CHECK(!name.empty());
    FUZZ_CHECK(value.find_first_of(std::string("\r\n\0", 3)) == std::string::npos);
  }
  if (head->chunked == nullptr) return 0;
  FUZZ_CHECK(head->content_length == 0);

  absl::string_view rest = input.substr(end + 4);
  size_t piece = 1;
  while (!head->chunked->done() && !rest.empty()) {
    const absl::string_view bytes = rest.substr(0, std::min(piece, rest.size()));
    const auto used = head->chunked->Put(bytes);
    if (!used.ok()) return 0;
    FUZZ_CHECK(*used <= bytes.size());
    // It leaves what it needs more of, a line for example.
    if (*used == 0 && bytes.size() == rest.size()) return 0;
    rest.remove_prefix(*used);
    piece = piece * 2 + 1;
  }
  if (head->chunked->done()) {
    FUZZ_CHECK(head->chunked->TakeBody().size() <= kMaxBodyBytes);
  }
  return 0;
}
