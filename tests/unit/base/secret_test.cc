#include "server/base/secret.h"

#include <gtest/gtest.h>

#include <ostream>
#include <string>
#include <type_traits>
#include <utility>

#include "server/base/logging.h"

namespace gitsync {
namespace {

template <typename T, typename = void>
struct IsPrintable : std::false_type {};
template <typename T>
struct IsPrintable<
    T, std::void_t<decltype(std::declval<std::ostream&>() << std::declval<const T&>())>>
    : std::true_type {};

static_assert(IsPrintable<std::string>::value, "or the next line proves nothing");
static_assert(!IsPrintable<Secret>::value);
static_assert(!std::is_convertible_v<Secret, std::string>);
static_assert(!std::is_convertible_v<std::string, Secret>);
static_assert(!std::is_constructible_v<LogField, const char*, Secret>);

TEST(SecretTest, CopiesAndMovesKeepTheBytes) {
  for (const std::string& text : {std::string("short"), std::string(100, 'x')}) {
    Secret secret{std::string(text)};
    Secret copy = secret;
    EXPECT_EQ(copy.Reveal(), text);
    EXPECT_EQ(secret.Reveal(), text);

    Secret moved = std::move(copy);
    EXPECT_EQ(moved.Reveal(), text);
    EXPECT_TRUE(copy.empty());  // NOLINT(bugprone-use-after-move): specified

    Secret assigned{std::string("old")};
    assigned = std::move(moved);
    EXPECT_EQ(assigned.Reveal(), text);
    EXPECT_TRUE(moved.empty());  // NOLINT(bugprone-use-after-move): specified

    const Secret& same = assigned;
    assigned = same;
    EXPECT_EQ(assigned.Reveal(), text);
  }
}

TEST(SecretTest, MovedFromBytesAreOverwritten) {
  Secret secret{std::string(100, 'x')};
  const char* const bytes = secret.Reveal().data();
  const Secret moved = std::move(secret);
  ASSERT_NE(moved.Reveal().data(), bytes);
  // The buffer still belongs to the moved-from object.
  EXPECT_EQ(bytes[50], '\0');
}

TEST(SecretTest, DefaultIsEmpty) {
  EXPECT_TRUE(Secret().empty());
  EXPECT_FALSE(Secret("x").empty());
}

}  // namespace
}  // namespace gitsync
