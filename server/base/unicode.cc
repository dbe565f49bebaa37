#include "server/base/unicode.h"

#include <unicode/normalizer2.h>
#include <unicode/translit.h>
#include <unicode/unistr.h>

#include "absl/base/const_init.h"
#include "absl/strings/ascii.h"
#include "absl/synchronization/mutex.h"
#include "server/base/utf8.h"

namespace gitsync {
namespace {

bool IsAscii(absl::string_view text) {
  for (const char c : text) {
    if (!absl::ascii_isascii(static_cast<unsigned char>(c))) return false;
  }
  return true;
}

icu::UnicodeString Decode(absl::string_view text) {
  return icu::UnicodeString::fromUTF8(
      icu::StringPiece(text.data(), static_cast<int32_t>(text.size())));
}

std::string Encode(const icu::UnicodeString& text) {
  std::string out;
  text.toUTF8String(out);
  return out;
}

// Returns `text` itself if ICU's data is missing.
icu::UnicodeString Normalized(const icu::UnicodeString& text) {
  UErrorCode error = U_ZERO_ERROR;
  const icu::Normalizer2* const form = icu::Normalizer2::getNFCInstance(error);
  if (U_FAILURE(error)) return text;
  icu::UnicodeString normalized = form->normalize(text, error);
  return U_FAILURE(error) ? text : normalized;
}

}  // namespace

std::string ToNfc(absl::string_view text) {
  if (IsAscii(text) || !IsUtf8(text)) return std::string(text);
  return Encode(Normalized(Decode(text)));
}

std::string NameKey(absl::string_view name) {
  return absl::AsciiStrToLower(ToNfc(name));
}

std::string ToPlainLatin(absl::string_view text) {
  if (IsAscii(text)) return absl::AsciiStrToLower(text);
  if (!IsUtf8(text)) return std::string(text);
  // Loading the rules takes milliseconds. Never deleted: a call may outlive main.
  static absl::Mutex mutex(absl::kConstInit);
  absl::MutexLock lock(&mutex);
  static const icu::Transliterator* const latin = [] {
    UErrorCode error = U_ZERO_ERROR;
    const icu::Transliterator* made = icu::Transliterator::createInstance(
        "Any-Latin; Latin-ASCII; Lower", UTRANS_FORWARD, error);
    return U_FAILURE(error) ? nullptr : made;
  }();
  if (latin == nullptr) return std::string(text);
  icu::UnicodeString plain = Normalized(Decode(text));
  latin->transliterate(plain);
  return Encode(plain);
}

}  // namespace gitsync
