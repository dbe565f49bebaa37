#include "server/git/transport/circuit_breaker.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "server/base/clock.h"
#include "server/base/error.h"
#include "server/base/reason.h"
#include "server/git/transport/next_try.h"
#include "server/git/transport/remote_words.h"
#include "tests/support/status_matchers.h"

namespace gitsync {
namespace {

using absl::StatusCode;
using testing::HasSubstr;

class FakeClock : public Clock {
 public:
  absl::Time Now() const override { return now; }
  absl::Time now = absl::FromUnixSeconds(1'700'000'000);
};

absl::Status Unreachable() {
  return Error(StatusCode::kUnavailable, reason::kRemoteUnreachable, "It is gone.");
}

// A stream that answers once, or with an error, and then ends with another.
class FakeStream : public GitStream {
 public:
  FakeStream(absl::Status first, absl::Status second)
      : reads_{std::move(first), std::move(second)} {}

  absl::StatusOr<size_t> Read(char* buffer, size_t /*size*/) override {
    if (reads_.empty()) return 0;
    const absl::Status next = reads_.front();
    reads_.pop_front();
    if (!next.ok()) return next;
    *buffer = 'a';
    return 1;
  }
  absl::Status Write(absl::string_view) override { return absl::OkStatus(); }
  absl::Status Finish() override { return absl::OkStatus(); }
  std::string RemoteMessages() const override { return ""; }
  std::string HostKey() const override { return ""; }

 private:
  std::deque<absl::Status> reads_;
};

// Does what the test says.
class FakeTransport : public GitTransport {
 public:
  absl::StatusOr<std::unique_ptr<GitStream>> Open(const Remote&, GitService,
                                                  const Context&) override {
    ++opened;
    if (!open.ok()) return open;
    return std::make_unique<FakeStream>(first_read, second_read);
  }
  void Shutdown() override {}

  int opened = 0;
  absl::Status open;
  absl::Status first_read;
  absl::Status second_read;
};

Remote RemoteOf(const std::string& circuit) {
  Remote remote;
  remote.circuit = circuit;
  return remote;
}

class CircuitBreakerTest : public testing::Test {
 protected:
  absl::StatusOr<std::unique_ptr<GitStream>> Open(const Remote& remote,
                                                  const Context& context = {}) {
    return breaker_.Open(remote, GitService::kUploadPack, context);
  }

  // A whole conversation; its error.
  absl::Status Call(const Remote& remote, const Context& context = {}) {
    auto stream = Open(remote, context);
    if (!stream.ok()) return stream.status();
    char byte = 0;
    for (int i = 0; i < 2; ++i) {
      const absl::StatusOr<size_t> read = (*stream)->Read(&byte, 1);
      if (!read.ok()) return read.status();
    }
    return (*stream)->Finish();
  }

  // Makes `count` calls that can't reach the remote.
  void Fail(int count) {
    transport_.open = Unreachable();
    for (int i = 0; i < count; ++i) {
      EXPECT_THAT(Call(remote_),
                  StatusIs(StatusCode::kUnavailable, reason::kRemoteUnreachable));
    }
    transport_.open = absl::OkStatus();
  }

  // How long the pause that began now is.
  absl::Duration PauseLength() {
    const auto pause = circuits_.PauseOf("one");
    EXPECT_TRUE(pause.has_value());
    return pause.has_value() ? pause->next_try - clock_.now : absl::ZeroDuration();
  }

  FakeClock clock_;
  FakeTransport transport_;
  Circuits circuits_{&clock_, {}};
  CircuitBreaker breaker_{&transport_, &circuits_};
  const Remote remote_ = RemoteOf("one");
};

TEST_F(CircuitBreakerTest, FailuresInARowBeginAPauseOfThatRemoteOnly) {
  Fail(5);

  const absl::Status refused = Call(remote_);

  EXPECT_THAT(refused, StatusIs(StatusCode::kUnavailable, reason::kRemotePaused));
  EXPECT_THAT(refused.message(), HasSubstr("It is gone."));
  EXPECT_EQ(MetadataOf(refused, "failures"), "5");
  absl::Time next_try;
  ASSERT_TRUE(absl::ParseTime(absl::RFC3339_full, MetadataOf(refused, "next_try_time"),
                              &next_try, nullptr));
  EXPECT_GE(next_try, clock_.now + absl::Seconds(3));
  EXPECT_TRUE(refused.GetPayload("type.googleapis.com/google.rpc.RetryInfo"));
  const absl::Status checked = circuits_.Check("one");
  EXPECT_THAT(checked, StatusIs(StatusCode::kUnavailable, reason::kRemotePaused));
  EXPECT_EQ(checked.message(), refused.message());
  EXPECT_EQ(transport_.opened, 5);
  EXPECT_OK(Call(RemoteOf("another")));
  EXPECT_OK(Call(RemoteOf("")));
}

TEST_F(CircuitBreakerTest, ErrorWithoutATryIsNoFailure) {
  const absl::Status errors[] = {
      Error(StatusCode::kUnavailable, reason::kRemoteUnreachable, "Shut out.")
          .With(kNextTryTime, "2026-11-30T12:00:00Z"),
      Error(StatusCode::kUnauthenticated, reason::kRemoteAuthFailed, "Refused before.")
          .With(kNextTryTime, "2026-11-30T12:00:00Z")};
  for (const absl::Status& error : errors) {
    transport_.open = error;
    for (int i = 0; i < 10; ++i) {
      EXPECT_EQ(Call(remote_).message(), error.message());
    }
  }

  transport_.open = absl::OkStatus();
  EXPECT_OK(Call(remote_));
}

TEST_F(CircuitBreakerTest, WhatIsNotCountedHasNoCircuit) {
  transport_.open = Unreachable();
  for (int i = 0; i < 10; ++i) {
    EXPECT_THAT(Call(RemoteOf("")),
                StatusIs(StatusCode::kUnavailable, reason::kRemoteUnreachable));
  }
}

TEST_F(CircuitBreakerTest, EveryKindOfFailureCounts) {
  const std::vector<absl::Status> failures = {
      Unreachable(), ProtocolError("it sang"),
      Error(StatusCode::kDeadlineExceeded, reason::kRemoteTimeout, "Silence."),
      Error(StatusCode::kUnauthenticated, reason::kRemoteAuthFailed, "No."),
      Error(StatusCode::kFailedPrecondition, reason::kHostKeyMismatch, "Another.")};
  for (size_t i = 0; i < failures.size(); ++i) {
    // While it is connected to, while it answers, or after.
    transport_.open = i % 3 == 0 ? failures[i] : absl::OkStatus();
    transport_.first_read = i % 3 == 1 ? failures[i] : absl::OkStatus();
    transport_.second_read = i % 3 == 2 ? failures[i] : absl::OkStatus();
    EXPECT_EQ(Call(remote_), failures[i]);
  }
  EXPECT_THAT(Call(remote_), StatusIs(StatusCode::kUnavailable, reason::kRemotePaused));
}

TEST_F(CircuitBreakerTest, WhatCallersDoDoesNotCount) {
  Context late;
  late.deadline = absl::Now() - absl::Seconds(1);
  Context cancelled;
  cancelled.cancellation->Cancel();
  transport_.first_read =
      Error(StatusCode::kDeadlineExceeded, reason::kRemoteTimeout, "Silence.");
  for (int i = 0; i < 10; ++i) {
    EXPECT_FALSE(Call(remote_, late).ok());
    EXPECT_FALSE(Call(remote_, cancelled).ok());
  }
  transport_.first_read = absl::OkStatus();

  EXPECT_OK(Call(remote_));
}

TEST_F(CircuitBreakerTest, RefusalsAreAnswersOfARemoteThatWorks) {
  Fail(4);
  transport_.open = Error(StatusCode::kNotFound, reason::kRemoteRepositoryNotFound,
                          "No such repository.");
  EXPECT_FALSE(Call(remote_).ok());
  Fail(4);
  transport_.first_read =
      Error(StatusCode::kFailedPrecondition, reason::kRemoteRejected, "A hook.");
  EXPECT_FALSE(Call(remote_).ok());
  transport_.first_read = absl::OkStatus();
  Fail(4);

  EXPECT_OK(Call(remote_));
}

TEST_F(CircuitBreakerTest, CallThatWorksForgetsFailures) {
  Fail(4);
  EXPECT_OK(Call(remote_));
  Fail(4);

  EXPECT_OK(Call(remote_));
}

TEST_F(CircuitBreakerTest, TriesOfOneCallAreOneFailure) {
  transport_.open = Unreachable();
  const Context call;
  for (int i = 0; i < 10; ++i) {
    EXPECT_THAT(Call(remote_, call.WithDeadline(absl::Now() + absl::Hours(1))),
                StatusIs(StatusCode::kUnavailable, reason::kRemoteUnreachable));
  }
}

TEST_F(CircuitBreakerTest, ProtocolErrorThatOthersSeeCounts) {
  for (int i = 0; i < 5; ++i) {
    ASSERT_OK_AND_ASSIGN(auto stream, Open(remote_));
    char byte = 0;
    EXPECT_OK(stream->Read(&byte, 1));
    stream->Blame(ProtocolError("it sang"));
  }
  EXPECT_THAT(Call(remote_), StatusIs(StatusCode::kUnavailable, reason::kRemotePaused));
}

TEST_F(CircuitBreakerTest, AfterThePauseOneIsTriedAndLetsTheOthersIn) {
  Fail(5);
  clock_.now += absl::Seconds(7);
  EXPECT_FALSE(circuits_.PauseOf("one").has_value());
  ASSERT_OK_AND_ASSIGN(auto trial, Open(remote_));

  EXPECT_THAT(Call(remote_), StatusIs(StatusCode::kUnavailable, reason::kRemotePaused));
  EXPECT_TRUE(circuits_.PauseOf("one").has_value());
  char byte = 0;
  EXPECT_OK(trial->Read(&byte, 1));

  // It answers; whether it works to the end is not waited for.
  EXPECT_FALSE(circuits_.PauseOf("one").has_value());
  EXPECT_OK(Call(remote_));
  trial.reset();
  Fail(4);
  EXPECT_OK(Call(remote_));
}

TEST_F(CircuitBreakerTest, FailedTrialsMakeThePausesLonger) {
  Fail(5);
  for (const int seconds : {5, 10, 20, 40, 80, 160, 300, 300}) {
    const absl::Duration length = PauseLength();
    EXPECT_GE(length, absl::Seconds(seconds) * 0.79);
    EXPECT_LE(length, absl::Seconds(seconds) * 1.21);
    clock_.now += length;
    Fail(1);
  }
  clock_.now += PauseLength();
  EXPECT_OK(Call(remote_));
  Fail(5);
  EXPECT_LE(PauseLength(), absl::Seconds(6.1));
}

TEST_F(CircuitBreakerTest, RemoteThatAnswersAndThenFailsIsPausedLonger) {
  Fail(5);
  clock_.now += PauseLength();
  transport_.second_read = Unreachable();

  EXPECT_THAT(Call(remote_),
              StatusIs(StatusCode::kUnavailable, reason::kRemoteUnreachable));

  EXPECT_GE(PauseLength(), absl::Seconds(7));
  EXPECT_THAT(Call(remote_), StatusIs(StatusCode::kUnavailable, reason::kRemotePaused));
}

TEST_F(CircuitBreakerTest, TrialThatTellsNothingLeavesItToTheNext) {
  Fail(5);
  clock_.now += PauseLength();
  {
    ASSERT_OK_AND_ASSIGN(auto cancelled_before_it_answered, Open(remote_));
  }

  EXPECT_OK(Call(remote_));
}

TEST_F(CircuitBreakerTest, CallsFromBeforeThePauseDoNotMakeItLonger) {
  transport_.first_read = Unreachable();
  std::vector<std::unique_ptr<GitStream>> streams;
  for (int i = 0; i < 20; ++i) {
    ASSERT_OK_AND_ASSIGN(streams.emplace_back(), Open(remote_));
  }
  char byte = 0;
  for (const auto& stream : streams) EXPECT_FALSE(stream->Read(&byte, 1).ok());

  EXPECT_LE(PauseLength(), absl::Seconds(6.1));
  EXPECT_EQ(circuits_.PauseOf("one")->failures, 20);
}

TEST_F(CircuitBreakerTest, WhoMendsItIsLetThroughAndEndsThePause) {
  Fail(5);
  const absl::Duration length = PauseLength();
  Remote mended = remote_;
  mended.even_if_paused = true;
  transport_.open = Unreachable();
  EXPECT_THAT(Call(mended),
              StatusIs(StatusCode::kUnavailable, reason::kRemoteUnreachable));
  EXPECT_EQ(PauseLength(), length);
  transport_.open = absl::OkStatus();
  EXPECT_THAT(Call(remote_), StatusIs(StatusCode::kUnavailable, reason::kRemotePaused));

  EXPECT_OK(Call(mended));

  EXPECT_OK(Call(remote_));
}

// The failure that began the pause may be the answer to that push.
TEST_F(CircuitBreakerTest, WhatBecameOfAPushIsAsked) {
  Fail(5);
  Remote settling = remote_;
  settling.settles = true;
  transport_.open = absl::OkStatus();
  EXPECT_THAT(Call(remote_), StatusIs(StatusCode::kUnavailable, reason::kRemotePaused));

  EXPECT_OK(Call(settling));
}

TEST_F(CircuitBreakerTest, OldFailuresAreForgotten) {
  Fail(4);
  clock_.now += absl::Minutes(11);
  Fail(4);

  EXPECT_OK(Call(remote_));
}

}  // namespace
}  // namespace gitsync
