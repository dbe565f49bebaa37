#include "server/security/openssl_util.h"

#include <openssl/err.h>

#include <array>

#include "absl/strings/str_cat.h"
#include "server/base/error.h"

namespace gitsync {

absl::Status OpensslError(absl::string_view call) {
  std::array<char, 256> text{};
  ERR_error_string_n(ERR_get_error(), text.data(), text.size());
  ERR_clear_error();
  return InternalError(absl::StrCat(call, ": ", text.data()));
}

}  // namespace gitsync
