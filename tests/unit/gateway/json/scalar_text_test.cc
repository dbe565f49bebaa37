#include "server/gateway/json/scalar_text.h"

#include <gmock/gmock.h>
#include <google/protobuf/util/time_util.h>
#include <gtest/gtest.h>

#include <random>

#include "absl/strings/escaping.h"

namespace gitsync::gateway {
namespace {

using ::google::protobuf::Duration;
using ::google::protobuf::FieldMask;
using ::google::protobuf::Timestamp;
using ::google::protobuf::util::TimeUtil;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(TimestampTextTest, IsAsLibrarysForRandomTimes) {
  std::mt19937_64 random(1);
  std::uniform_int_distribution<int64_t> seconds(-62135596800, 253402300799);
  for (int i = 0; i < 5000; ++i) {
    Timestamp time;
    time.set_seconds(seconds(random));
    time.set_nanos(static_cast<int32_t>(random() % 1'000'000'000));

    std::string text;
    ASSERT_TRUE(AppendTimestamp(time, &text));
    Timestamp back;
    ASSERT_TRUE(ParseTimestamp(text, &back)) << text;

    ASSERT_EQ(text, TimeUtil::ToString(time));
    ASSERT_EQ(back.seconds(), time.seconds());
    ASSERT_EQ(back.nanos(), time.nanos());
  }
}

TEST(TimestampTextTest, ZoneIsTakenOff) {
  Timestamp time;
  ASSERT_TRUE(ParseTimestamp("2026-01-31T00:30:00.25+02:30", &time));

  std::string text;
  ASSERT_TRUE(AppendTimestamp(time, &text));
  EXPECT_EQ(text, "2026-01-30T22:00:00.250Z");
}

TEST(TimestampTextTest, LeapDayIsInLeapYearsOnly) {
  Timestamp time;
  EXPECT_TRUE(ParseTimestamp("2024-02-29T00:00:00Z", &time));
  EXPECT_TRUE(ParseTimestamp("2000-02-29T00:00:00Z", &time));
  EXPECT_FALSE(ParseTimestamp("2026-02-29T00:00:00Z", &time));
  EXPECT_FALSE(ParseTimestamp("1900-02-29T00:00:00Z", &time));
}

TEST(TimestampTextTest, OtherTextIsRefused) {
  for (const char* text : {"",
                           "2026-01-31",
                           "2026-01-31T10:00:00",
                           "2026-01-31 10:00:00Z",
                           "2026-01-31t10:00:00z",
                           "2026-1-31T10:00:00Z",
                           "2026-13-01T10:00:00Z",
                           "2026-00-01T10:00:00Z",
                           "2026-01-00T10:00:00Z",
                           "2026-04-31T10:00:00Z",
                           "2026-01-31T24:00:00Z",
                           "2026-01-31T10:60:00Z",
                           "2026-01-31T10:00:60Z",
                           "2026-01-31T10:00:00.Z",
                           "2026-01-31T10:00:00.1234567890Z",
                           "2026-01-31T10:00:00+0100",
                           "2026-01-31T10:00:00+24:00",
                           "2026-01-31T10:00:00Z ",
                           "0000-01-01T00:00:00Z",
                           "0001-01-01T00:00:00+00:01",
                           "9999-12-31T23:59:59-00:01",
                           "10000-01-01T00:00:00Z"}) {
    Timestamp time;
    EXPECT_FALSE(ParseTimestamp(text, &time)) << text;
  }
}

TEST(TimestampTextTest, ValuesOutOfRangeHaveNoText) {
  std::string text;
  Timestamp time;
  time.set_seconds(-62135596801);
  EXPECT_FALSE(AppendTimestamp(time, &text));
  time.set_seconds(0);
  time.set_nanos(-1);
  EXPECT_FALSE(AppendTimestamp(time, &text));
  time.set_nanos(1'000'000'000);
  EXPECT_FALSE(AppendTimestamp(time, &text));
}

TEST(DurationTextTest, GoesBothWays) {
  for (const char* text : {"0s", "1s", "-1s", "1.500s", "-0.500s", "0.000001s",
                           "0.000000001s", "-315576000000s", "315576000000s"}) {
    Duration duration;
    ASSERT_TRUE(ParseDuration(text, &duration)) << text;
    std::string back;
    ASSERT_TRUE(AppendDuration(duration, &back));
    EXPECT_EQ(back, text);
    EXPECT_EQ(back, TimeUtil::ToString(duration));
  }
}

TEST(DurationTextTest, OtherTextIsRefused) {
  for (const char* text :
       {"", "s", "1", "1 s", "+1s", "1.s", ".5s", "1.0000000000s", "315576000001s",
        "315576000000.1s", "99999999999999999999s", "1m", "--1s", "1e3s"}) {
    Duration duration;
    EXPECT_FALSE(ParseDuration(text, &duration)) << text;
  }
}

TEST(DurationTextTest, ValuesOutOfRangeHaveNoText) {
  std::string text;
  Duration duration;
  duration.set_seconds(1);
  duration.set_nanos(-1);
  EXPECT_FALSE(AppendDuration(duration, &text));
  duration.set_seconds(315576000001);
  duration.set_nanos(0);
  EXPECT_FALSE(AppendDuration(duration, &text));
}

TEST(FieldMaskTextTest, PathsAreSnakeCaseInside) {
  FieldMask mask;
  FieldMask snake;
  ASSERT_TRUE(ParseFieldMask("gitUrl,gitState.commitId,x1", &mask));
  ASSERT_TRUE(ParseFieldMask("git_url,git_state.commit_id,x1", &snake));

  EXPECT_THAT(mask.paths(), ElementsAre("git_url", "git_state.commit_id", "x1"));
  EXPECT_THAT(snake.paths(), ElementsAre("git_url", "git_state.commit_id", "x1"));
  std::string text;
  ASSERT_TRUE(AppendFieldMask(mask, &text));
  EXPECT_EQ(text, "gitUrl,gitState.commitId,x1");
}

TEST(FieldMaskTextTest, EmptyTextIsNoPath) {
  FieldMask mask;
  ASSERT_TRUE(ParseFieldMask("", &mask));
  EXPECT_THAT(mask.paths(), IsEmpty());
}

TEST(FieldMaskTextTest, OtherTextIsRefused) {
  for (const char* text : {"a,", ",a", "a..b", ".a", "a.", "a b", "a, b", "*"}) {
    FieldMask mask;
    EXPECT_FALSE(ParseFieldMask(text, &mask)) << text;
  }
}

TEST(FieldMaskTextTest, PathsThatWouldChangeHaveNoText) {
  for (const char* path : {"gitUrl", "a__b", "a_", "a_1", "a*"}) {
    FieldMask mask;
    mask.add_paths(path);
    std::string text;
    EXPECT_FALSE(AppendFieldMask(mask, &text)) << path;
  }
}

TEST(BytesTextTest, EveryAlphabetAndPaddingIsRead) {
  for (const char* text : {"+/+/YQ==", "-_-_YQ==", "-_-_YQ", "+/+/YQ"}) {
    std::string bytes;
    ASSERT_TRUE(ParseBytes(text, &bytes)) << text;
    EXPECT_EQ(bytes,
              "\xfb\xff\xbf"
              "a");
  }
}

TEST(BytesTextTest, RandomBytesComeBack) {
  std::mt19937 random(1);
  for (size_t size = 0; size < 100; ++size) {
    std::string bytes(size, '\0');
    for (char& c : bytes) c = static_cast<char>(random());
    std::string back;
    ASSERT_TRUE(ParseBytes(absl::Base64Escape(bytes), &back));
    EXPECT_EQ(back, bytes);
    ASSERT_TRUE(ParseBytes(absl::WebSafeBase64Escape(bytes), &back));
    EXPECT_EQ(back, bytes);
  }
}

}  // namespace
}  // namespace gitsync::gateway
