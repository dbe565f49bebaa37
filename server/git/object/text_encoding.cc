#include "server/git/object/text_encoding.h"

#include <iconv.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "server/base/utf8.h"

namespace gitsync {
namespace {

constexpr absl::string_view kInvalidText = "\xef\xbf\xbd";

// The name comes from others: nothing is passed on that iconv takes for more than one,
// such as the "//" before its options.
bool IsEncodingName(absl::string_view name) {
  constexpr size_t kMaxBytes = 40;
  return !name.empty() && name.size() <= kMaxBytes &&
         std::all_of(name.begin(), name.end(), [](char c) {
           return absl::ascii_isalnum(c) || c == '-' || c == '_' || c == '.' ||
                  c == ':';
         });
}

class Converter {
 public:
  explicit Converter(const std::string& encoding)
      : handle_(iconv_open("UTF-8", encoding.c_str())) {}
  ~Converter() {
    if (ok()) iconv_close(handle_);
  }
  Converter(const Converter&) = delete;
  Converter& operator=(const Converter&) = delete;

  bool ok() const { return handle_ != reinterpret_cast<iconv_t>(-1); }

  std::string Convert(absl::string_view text) {
    std::string out;
    // iconv does not change what it reads, whatever its type says.
    char* in = const_cast<char*>(text.data());
    size_t left = text.size();
    while (left > 0) {
      std::array<char, 1024> piece;
      char* to = piece.data();
      size_t room = piece.size();
      const size_t result = iconv(handle_, &in, &left, &to, &room);
      out.append(piece.data(), piece.size() - room);
      if (result != static_cast<size_t>(-1) || errno == E2BIG) continue;
      out.append(kInvalidText.data(), kInvalidText.size());
      if (errno != EILSEQ) break;
      ++in;
      --left;
    }
    return out;
  }

 private:
  const iconv_t handle_;
};

}  // namespace

std::string DecodeText(absl::string_view text, absl::string_view encoding) {
  const bool is_utf8 = absl::EqualsIgnoreCase(encoding, "UTF-8") ||
                       absl::EqualsIgnoreCase(encoding, "UTF8");
  if (is_utf8 || !IsEncodingName(encoding)) return ReplaceInvalidUtf8(text);
  Converter converter{std::string(encoding)};
  if (!converter.ok()) return ReplaceInvalidUtf8(text);
  return ReplaceInvalidUtf8(converter.Convert(text));
}

}  // namespace gitsync
