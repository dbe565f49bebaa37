#include "server/gateway/codegen/indent_json.h"

#include <cstddef>

#include "server/gateway/json/json_scanner.h"

namespace gitsync::gateway::codegen {

std::string IndentJson(absl::string_view json) {
  std::string out;
  size_t levels = 0;
  const auto new_line = [&] {
    out.push_back('\n');
    out.append(2 * levels, ' ');
  };
  JsonScanner scanner(json);
  while (const char c = scanner.Peek()) {
    const size_t begin = scanner.pos();
    switch (c) {
      case '"':
        scanner.SkipString();
        out.append(json.data() + begin, scanner.pos() - begin);
        continue;
      case '{':
      case '[':
        scanner.Take(c);
        out.push_back(c);
        if (scanner.Peek() == '}' || scanner.Peek() == ']') {
          out.push_back(scanner.Peek());
          scanner.Take(scanner.Peek());
        } else {
          ++levels;
          new_line();
        }
        continue;
      case '}':
      case ']':
        --levels;
        new_line();
        break;
      case ',':
        scanner.Take(c);
        out.push_back(c);
        new_line();
        continue;
      case ':':
        scanner.Take(c);
        out.append(": ");
        continue;
      default:
        break;
    }
    scanner.Take(c);
    out.push_back(c);
  }
  out.push_back('\n');
  return out;
}

}  // namespace gitsync::gateway::codegen
