#include "server/base/log_writer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include <cstdlib>
#include <string>
#include <thread>
#include <vector>

#include "server/base/logging.h"

namespace gitsync {
namespace {

using testing::ContainsRegex;
using testing::ExitedWithCode;
using testing::KilledBySignal;

// Each test ends a process of its own: a process has one log.
void StartAndLog(int lines) {
  StartLogWriter();
  for (int i = 1; i <= lines; ++i) Log(LogLevel::kInfo, "line", {{"number", i}});
}

constexpr char kAllLines[] = "\"number\":1}(.|\n)*\"number\":1000}\n";

TEST(LogWriterDeathTest, ExitWritesWhatWaits) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_EXIT(
      {
        StartAndLog(1000);
        std::exit(0);
      },
      ExitedWithCode(0), ContainsRegex(kAllLines));
}

TEST(LogWriterDeathTest, AbortWritesWhatWaits) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_EXIT(
      {
        StartAndLog(1000);
        std::abort();
      },
      KilledBySignal(SIGABRT), ContainsRegex(kAllLines));
}

TEST(LogWriterDeathTest, WarningIsWrittenWhenItReturns) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_EXIT(
      {
        StartAndLog(999);
        Log(LogLevel::kWarning, "line", {{"number", 1000}});
        raise(SIGKILL);
      },
      KilledBySignal(SIGKILL), ContainsRegex(kAllLines));
}

TEST(LogWriterDeathTest, FlushWritesWhatWaits) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_EXIT(
      {
        StartAndLog(1000);
        FlushLog();
        raise(SIGKILL);
      },
      KilledBySignal(SIGKILL), ContainsRegex(kAllLines));
}

TEST(LogWriterDeathTest, LinesOfManyThreadsAreWhole) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_EXIT(
      {
        StartLogWriter();
        std::vector<std::thread> threads;
        for (int i = 0; i < 4; ++i) {
          threads.emplace_back([] {
            for (int n = 0; n < 1000; ++n) WriteLogLine("<whole>\n", n % 100 == 0);
          });
        }
        for (std::thread& thread : threads) thread.join();
        std::exit(0);
      },
      ExitedWithCode(0), ContainsRegex("^(<whole>\n)+$"));
}

TEST(LogWriterDeathTest, LinesThatNobodyReadsAreDroppedAndCounted) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_EXIT(
      {
        int ends[2] = {};
        const int real = dup(STDERR_FILENO);
        if (pipe(ends) != 0) std::exit(1);
        dup2(ends[1], STDERR_FILENO);
        StartLogWriter();
        const std::string line = std::string(1023, 'x') + "\n";
        // It does not wait, though nobody reads.
        for (int i = 0; i < 4096; ++i) WriteLogLine(line, /*urgent=*/false);
        std::string read_back;
        std::thread reader([&] {
          char piece[65536];
          while (read_back.find("last\n") == std::string::npos) {
            const ssize_t got = read(ends[0], piece, sizeof(piece));
            if (got <= 0) break;
            read_back.append(piece, static_cast<size_t>(got));
          }
        });
        FlushLog();
        FlushLog();
        WriteLogLine("last\n", /*urgent=*/true);
        reader.join();
        dup2(real, STDERR_FILENO);
        // What is being written and what waits: a MiB each.
        const bool bounded = read_back.size() < 3 << 20;
        const bool counted = read_back.find("lines were dropped") != std::string::npos;
        std::exit(bounded && counted ? 0 : 1);
      },
      ExitedWithCode(0), "");
}

}  // namespace
}  // namespace gitsync
