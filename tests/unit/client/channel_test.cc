#include "client/lib/channel.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "client/lib/client.h"
#include "tests/support/status_matchers.h"
#include "tests/support/test_ca.h"
#include "tests/unit/client/scripted_server.h"

namespace gitsync::client {
namespace {

TEST(ChannelTest, LoopbackIsRecognized) {
  for (const char* endpoint : {"127.0.0.1:1", "127.9.9.9:80", "localhost:7420",
                               "LOCALHOST:7420", "[::1]:7420"}) {
    EXPECT_TRUE(IsLoopback(endpoint)) << endpoint;
  }
  for (const char* endpoint : {"10.0.0.1:1", "example.com:443", "[2001:db8::1]:7420",
                               "127.0.0.1.example.com:1", "localhost"}) {
    EXPECT_FALSE(IsLoopback(endpoint)) << endpoint;
  }
}

TEST(ChannelTest, WrongEndpointIsRefused) {
  for (const char* endpoint : {"", "host", "host:", ":7420", "host:0", "host:65536",
                               "::1:7420", "[::1:7420", "http://host:1", "a b:1"}) {
    ClientOptions options;
    options.endpoint = endpoint;
    EXPECT_THAT(CreateChannel(options), HasCode(absl::StatusCode::kInvalidArgument))
        << endpoint;
  }
}

TEST(ChannelTest, TokenWithLineEndIsRefused) {
  ClientOptions options;
  options.access_token = "abc\n";
  EXPECT_THAT(CreateChannel(options), HasCode(absl::StatusCode::kInvalidArgument));
}

TEST(ChannelTest, TlsFilesWithoutTlsAreRefused) {
  ClientOptions options;
  options.ca_file = "/ca.pem";
  EXPECT_THAT(CreateChannel(options), HasCode(absl::StatusCode::kInvalidArgument));
}

TEST(ChannelTest, CertificateWithoutKeyIsRefused) {
  ClientOptions options;
  options.security = Security::kTls;
  options.certificate_file = "/etc/hostname";
  EXPECT_THAT(CreateChannel(options), HasCode(absl::StatusCode::kInvalidArgument));
}

TEST(ChannelTest, UnreadableCaFileIsRefused) {
  ClientOptions options;
  options.security = Security::kTls;
  options.ca_file = "/nonexistent/ca.pem";
  EXPECT_THAT(CreateChannel(options), HasCode(absl::StatusCode::kInvalidArgument));
}

class TlsTest : public ::testing::Test {
 protected:
  void SetUp() override {
    char name[] = "/tmp/gitsync_client_test_XXXXXX";
    ASSERT_NE(mkdtemp(name), nullptr);
    folder_ = name;
    WriteSelfSigned(folder_);
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  std::string Read(const std::string& name) const {
    std::ifstream file(folder_ + "/" + name);
    return {std::istreambuf_iterator<char>(file), {}};
  }

  std::shared_ptr<grpc::ServerCredentials> ServerCredentials() const {
    grpc::SslServerCredentialsOptions options;
    options.pem_key_cert_pairs.push_back({Read("key.pem"), Read("cert.pem")});
    return grpc::SslServerCredentials(options);
  }

  std::string folder_;
};

TEST_F(TlsTest, CertificateOfTheGivenCaIsAccepted) {
  ScriptedServer server(ServerCredentials());
  server.apps.GetAppScript.Answers(v1::App());
  ClientOptions options;
  options.endpoint = server.endpoint();
  options.security = Security::kTls;
  options.ca_file = folder_ + "/cert.pem";
  options.access_token = "t";
  const auto client = Client::Create(options);
  ASSERT_OK(client);

  ASSERT_OK((*client)->Call(&v1::AppService::Stub::GetApp, v1::GetAppRequest()));

  EXPECT_EQ(server.apps.GetAppScript.metadata("authorization"), "Bearer t");
}

TEST_F(TlsTest, CertificateOfAnotherCaIsRefused) {
  ScriptedServer server(ServerCredentials());
  server.apps.GetAppScript.Answers(v1::App());
  ClientOptions options;
  options.endpoint = server.endpoint();
  options.security = Security::kTls;
  const auto client = Client::Create(options);
  ASSERT_OK(client);

  const auto app = (*client)->Call(&v1::AppService::Stub::GetApp, v1::GetAppRequest());

  EXPECT_THAT(app, HasCode(absl::StatusCode::kUnavailable));
  EXPECT_EQ(server.apps.GetAppScript.requests().size(), 0u);
}

}  // namespace
}  // namespace gitsync::client
