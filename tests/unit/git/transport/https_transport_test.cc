// Against nginx and git http-backend.

#include "server/git/transport/https_transport.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <filesystem>
#include <thread>
#include <vector>

#include "server/base/reason.h"
#include "tests/support/slowness.h"
#include "tests/support/status_matchers.h"
#include "tests/unit/git/transport/https_fixture.h"

namespace gitsync {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

std::string RandomBytes(size_t size) {
  std::string bytes(size, '\0');
  uint64_t state = 1;
  for (char& c : bytes) {
    state = state * 6364136223846793005u + 1442695040888963407u;
    c = static_cast<char>(state >> 56);
  }
  return bytes;
}

struct Way {
  const char* name;
  bool http2;
  bool buffer_requests;
};

// However the server is set up.
class HttpsWaysTest : public testing::TestWithParam<Way> {
 protected:
  static TestNginxOptions Options() {
    TestNginxOptions options;
    options.buffer_requests = GetParam().buffer_requests;
    return options;
  }
  Remote At(const HttpsHost& host, const std::string& name) const {
    return HttpsRemote(GetParam().http2 ? host.nginx.Http2Url(name)
                                        : host.nginx.Url(name));
  }
};

TEST_P(HttpsWaysTest, FetchAndPushWork) {
  HttpsHost host(Options());
  TestRemote target;
  host.nginx.Serve("team/target.git", target.path());
  TestHttps transport;

  const auto pack = FetchPack(transport, At(host, "team/a.git"), host.commit);
  ASSERT_OK(pack);
  const auto report =
      PushPack(transport, At(host, "team/target.git"), host.commit, *pack);

  ASSERT_OK(report) << host.nginx.Errors();
  EXPECT_THAT(*report, HasSubstr("ok refs/heads/master"));
  EXPECT_EQ(target.File("master", "a.txt"), "1");
  EXPECT_TRUE(target.FsckClean());
  EXPECT_THAT(host.nginx.Log(),
              HasSubstr(GetParam().http2 ? "HTTP/2.0 POST" : "HTTP/1.1 POST"));
  EXPECT_THAT(host.nginx.Log(), Not(HasSubstr("chunked")));
}

TEST_P(HttpsWaysTest, LargePackArrivesWhole) {
  HttpsHost host(Options());
  const std::string content = RandomBytes((kSanitized ? 5 : 20) << 20);
  const std::string commit = host.repository.CommitFromElsewhere("big", content, "big");
  TestRemote target;
  host.nginx.Serve("team/target.git", target.path());
  TestHttps transport;

  const auto pack = FetchPack(transport, At(host, "team/a.git"), commit);
  ASSERT_OK(pack);
  const auto report = PushPack(transport, At(host, "team/target.git"), commit, *pack);

  ASSERT_OK(report) << host.nginx.Errors();
  EXPECT_THAT(*report, HasSubstr("ok refs/heads/master"));
  EXPECT_EQ(target.File("master", "big"), content);
  EXPECT_TRUE(target.FsckClean());
  if (!GetParam().http2) {
    EXPECT_THAT(host.nginx.Log(), HasSubstr("200 chunked"));
  }
}

INSTANTIATE_TEST_SUITE_P(All, HttpsWaysTest,
                         testing::Values(Way{"Http1", false, true},
                                         Way{"Http1Streamed", false, false},
                                         Way{"Http2", true, true},
                                         Way{"Http2Streamed", true, false}),
                         [](const auto& test) { return test.param.name; });

TEST(HttpsTransportTest, AdvertisementComesWithoutTheServicesName) {
  HttpsHost host;
  TestHttps transport;

  const auto text = Advertised(transport, host.At());

  ASSERT_OK(text);
  EXPECT_THAT(*text, HasSubstr(host.commit));
  EXPECT_THAT(*text, Not(HasSubstr("# service")));
}

TEST(HttpsTransportTest, DecliningNeedsNoRequest) {
  HttpsHost host;
  TestHttps transport;

  ASSERT_OK(Advertised(transport, host.At(), GitService::kReceivePack));

  EXPECT_THAT(host.nginx.Log(), Not(HasSubstr("POST")));
}

TEST(HttpsTransportTest, ConversationsShareAConnection) {
  HttpsHost host;
  TestRemote target;
  host.nginx.Serve("team/target.git", target.path());
  TestHttps transport;

  const auto pack = FetchPack(transport, host.At(), host.commit);
  ASSERT_OK(pack);
  ASSERT_OK(PushPack(transport, host.At("team/target.git"), host.commit, *pack));
  for (int i = 0; i < 5; ++i) ASSERT_OK(Advertised(transport, host.At()));

  EXPECT_EQ(host.nginx.Connections(), 1) << host.nginx.Log();
  // The login goes with the first request: nobody is asked for it.
  EXPECT_THAT(host.nginx.Log(), Not(HasSubstr(" 401 ")));
}

TEST(HttpsTransportTest, OtherTokenGetsItsOwnConnection) {
  HttpsHost host;
  TestHttps transport;

  ASSERT_OK(Advertised(transport, host.At()));
  EXPECT_THAT(Advertised(transport, HttpsRemote(host.nginx.Url("team/a.git"), "other")),
              HasCode(absl::StatusCode::kUnauthenticated));

  EXPECT_EQ(host.nginx.Connections(), 2);
}

TEST(HttpsTransportTest, WrongTokenIsUnauthenticatedWithoutTellingIt) {
  HttpsHost host;
  TestHttps transport;

  const auto text =
      Advertised(transport, HttpsRemote(host.nginx.Url("team/a.git"), "canary"));

  EXPECT_THAT(text,
              StatusIs(absl::StatusCode::kUnauthenticated, reason::kRemoteAuthFailed));
  EXPECT_THAT(text.status().ToString(),
              AllOf(HasSubstr("HTTP 401"), Not(HasSubstr("canary"))));
}

TEST(HttpsTransportTest, MissingRepositoryIsNotFound) {
  HttpsHost host;
  TestHttps transport;

  EXPECT_THAT(Advertised(transport, host.At("team/none.git")),
              StatusIs(absl::StatusCode::kNotFound, reason::kRemoteRepositoryNotFound));
}

TEST(HttpsTransportTest, ReadOnlyRepositoryRefusesToBeWritten) {
  HttpsHost host;
  host.repository.Git({"config", "http.receivepack", "false"});
  TestHttps transport;

  EXPECT_OK(Advertised(transport, host.At()));
  EXPECT_THAT(Advertised(transport, host.At(), GitService::kReceivePack),
              StatusIs(absl::StatusCode::kPermissionDenied, reason::kRemoteReadOnly));
}

TEST(HttpsTransportTest, EncodedPathArrivesAsItIsMeant) {
  HttpsHost host;
  host.nginx.Serve("My Project/_git/a+b@c,d.git", host.repository.path());
  TestHttps transport;

  EXPECT_OK(Advertised(transport, host.At("My%20Project/_git/a+b@c,d.git")));
  EXPECT_OK(Advertised(transport, host.At("team/a.git/")));
}

TEST(HttpsTransportTest, TooLargePushIsRefused) {
  TestNginxOptions options;
  options.max_body_bytes = 1 << 20;
  HttpsHost host(options);
  TestHttps transport;
  // Sent whole, and sent in pieces.
  for (const size_t size : {(1 << 20) - 100, 4 << 20}) {
    ASSERT_OK_AND_ASSIGN(
        auto stream, transport.Open(host.At(), GitService::kReceivePack, Context()));
    ASSERT_OK(ReadAdvertisement(*stream));
    absl::Status status =
        stream->Write(PktLine(std::string(40, '0') + " " + host.commit + " refs/x"));
    const std::string piece(64 << 10, 'x');
    for (size_t sent = 0; status.ok() && sent < size; sent += piece.size()) {
      status = stream->Write(piece);
    }
    char buffer[10];
    if (status.ok()) status = stream->Read(buffer, sizeof(buffer)).status();

    EXPECT_THAT(status, StatusIs(absl::StatusCode::kFailedPrecondition,
                                 reason::kRemoteRejected));
    EXPECT_THAT(std::string(status.message()), HasSubstr("HTTP 413"));
    EXPECT_TRUE(stream->Refused());
    EXPECT_EQ(stream->Finish(), status);
  }
}

TEST(HttpsTransportTest, HooksWordsComeWithTheReport) {
  HttpsHost host;
  TestRemote target;
  target.SetHook("pre-receive", "#!/bin/sh\necho 'not on a Sunday' >&2\nexit 1\n");
  host.nginx.Serve("team/target.git", target.path());
  TestHttps transport;
  const auto pack = FetchPack(transport, host.At(), host.commit);
  ASSERT_OK(pack);
  ASSERT_OK_AND_ASSIGN(
      auto stream,
      transport.Open(host.At("team/target.git"), GitService::kReceivePack, Context()));
  ASSERT_OK(ReadAdvertisement(*stream));
  const std::string command =
      absl::StrCat(std::string(40, '0'), " ", host.commit, " refs/heads/master",
                   std::string(1, '\0'), "report-status side-band-64k");
  ASSERT_OK(stream->Write(PktLine(command) + "0000" + *pack));

  const auto report = ReadAdvertisement(*stream);

  ASSERT_OK(report);
  EXPECT_THAT(*report, AllOf(HasSubstr("not on a Sunday"),
                             HasSubstr("ng refs/heads/master pre-receive hook")));
  EXPECT_FALSE(stream->TookNothing());
}

TEST(HttpsTransportTest, RestartedServerIsConnectedToAgain) {
  HttpsHost host;
  TestHttps transport;
  ASSERT_OK(Advertised(transport, host.At()));
  host.nginx.Stop();
  EXPECT_THAT(Advertised(transport, host.At()),
              StatusIs(absl::StatusCode::kUnavailable, reason::kRemoteUnreachable));
  host.nginx.Start();

  EXPECT_OK(Advertised(transport, host.At()));
}

TEST(HttpsTransportTest, HaltedServerTimesOut) {
  HttpsHost host;
  HttpOptions options = OwnMachine();
  options.stall_limit = absl::Seconds(2);
  TestHttps transport(options);
  ASSERT_OK(Advertised(transport, host.At()));
  host.nginx.Halt();

  EXPECT_THAT(Advertised(transport, host.At()),
              StatusIs(absl::StatusCode::kDeadlineExceeded, reason::kRemoteTimeout));
  host.nginx.Continue();
  EXPECT_OK(Advertised(transport, host.At()));
}

TEST(HttpsTransportTest, CancellationEndsAPush) {
  HttpsHost host;
  const Context context;
  TestRemote target;
  const TempDir dir;
  target.SetHook("pre-receive",
                 absl::StrCat("#!/bin/sh\n: > ", dir / "running", "\nsleep 60\n"));
  host.nginx.Serve("team/target.git", target.path());
  TestHttps transport;
  const auto pack = FetchPack(transport, host.At(), host.commit);
  ASSERT_OK(pack);
  ASSERT_OK_AND_ASSIGN(auto stream, transport.Open(host.At("team/target.git"),
                                                   GitService::kReceivePack, context));
  ASSERT_OK(ReadAdvertisement(*stream));
  ASSERT_OK(stream->Write(absl::StrCat(
      PktLine(absl::StrCat(std::string(40, '0'), " ", host.commit, " refs/heads/master",
                           std::string(1, '\0'), "report-status")),
      "0000", *pack)));
  std::thread canceller([&] {
    while (!std::filesystem::exists(dir / "running")) {
      absl::SleepFor(absl::Milliseconds(5));
    }
    context.cancellation->Cancel();
  });

  const auto report = ReadAdvertisement(*stream);
  canceller.join();

  EXPECT_THAT(report, StatusIs(absl::StatusCode::kCancelled, reason::kCancelled));
  EXPECT_FALSE(stream->TookNothing());
}

TEST(HttpsTransportTest, ThreadsShareTheTransport) {
  HttpsHost host;
  TestHttps transport;
  std::atomic<int> good = 0;
  std::vector<std::thread> threads;

  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&] {
      for (int round = 0; round < 3; ++round) {
        good += Advertised(transport, host.At()).ok() ? 1 : 0;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();

  EXPECT_EQ(good, 24);
  EXPECT_LE(host.nginx.Connections(), 8);
}

}  // namespace
}  // namespace gitsync
