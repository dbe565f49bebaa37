#include "tests/support/number_text.h"

#include <cctype>

namespace gitsync {

std::string WithNumbersAsText(const std::string& json) {
  std::string marked;
  bool in_string = false;
  for (size_t i = 0; i < json.size(); ++i) {
    const char c = json[i];
    if (!in_string && (c == '-' || std::isdigit(static_cast<unsigned char>(c)))) {
      const size_t end = json.find_first_not_of("0123456789+-.eE", i);
      marked += "\"number " + json.substr(i, end - i) + "\"";
      if (end == std::string::npos) break;
      i = end - 1;
      continue;
    }
    marked.push_back(c);
    if (in_string && c == '\\' && i + 1 < json.size()) marked.push_back(json[++i]);
    if (c == '"') in_string = !in_string;
  }
  return marked;
}

}  // namespace gitsync
