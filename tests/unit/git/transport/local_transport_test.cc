#include "server/git/transport/local_transport.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <thread>

#include "absl/time/clock.h"
#include "server/base/reason.h"
#include "tests/support/status_matchers.h"
#include "tests/support/test_remote.h"
#include "tests/unit/git/transport/conversation.h"

namespace gitsync {
namespace {

using testing::HasSubstr;

Remote FileRemote(const std::string& path) {
  Remote remote;
  remote.url = *ParseGitUrl("file://" + path, /*allow_file=*/true);
  return remote;
}

TEST(LocalTransportTest, UploadPackAdvertisesTheBranch) {
  TestRemote remote;
  const std::string commit = remote.CommitFromElsewhere("a.txt", "1", "first");
  LocalTransport transport(absl::Seconds(10));

  ASSERT_OK_AND_ASSIGN(auto stream, transport.Open(FileRemote(remote.path()),
                                                   GitService::kUploadPack, Context()));
  ASSERT_OK_AND_ASSIGN(const std::string text, ReadAdvertisement(*stream));
  ASSERT_OK(stream->Write("0000"));

  EXPECT_THAT(text, HasSubstr(commit + " refs/heads/master"));
  EXPECT_OK(stream->Finish());
}

TEST(LocalTransportTest, ReceivePackTakesACommand) {
  TestRemote remote;
  const std::string commit = remote.CommitFromElsewhere("a.txt", "1", "first");
  LocalTransport transport(absl::Seconds(10));
  ASSERT_OK_AND_ASSIGN(
      auto stream,
      transport.Open(FileRemote(remote.path()), GitService::kReceivePack, Context()));
  ASSERT_OK(ReadAdvertisement(*stream));
  const std::string command = commit + " " + std::string(40, '0') +
                              " refs/heads/master" + std::string(1, '\0') +
                              "report-status";

  // Deleting needs no pack.
  ASSERT_OK(stream->Write(PktLine(command) + "0000"));
  ASSERT_OK_AND_ASSIGN(const std::string report, ReadAdvertisement(*stream));

  EXPECT_THAT(report, HasSubstr("ng refs/heads/master deletion of the current branch"));
  EXPECT_OK(stream->Finish());
}

TEST(LocalTransportTest, MissingRepositoryIsNotFoundAtFinish) {
  const TempDir dir;
  LocalTransport transport(absl::Seconds(10));

  ASSERT_OK_AND_ASSIGN(auto stream, transport.Open(FileRemote(dir / "none.git"),
                                                   GitService::kUploadPack, Context()));
  char buffer[16];
  ASSERT_OK_AND_ASSIGN(const size_t count, stream->Read(buffer, sizeof(buffer)));

  EXPECT_EQ(count, 0u);
  EXPECT_THAT(stream->Finish(),
              StatusIs(absl::StatusCode::kNotFound, reason::kRemoteRepositoryNotFound));
}

TEST(LocalTransportTest, SilentGitEndsAtTheDeadline) {
  TestRemote remote;
  remote.CommitFromElsewhere("a.txt", "1", "first");
  LocalTransport transport(absl::Hours(1));
  std::unique_ptr<GitStream> stream;
  absl::Status opened = absl::DeadlineExceededError("not tried");
  // On a busy machine it takes longer to come so far.
  for (absl::Duration limit = absl::Milliseconds(200); absl::IsDeadlineExceeded(opened);
       limit *= 4) {
    Context context;
    context.deadline = absl::Now() + limit;
    auto open =
        transport.Open(FileRemote(remote.path()), GitService::kUploadPack, context);
    opened = open.status();
    if (!open.ok()) continue;
    stream = *std::move(open);
    opened = ReadAdvertisement(*stream).status();
  }
  ASSERT_OK(opened);

  char buffer[16];
  const auto count = stream->Read(buffer, sizeof(buffer));

  EXPECT_THAT(count, EndedByDeadline());
}

TEST(LocalTransportTest, SilentGitEndsAtTheStallLimit) {
  TestRemote remote;
  // Enough for git to start on a busy machine.
  LocalTransport transport(absl::Seconds(3));
  ASSERT_OK_AND_ASSIGN(auto stream, transport.Open(FileRemote(remote.path()),
                                                   GitService::kUploadPack, Context()));
  ASSERT_OK(ReadAdvertisement(*stream));

  char buffer[16];
  const auto count = stream->Read(buffer, sizeof(buffer));

  EXPECT_THAT(count,
              StatusIs(absl::StatusCode::kDeadlineExceeded, reason::kRemoteTimeout));
  EXPECT_THAT(count.status().message(), HasSubstr("silent"));
}

TEST(LocalTransportTest, CancellationEndsAReadAndTheHook) {
  TestRemote remote;
  const std::string commit = remote.CommitFromElsewhere("a.txt", "1", "first");
  const TempDir dir;
  remote.SetHook("pre-receive",
                 "#!/bin/sh\necho $$ > " + (dir / "pid") + "\nexec sleep 100\n");
  LocalTransport transport(absl::Seconds(10));
  Context context;
  pid_t hook = 0;
  {
    ASSERT_OK_AND_ASSIGN(
        auto stream,
        transport.Open(FileRemote(remote.path()), GitService::kReceivePack, context));
    ASSERT_OK(ReadAdvertisement(*stream));
    const std::string command = std::string(40, '0') + " " + commit +
                                " refs/heads/other" + std::string(1, '\0') +
                                "report-status";
    // A pack without objects: the commit is there.
    const std::string empty_pack =
        std::string("PACK\0\0\0\2\0\0\0\0", 12) +
        "\x02\x9d\x08\x82\x3b\xd8\xa8\xea\xb5\x10\xad\x6a\xc7\x5c\x82\x3c\xfd\x3e\xd3"
        "\x1e";
    ASSERT_OK(stream->Write(PktLine(command) + "0000" + empty_pack));
    std::thread canceller([&] {
      while (!std::filesystem::exists(dir / "pid") ||
             std::filesystem::file_size(dir / "pid") == 0) {
        absl::SleepFor(absl::Milliseconds(5));
      }
      context.cancellation->Cancel();
    });

    char buffer[16];
    const auto count = stream->Read(buffer, sizeof(buffer));

    canceller.join();
    EXPECT_THAT(count, StatusIs(absl::StatusCode::kCancelled, reason::kCancelled));
    FILE* file = fopen((dir / "pid").c_str(), "r");
    ASSERT_EQ(fscanf(file, "%d", &hook), 1);
    fclose(file);
  }
  // Ended, at the latest when init reaps it.
  const std::string status = "/proc/" + std::to_string(hook) + "/cmdline";
  const auto runs = [&] {
    FILE* file = fopen(status.c_str(), "r");
    if (file == nullptr) return false;
    const bool some = fgetc(file) != EOF;
    fclose(file);
    return some;
  };
  for (int i = 0; i < 3000 && runs(); ++i) absl::SleepFor(absl::Milliseconds(10));
  EXPECT_FALSE(runs());
}

TEST(LocalTransportTest, InheritedGitVariablesAreNotPassedOn) {
  TestRemote remote;
  TestRemote other;
  const std::string commit = remote.CommitFromElsewhere("a.txt", "1", "first");
  setenv("GIT_DIR", other.path().c_str(), 1);
  LocalTransport transport(absl::Seconds(10));

  ASSERT_OK_AND_ASSIGN(auto stream, transport.Open(FileRemote(remote.path()),
                                                   GitService::kUploadPack, Context()));
  const auto text = ReadAdvertisement(*stream);

  unsetenv("GIT_DIR");
  ASSERT_OK(text);
  EXPECT_THAT(*text, HasSubstr(commit));
}

}  // namespace
}  // namespace gitsync
