// Clients without a token that send what no honest one would, beside one that works.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <functional>
#include <iostream>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "tests/integration/installation.h"
#include "tests/support/raw_http2.h"
#include "tests/support/slowness.h"

namespace gitsync {
namespace {

using http2::Frame;

constexpr int kConnections = 4;  // at a time
constexpr int kHonestCalls = 1000;
constexpr char kPath[] = "/gitsync.v1.OrganizationService/GetOrganization";

// What a process's status says, in MiB.
int64_t StatusMib(pid_t pid, absl::string_view field) {
  std::ifstream file(absl::StrCat("/proc/", pid, "/status"));
  for (std::string line; std::getline(file, line);) {
    int64_t kib = 0;
    const std::vector<std::string> words =
        absl::StrSplit(line, absl::ByAnyChar(": \tkB"), absl::SkipEmpty());
    if (absl::StartsWith(line, absl::StrCat(field, ":")) && words.size() > 1 &&
        absl::SimpleAtoi(words[1], &kib)) {
      return kib >> 10;
    }
  }
  return -1;
}

std::string Begin(int i, absl::string_view path = kPath) {
  return Frame(http2::kHeaders, http2::kEndHeaders, 2 * i + 1,
               http2::RequestFields(path, /*again=*/i > 0));
}

std::string Reset(int i) {
  return Frame(http2::kRstStream, 0, 2 * i + 1, http2::Number(/*CANCEL*/ 8));
}

std::string EmptyMessage(int i) {
  return Frame(http2::kData, http2::kEndStream, 2 * i + 1, std::string(5, '\0'));
}

// The head of a block of headers that goes on.
std::string Unfinished() {
  return Frame(http2::kHeaders, 0, 1, http2::RequestFields(kPath, false));
}

absl::Duration TimeOfGet(Installation& gitsync, const std::string& app) {
  const absl::Time start = absl::Now();
  EXPECT_OK(gitsync.api().GetApp(app));
  return absl::Now() - start;
}

// The median and the longest.
std::string Times(std::vector<absl::Duration> took) {
  std::sort(took.begin(), took.end());
  return absl::StrCat(absl::FormatDuration(took[took.size() / 2]), " (",
                      absl::FormatDuration(took.back()), " at most)");
}

struct Flood {
  std::string name;
  int count;
  // What is sent for the first, the second, ...
  std::function<std::string(int)> part;
  // How often each connection is made, anew once the one before was cut.
  int tries = 4;
  int64_t max_peak_mib = 150;
};

void PrintTo(const Flood& flood, std::ostream* out) { *out << flood.name; }

class Http2FloodTest : public testing::TestWithParam<Flood> {};

TEST_P(Http2FloodTest, TakesLittleMemoryAndCostsNobodyElseTheirCalls) {
  Installation gitsync;
  const std::string app =
      gitsync.api().CreateApp(gitsync.dev(), "Shop", kDefinition).app_id;
  const pid_t pid = gitsync.server().pid();
  const int64_t before = StatusMib(pid, "VmRSS");
  std::vector<absl::Duration> in_peace;
  for (int i = 0; i < 50; ++i) in_peace.push_back(TimeOfGet(gitsync, app));
  std::string bytes;
  for (int i = 0; i < GetParam().count; ++i) bytes += GetParam().part(i);

  std::vector<std::thread> attackers;
  for (int i = 0; i < kConnections; ++i) {
    attackers.emplace_back([&] {
      for (int tries = 0; tries < GetParam().tries; ++tries) {
        http2::RawHttp2 connection(gitsync.server().endpoint());
        if (connection.Send(bytes)) connection.AwaitRead();
      }
    });
  }
  std::vector<absl::Duration> took;
  for (int i = 0; i < 50; ++i) took.push_back(TimeOfGet(gitsync, app));
  for (std::thread& attacker : attackers) attacker.join();
  EXPECT_OK(gitsync.api().GetApp(app));

  const int64_t peak = StatusMib(pid, "VmHWM");
  std::cout << "resident: " << before << " MiB before, " << peak << " at most, "
            << StatusMib(pid, "VmRSS") << " after\n"
            << "calls of others: " << Times(in_peace) << " before, " << Times(took)
            << " meanwhile" << std::endl;
  if (!kSanitized) {
    EXPECT_LT(peak, GetParam().max_peak_mib);
  }
}

// As many calls as a client may have open, before any is answered.
TEST(Http2CallsTest, ThousandHonestCallsAtOnceAreAnswered) {
  Installation gitsync;
  http2::RawHttp2 connection(gitsync.server().endpoint());
  std::string bytes;
  for (int i = 0; i < kHonestCalls; ++i) bytes += Begin(i) + EmptyMessage(i);

  ASSERT_TRUE(connection.Send(bytes));
  connection.AwaitEnds(kHonestCalls);

  EXPECT_EQ(connection.ended(), kHonestCalls);
}

// Three have more open than all together may begin in a moment, one of them for long.
TEST(Http2CallsTest, WhatASilentConnectionBeganIsForgotten) {
  Installation gitsync;
  std::string bytes;
  for (int i = 0; i < kHonestCalls * 9 / 10; ++i) bytes += Begin(i);
  http2::RawHttp2 silent(gitsync.server().endpoint());
  ASSERT_TRUE(silent.Send(bytes));
  absl::SleepFor(absl::Seconds(12));

  http2::RawHttp2 second(gitsync.server().endpoint());
  http2::RawHttp2 third(gitsync.server().endpoint());
  ASSERT_TRUE(second.Send(bytes));
  ASSERT_TRUE(third.Send(bytes));
  second.AwaitRead();
  third.AwaitRead();
  absl::SleepFor(absl::Seconds(1));

  EXPECT_FALSE(absl::StrContains(gitsync.server().Log(), "connections are cut"));
}

INSTANTIATE_TEST_SUITE_P(
    Floods, Http2FloodTest,
    testing::Values(
        Flood{"StreamsReset", 20'000, [](int i) { return Begin(i) + Reset(i); }},
        Flood{"StreamsOfUnknownMethodsReset", 20'000,
              [](int i) { return Begin(i, "/no.Such/Method") + Reset(i); }},
        Flood{"CallsReset", 20'000,
              [](int i) { return Begin(i) + EmptyMessage(i) + Reset(i); }},
        Flood{"CallsNotWaitedFor", 20'000,
              [](int i) { return Begin(i) + EmptyMessage(i); }},
        Flood{"StreamsLeftOpen", 20'000, [](int i) { return Begin(i); }},
        Flood{"StreamsBrokenByAnEmptyUpdate", 20'000,
              [](int i) {
                return Begin(i) +
                       Frame(http2::kWindowUpdate, 0, 2 * i + 1, http2::Number(0));
              }},
        Flood{"Continuations", 2000,
              [](int i) {
                return (i == 0 ? Unfinished() : "") +
                       Frame(http2::kContinuation, 0, 1,
                             http2::Field("x", std::string(8000, 'x')));
              }},
        Flood{"EmptyContinuations", 100'000,
              [](int i) {
                return (i == 0 ? Unfinished() : "") +
                       Frame(http2::kContinuation, 0, 1, "");
              }},
        Flood{"Settings", 100'000,
              [](int) { return Frame(http2::kSettings, 0, 0, ""); }},
        Flood{"Pings", 20'000,
              [](int) { return Frame(http2::kPing, 0, 0, "12345678"); },
              // gRPC itself ends such connections, once it has read what came.
              /*tries=*/1, /*max_peak_mib=*/300},
        Flood{"WindowUpdates", 100'000,
              [](int) { return Frame(http2::kWindowUpdate, 0, 0, http2::Number(1)); }},
        Flood{"EmptyData", 100'000,
              [](int i) {
                return (i == 0 ? Begin(0) : "") + Frame(http2::kData, 0, 1, "");
              }}),
    [](const auto& row) { return row.param.name; });

}  // namespace
}  // namespace gitsync
