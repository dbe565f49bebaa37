// gitsyncd as an operator and a generic gRPC client see it.

#include <gmock/gmock.h>
#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <thread>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "tests/integration/installation.h"
#include "tests/integration/raw_call.h"
#include "tests/support/programs.h"
#include "tests/support/test_ca.h"

namespace gitsync {
namespace {

using absl::StatusCode;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr char kHealth[] = "/grpc.health.v1.Health/Check";
constexpr char kReflection[] =
    "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo";
constexpr char kServing[] = "\x08\x01";

std::shared_ptr<grpc::Channel> Plaintext(const GitsyncdProcess& server) {
  return grpc::CreateChannel(server.endpoint(), grpc::InsecureChannelCredentials());
}

// A field of bytes, as protobuf writes it.
std::string Field(int number, const std::string& value) {
  std::string bytes(1, static_cast<char>(number << 3 | 2));
  bytes.push_back(static_cast<char>(value.size()));
  return bytes + value;
}

TEST(ServerTest, AnswersHealthChecksAndDescribesItself) {
  const GitsyncdProcess server;
  const auto channel = Plaintext(server);

  const RawAnswer all = RawCall(channel, kHealth, "");
  const RawAnswer one =
      RawCall(channel, kHealth, Field(1, "gitsync.v1.GitSyncService"));
  const RawAnswer unknown = RawCall(channel, kHealth, Field(1, "no.such.Service"));
  const RawAnswer services = RawCall(channel, kReflection, Field(7, "*"));
  const RawAnswer file =
      RawCall(channel, kReflection, Field(4, "gitsync.v1.GitSyncService"));

  EXPECT_TRUE(all.status.ok()) << all.status.error_message();
  EXPECT_EQ(all.bytes, kServing);
  EXPECT_EQ(one.bytes, kServing);
  EXPECT_EQ(unknown.status.error_code(), grpc::StatusCode::NOT_FOUND);
  for (const char* service :
       {"OrganizationService", "AccessTokenService", "AppService", "GitConfigService",
        "GitSyncService", "OperationService"}) {
    EXPECT_THAT(services.bytes, HasSubstr(absl::StrCat("gitsync.v1.", service)));
  }
  EXPECT_THAT(services.bytes, HasSubstr("grpc.health.v1.Health"));
  EXPECT_THAT(file.bytes, HasSubstr("PushAppVersionRequest"));
  // So that clients can check health, and print the details of errors.
  for (const char* symbol :
       {"grpc.health.v1.Health", "google.rpc.ErrorInfo", "google.rpc.BadRequest",
        "google.rpc.RetryInfo", "google.rpc.RequestInfo"}) {
    const RawAnswer described = RawCall(channel, kReflection, Field(4, symbol));
    EXPECT_THAT(described.bytes, Not(HasSubstr("not found"))) << symbol;
    EXPECT_THAT(
        described.bytes,
        HasSubstr(std::string(symbol).substr(std::string(symbol).rfind('.') + 1)))
        << symbol;
  }
}

TEST(ServerTest, UnknownMethodIsUnimplemented) {
  const GitsyncdProcess server;

  const RawAnswer answer = RawCall(Plaintext(server), "/gitsync.v1.AppService/Explode",
                                   "", server.AdminToken());

  EXPECT_EQ(answer.status.error_code(), grpc::StatusCode::UNIMPLEMENTED);
}

TEST(ServerTest, BytesThatAreNoMessageAreAClearError) {
  const GitsyncdProcess server;

  const RawAnswer answer = RawCall(Plaintext(server), "/gitsync.v1.AppService/GetApp",
                                   "\x0a\xff", server.AdminToken());

  EXPECT_EQ(answer.status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_THAT(answer.status.error_message(), HasSubstr("could not be read"));
}

TEST(ServerTest, SpeaksTlsWhenACertificateIsConfigured) {
  const TempDir folder;
  WriteSelfSigned(folder.path());
  const GitsyncdProcess server(
      {.flags = {"--tls_certificate_file=" + (folder / "cert.pem"),
                 "--tls_private_key_file=" + (folder / "key.pem")}});
  const auto list = [&](client::ClientOptions options,
                        absl::Duration timeout) -> absl::Status {
    options.endpoint = server.endpoint();
    options.access_token = server.AdminToken();
    const auto client = client::Client::Create(options);
    if (!client.ok()) return client.status();
    return (*client)
        ->Call(&v1::OrganizationService::Stub::ListOrganizations,
               v1::ListOrganizationsRequest(), {.timeout = timeout})
        .status();
  };

  EXPECT_OK(list({.security = client::Security::kTls, .ca_file = folder / "cert.pem"},
                 absl::Seconds(30)));
  // Neither with a certificate that nobody vouches for, nor in clear.
  EXPECT_FALSE(list({.security = client::Security::kTls}, absl::Seconds(2)).ok());
  EXPECT_FALSE(list({.security = client::Security::kPlaintext}, absl::Seconds(2)).ok());
}

TEST(ServerTest, WhatCannotStartFailsTheCheckToo) {
  const TempDir folder;
  WriteTestFile(folder / "rubbish", "this is\nno key\n");
  ASSERT_EQ(RunCommand({"chmod", "600", folder / "rubbish"}).status, 0);
  const auto run = [&](std::vector<std::string> flags,
                       const std::vector<std::string>& environment) {
    flags.insert(flags.begin(),
                 {Program("gitsyncd"), "--data_dir=" + (folder / "data"),
                  "--grpc_listen=127.0.0.1:0", "--http_listen=127.0.0.1:0"});
    return RunCommand(flags, environment);
  };
  struct Case {
    std::string names;
    std::vector<std::string> flags;
    std::vector<std::string> environment = {};
  };
  const std::string file = folder / "rubbish";
  for (const Case& wrong :
       {Case{"known_hosts_file", {"--known_hosts_file=" + file}},
        Case{"master_key_file", {"--master_key_file=" + file}},
        Case{"GITSYNC_MASTER_KEY", {}, {"GITSYNC_MASTER_KEY=rubbish"}},
        Case{"backend_ca_file",
             {"--gateway_only", "--backend=h:1", "--backend_ca_file=" + file}},
        Case{"rubbish",
             {"--tls_certificate_file=" + file, "--tls_private_key_file=" + file}}}) {
    const CommandResult started = run(wrong.flags, wrong.environment);
    std::vector<std::string> flags = wrong.flags;
    flags.push_back("--check-config");
    const CommandResult checked = run(flags, wrong.environment);

    EXPECT_EQ(started.status, 2) << wrong.names;
    EXPECT_EQ(checked.status, 2) << wrong.names;
    EXPECT_THAT(checked.output, HasSubstr(wrong.names));
    EXPECT_EQ(checked.output, started.output);
  }
  EXPECT_EQ(run({"--check-config"}, {}).status, 0);
}

// A hook that says that it runs, and goes on when it may.
std::string WaitingHook(const TempDir& folder) {
  return absl::StrCat("#!/bin/sh\n: >", folder / "started", "\nuntil [ -e ",
                      folder / "go", " ]; do sleep 0.02; done\n");
}

bool Appears(const std::string& path) {
  for (int i = 0; i < 6000; ++i) {
    if (std::ifstream(path)) return true;
    absl::SleepFor(absl::Milliseconds(5));
  }
  return false;
}

using DrainTest = TransportTest;
GITSYNC_OVER_EACH_TRANSPORT(DrainTest);

TEST_P(DrainTest, WorkInHandEndsInOrderOnSigterm) {
  Installation gitsync({.transport = GetParam()});
  const TempDir folder;
  const AppAndVersion app = gitsync.api().CreateApp(gitsync.dev(), "Shop", "{\"a\":1}");
  gitsync.remote().SetHook("pre-receive", WaitingHook(folder));
  absl::StatusOr<v1::PushAppVersionResponse> pushed;
  std::jthread pusher([&] { pushed = gitsync.api().Push(app, "In hand"); });
  ASSERT_TRUE(Appears(folder / "started"));

  gitsync.server().RequestStop();
  // It takes on no more, while it goes on.
  absl::Status refused;
  for (int i = 0; i < 2000 && refused.ok(); ++i) {
    refused = gitsync.api().ListApps(gitsync.dev()).status();
  }
  WriteTestFile(folder / "go", "");
  pusher.join();

  EXPECT_EQ(refused.code(), StatusCode::kUnavailable) << refused;
  EXPECT_OK(pushed);
  EXPECT_EQ(gitsync.server().Wait(), 0) << gitsync.server().Log();
  EXPECT_THAT(gitsync.remote().Log(), ElementsAre("In hand"));
  gitsync.Restart();
  ASSERT_OK_AND_ASSIGN(const auto version, gitsync.api().GetVersion(app));
  EXPECT_EQ(version.commit_id(), gitsync.remote().Head());
}

TEST_P(DrainTest, WhatDoesNotEndInTimeIsFoundOutAfterARestart) {
  Installation gitsync(
      {.transport = GetParam(), .server = {.flags = {"--drain_seconds=1"}}});
  const TempDir folder;
  const AppAndVersion app = gitsync.api().CreateApp(gitsync.dev(), "Shop", "{\"a\":1}");
  gitsync.remote().SetHook("pre-receive", WaitingHook(folder));
  std::jthread pusher([&] {
    EXPECT_FALSE(
        gitsync.api().Push(app, "Cut", nullptr, {.timeout = absl::Seconds(20)}).ok());
  });
  ASSERT_TRUE(Appears(folder / "started"));

  // The hook still waits.
  EXPECT_EQ(gitsync.server().Terminate(), 0) << gitsync.server().Log();
  pusher.join();
  WriteTestFile(folder / "go", "");
  gitsync.Restart();
  ASSERT_OK_AND_ASSIGN(const auto operation, gitsync.api().LastOperation(app.app_id));
  ASSERT_OK_AND_ASSIGN(const auto ended,
                       gitsync.api().client().WaitForOperation(
                           operation.id(), absl::Now() + absl::Seconds(30)));

  EXPECT_EQ(ended.state(), v1::OPERATION_STATE_SUCCEEDED) << ended.DebugString();
  EXPECT_THAT(gitsync.remote().Log(), ElementsAre("Cut"));
  EXPECT_EQ(ended.commit_id(), gitsync.remote().Head());
}

}  // namespace
}  // namespace gitsync
