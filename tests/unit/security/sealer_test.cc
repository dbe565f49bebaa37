#include "server/security/sealer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "server/base/reason.h"
#include "tests/support/status_matchers.h"

namespace gitsync {
namespace {

Secret Key(char byte) { return Secret(std::string(32, byte)); }

Sealer MakeSealer(std::vector<Secret> keys) { return *Sealer::Create(std::move(keys)); }

TEST(SealerTest, OpensWhatItSealed) {
  const Sealer sealer = MakeSealer({Key('k')});
  for (const std::string& text :
       {std::string(), std::string("a\0b", 3), std::string(100000, 'x')}) {
    ASSERT_OK_AND_ASSIGN(const std::string sealed, sealer.Seal(Secret(text), "id"));
    ASSERT_OK_AND_ASSIGN(const Secret opened, sealer.Open(sealed, "id"));
    EXPECT_EQ(opened.Reveal(), text);
  }
}

TEST(SealerTest, RecordHasTheDocumentedForm) {
  const Sealer sealer = MakeSealer({Key('k')});
  ASSERT_OK_AND_ASSIGN(const std::string sealed, sealer.Seal(Secret("hello"), "id"));

  EXPECT_EQ(sealed.size(), 1u + 4 + 12 + 5 + 16);
  // From: head -c 32 /dev/zero | tr '\0' k | sha256sum
  EXPECT_EQ(sealed.substr(0, 5), std::string("\x01"
                                             "\x5e"
                                             "\x31"
                                             "\x8f"
                                             "\x8c",
                                             5));
  EXPECT_EQ(sealed.find("hello"), std::string::npos);
}

TEST(SealerTest, SealingTwiceGivesDifferentRecords) {
  const Sealer sealer = MakeSealer({Key('k')});
  EXPECT_NE(*sealer.Seal(Secret("hello"), "id"), *sealer.Seal(Secret("hello"), "id"));
}

TEST(SealerTest, OtherIdentityDoesNotOpen) {
  const Sealer sealer = MakeSealer({Key('k')});
  ASSERT_OK_AND_ASSIGN(const std::string sealed, sealer.Seal(Secret("hello"), "org/1"));
  EXPECT_THAT(sealer.Open(sealed, "org/2"), HasCode(absl::StatusCode::kInternal));
}

TEST(SealerTest, EveryAlteredByteIsNoticed) {
  const Sealer sealer = MakeSealer({Key('k')});
  ASSERT_OK_AND_ASSIGN(const std::string sealed, sealer.Seal(Secret("hello"), "id"));
  for (size_t i = 0; i < sealed.size(); ++i) {
    std::string altered = sealed;
    altered[i] ^= 1;
    EXPECT_FALSE(sealer.Open(altered, "id").ok()) << i;
    EXPECT_FALSE(sealer.Open(sealed.substr(0, i), "id").ok()) << i;
  }
}

TEST(SealerTest, RotatedKeysOpenOldRecordsAndSealWithTheFirst) {
  ASSERT_OK_AND_ASSIGN(const std::string old,
                       MakeSealer({Key('a')}).Seal(Secret("hello"), "id"));
  const Sealer rotated = MakeSealer({Key('b'), Key('a')});

  EXPECT_OK(rotated.Open(old, "id"));
  ASSERT_OK_AND_ASSIGN(const std::string fresh, rotated.Seal(Secret("hello"), "id"));
  EXPECT_OK(MakeSealer({Key('b')}).Open(fresh, "id"));
  EXPECT_THAT(MakeSealer({Key('a')}).Open(fresh, "id"),
              HasCode(absl::StatusCode::kFailedPrecondition));
}

TEST(SealerTest, RefusesNoKeyAndShortKeys) {
  EXPECT_THAT(Sealer::Create({}), HasCode(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(Sealer::Create({Secret("short")}),
              HasCode(absl::StatusCode::kInvalidArgument));
}

TEST(SealerTest, HeaderOfARecordNamesItsKey) {
  const Sealer old = MakeSealer({Key('k')});
  const Sealer both = MakeSealer({Key('n'), Key('k')});
  const Sealer other = MakeSealer({Key('n')});
  ASSERT_OK_AND_ASSIGN(const std::string sealed, old.Seal(Secret("hello"), "id"));
  const std::string header = sealed.substr(0, kSealHeaderBytes);

  EXPECT_TRUE(old.HasKeyFor(header));
  EXPECT_TRUE(both.HasKeyFor(header));
  EXPECT_FALSE(other.HasKeyFor(header));
  EXPECT_FALSE(old.HasKeyFor("\x02" + header.substr(1)));
  EXPECT_FALSE(old.HasKeyFor(header.substr(0, 4)));
  EXPECT_FALSE(old.HasKeyFor(""));
  EXPECT_EQ(SealKeyId(header), "5e318f8c");
  EXPECT_THAT(old.KeyIds(), testing::ElementsAre("5e318f8c"));
  EXPECT_EQ(both.KeyIds().size(), 2u);
  EXPECT_EQ(SealKeyId(""), "");
}

}  // namespace
}  // namespace gitsync
