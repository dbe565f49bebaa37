#include "server/gateway/transcoding/field_text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <utility>

#include "tests/support/status_matchers.h"
#include "tests/unit/gateway/every_type.h"

namespace gitsync::gateway {
namespace {

// The message after setting one field, as text, or the error's message.
std::string Set(absl::string_view names, absl::string_view value) {
  const auto message = NewEveryType();
  const auto path = ResolveFieldPath(*message->GetDescriptor(), names);
  if (!path.ok()) return std::string(path.status().message());
  const absl::Status status =
      SetFromText(*path->back(), value, MutableParent(*path, message.get()));
  return status.ok() ? Text(*message) : std::string(status.message());
}

TEST(SetFromTextTest, ReadsEveryType) {
  const std::vector<std::vector<const char*>> cases = {
      {"a_double", "-1.5e3", "a_double: -1500"},
      {"a_double", "NaN", "a_double: nan"},
      {"a_double", "-Infinity", "a_double: -inf"},
      {"a_float", "0.5", "a_float: 0.5"},
      {"an_int32", "-2147483648", "an_int32: -2147483648"},
      {"an_int64", "9223372036854775807", "an_int64: 9223372036854775807"},
      {"a_uint32", "4294967295", "a_uint32: 4294967295"},
      {"a_uint32", "1e3", "a_uint32: 1000"},
      {"a_uint64", "18446744073709551615", "a_uint64: 18446744073709551615"},
      {"a_sint64", "-9223372036854775808", "a_sint64: -9223372036854775808"},
      {"a_fixed32", "7", "a_fixed32: 7"},
      {"a_bool", "true", "a_bool: true"},
      {"a_string", "a b", "a_string: \"a b\""},
      {"some_bytes", "/+8=", "some_bytes: \"\\377\\357\""},
      {"some_bytes", "_-8", "some_bytes: \"\\377\\357\""},
      {"a_color", "COLOR_RED", "a_color: COLOR_RED"},
      {"a_color", "1", "a_color: COLOR_RED"},
      {"a_time", "2024-01-31T12:00:00.5Z",
       "a_time { seconds: 1706702400 nanos: 500000000 }"},
      {"a_time", "2024-01-31T13:00:00+01:00", "a_time { seconds: 1706702400 }"},
      {"a_duration", "-1.5s", "a_duration { seconds: -1 nanos: -500000000 }"},
      {"a_mask", "displayName,inner.displayName",
       "a_mask { paths: \"display_name\" paths: \"inner.display_name\" }"},
      {"a_mask", "display_name", "a_mask { paths: \"display_name\" }"},
      {"a_wrapper", "5", "a_wrapper { value: 5 }"},
      {"text_wrapper", "", "text_wrapper { }"},
      {"numbers", "5", "numbers: 5"},
      {"colors", "COLOR_RED", "colors: COLOR_RED"},
      {"times", "1970-01-01T00:00:01Z", "times { seconds: 1 }"},
      {"inner.display_name", "x", "inner { display_name: \"x\" }"},
      {"inner.inner.displayName", "x", "inner { inner { display_name: \"x\" } }"},
      {"aString", "x", "a_string: \"x\""},
      {"renamed", "x", "renamed: \"x\""},
      {"otherName", "x", "renamed: \"x\""},
  };
  for (const auto& test : cases) EXPECT_EQ(Set(test[0], test[1]), test[2]);
}

TEST(SetFromTextTest, WrongTextIsRefused) {
  const std::vector<std::pair<const char*, const char*>> cases = {
      {"an_int32", "2147483648"}, {"an_int32", "1.5"},
      {"an_int32", ""},           {"an_int32", " 1"},
      {"an_int32", "+1"},         {"an_int32", "010"},
      {"an_int32", "0x10"},       {"a_uint32", "-1"},
      {"a_mask", "a,,b"},         {"an_int64", "9223372036854775808"},
      {"a_double", "1e400"},      {"a_double", "0x1p3"},
      {"a_double", "inf"},        {"a_double", ""},
      {"a_float", "1e39"},        {"a_bool", "1"},
      {"a_bool", "TRUE"},         {"a_color", "COLOR_NO"},
      {"a_color", "7"},           {"a_color", "color_red"},
      {"some_bytes", "a b="},     {"some_bytes", "$"},
      {"a_time", "yesterday"},    {"a_time", "12"},
      {"a_duration", "1"},        {"a_duration", "1m"},
      {"a_wrapper", "x"},
  };
  for (const auto& [field, text] : cases) {
    EXPECT_THAT(Set(field, text), testing::StartsWith("must be "))
        << field << " " << text;
  }
}

TEST(ResolveFieldPathTest, FieldWithoutTextFormIsRefused) {
  for (const char* names :
       {"", ".", "nothing", "inner", "inners", "inners.display_name", "a_string.x",
        "inner.nothing", "inner.", "AString", "a_time.seconds.x"}) {
    EXPECT_THAT(ResolveFieldPath(*EveryType().GetDescriptor(), names),
                HasCode(absl::StatusCode::kInvalidArgument))
        << names;
  }
}

}  // namespace
}  // namespace gitsync::gateway
