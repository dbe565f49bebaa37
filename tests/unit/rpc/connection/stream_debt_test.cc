#include "server/rpc/connection/stream_debt.h"

#include <gtest/gtest.h>

#include <string>

namespace gitsync {
namespace {

// What a connection does between two looks, and how often it does.
struct Conduct {
  std::string name;
  StreamCounts each_time;
  int times;
  absl::Duration pause;
  bool is_too_much;
};

void PrintTo(const Conduct& conduct, std::ostream* out) { *out << conduct.name; }

class StreamDebtTest : public testing::TestWithParam<Conduct> {};

TEST_P(StreamDebtTest, IsTooMuchForThoseWhoBeginMoreThanTheyLetBeRead) {
  StreamDebt debt;
  StreamCounts before;
  for (int i = 0; i < GetParam().times; ++i) {
    StreamCounts now = before;
    now.bytes += GetParam().each_time.bytes;
    now.begun += GetParam().each_time.begun;
    now.read += GetParam().each_time.read;
    now.answered += GetParam().each_time.answered;
    debt.Add(before, now, GetParam().pause);
    before = now;
  }
  EXPECT_EQ(debt.IsTooMuch(/*share=*/1), GetParam().is_too_much);
}

constexpr absl::Duration kTick = absl::Milliseconds(5);

INSTANTIATE_TEST_SUITE_P(
    Conducts, StreamDebtTest,
    testing::Values(
        Conduct{"StreamsResetBeforeTheyAreRead", {2800, 100, 0, 0}, 12, kTick, true},
        Conduct{
            "StreamsResetAsSoonAsTheyAreRead", {4200, 100, 100, 0}, 20, kTick, true},
        Conduct{"EveryFourthStreamRead", {4000, 100, 25, 25}, 40, kTick, true},
        Conduct{"StreamsLeftOpen", {18000, 1200, 0, 0}, 1, kTick, true},
        Conduct{"LongHeaders", {400'000, 50, 0, 0}, 8, kTick, true},
        Conduct{"PingsAlone", {17'000, 0, 0, 0}, 10, kTick, true},
        Conduct{"KeepaliveOfAWholeDay", {17, 0, 0, 0}, 7000, absl::Seconds(10), false},
        Conduct{"FirstRequestOnItsWay", {70'000, 0, 0, 0}, 1, kTick, false},
        Conduct{"CallsAtFullSpeed", {40'000, 200, 200, 200}, 10'000, kTick, false},
        Conduct{"ThousandCallsAtOnce", {200'000, 1000, 1000, 0}, 1, kTick, false},
        Conduct{"ThousandCallsBeforeTheFirstIsRead",
                {200'000, 1000, 0, 0},
                1,
                kTick,
                false},
        Conduct{"HundredUploadsAtOnce", {50'000'000, 100, 0, 0}, 1, kTick, false},
        Conduct{"UploadsOneAfterTheOther", {1'000'000, 1, 1, 1}, 10'000, kTick, false},
        Conduct{"UploadsThatLast", {3'000'000, 1, 0, 0}, 100, absl::Seconds(1), false},
        Conduct{
            "WatchesThatStayOpen", {20'000, 100, 100, 0}, 10, absl::Seconds(1), false},
        Conduct{
            "CallsGivenUpNowAndThen", {300, 3, 0, 0}, 10'000, absl::Seconds(1), false}),
    [](const auto& row) { return row.param.name; });

TEST(StreamDebtShareTest, LessIsTooMuchWhereOthersWereCut) {
  StreamDebt debt;
  debt.Add({}, {60'000, 600, 0, 0}, kTick);

  EXPECT_FALSE(debt.IsTooMuch(1));
  EXPECT_TRUE(debt.IsTooMuch(0.5));
}

}  // namespace
}  // namespace gitsync
