// The server itself: health, TLS, its port, reflection.

#include <gmock/gmock.h>
#include <grpcpp/generic/generic_stub.h>
#include <gtest/gtest.h>
#include <stdlib.h>

#include <fstream>
#include <future>

#include "server/rpc/health_monitor.h"
#include "tests/support/test_ca.h"
#include "tests/unit/rpc/rpc_harness.h"

namespace gitsync {
namespace {

using testing::HasSubstr;
using Code = absl::StatusCode;

// grpc.health.v1.HealthCheckResponse.ServingStatus.
constexpr int kServing = 1;
constexpr int kNotServing = 2;

// Calls a method that has no generated code here.
grpc::Status CallByName(const std::shared_ptr<grpc::Channel>& channel,
                        const std::string& method, const std::string& request,
                        std::string* response) {
  const grpc::Slice slice(request);
  const grpc::ByteBuffer in(&slice, 1);
  grpc::ByteBuffer out;
  grpc::ClientContext context;
  grpc::GenericStub stub(channel);
  std::promise<grpc::Status> ended;
  stub.UnaryCall(&context, method, grpc::StubOptions(), &in, &out,
                 [&ended](grpc::Status status) { ended.set_value(std::move(status)); });
  const grpc::Status status = ended.get_future().get();
  grpc::Slice answer;
  if (status.ok() && out.DumpToSingleSlice(&answer).ok()) {
    response->assign(answer.begin(), answer.end());
  }
  return status;
}

// What grpc.health.v1.Health.Check says of a service; -1 on an error. The request has
// one string, the response one enum, each as field 1.
int CheckHealth(const std::shared_ptr<grpc::Channel>& channel,
                const std::string& service) {
  std::string request;
  if (!service.empty()) {
    request =
        absl::StrCat("\n", std::string(1, static_cast<char>(service.size())), service);
  }
  std::string response;
  const grpc::Status status =
      CallByName(channel, "/grpc.health.v1.Health/Check", request, &response);
  return status.ok() && response.size() == 2 ? response[1] : -1;
}

class ServerTest : public RpcTest {};

TEST_F(ServerTest, ServesUntilDrained) {
  EXPECT_EQ(CheckHealth(channel_, ""), kServing);
  EXPECT_EQ(CheckHealth(channel_, "gitsync.v1.AppService"), kServing);

  server_->Drain(absl::Now());

  EXPECT_EQ(CheckHealth(channel_, ""), kNotServing);
  EXPECT_EQ(CheckHealth(channel_, "gitsync.v1.AppService"), kNotServing);
  EXPECT_EQ(CheckHealth(channel_, "no.such.Service"), -1);
}

TEST_F(ServerTest, SecondServerOnThePortIsRefused) {
  const Backend backend = {store_.get(), sync_.get(), sealer_.get(), &clock_, true};
  GrpcServer::Options options;
  options.listen = address();

  const auto second = GrpcServer::Start(backend, options);

  EXPECT_THAT(second, HasCode(Code::kFailedPrecondition));
  EXPECT_THAT(std::string(second.status().message()), HasSubstr(address()));
}

TEST_F(ServerTest, UnknownMethodIsUnimplemented) {
  std::string response;

  const grpc::Status status =
      CallByName(channel_, "/gitsync.v1.AppService/NoSuch", "", &response);

  EXPECT_EQ(status.error_code(), grpc::StatusCode::UNIMPLEMENTED);
}

// A store whose health a test sets.
class SickStore : public Store {
 public:
  absl::Status Read(
      absl::FunctionRef<absl::Status(const Transaction&)>) const override {
    return absl::InternalError("not for reading");
  }
  absl::Status Write(absl::FunctionRef<absl::Status(Transaction&)>) override {
    return absl::InternalError("not for writing");
  }
  absl::Status WriteAhead(absl::FunctionRef<absl::Status(Transaction&)> body) override {
    return Write(body);
  }
  int64_t ChangeCount() const override { return 0; }
  absl::Status CheckHealth() const override {
    absl::MutexLock lock(&mutex_);
    return health_;
  }
  void SetHealth(absl::Status health) {
    absl::MutexLock lock(&mutex_);
    health_ = std::move(health);
  }

 private:
  mutable absl::Mutex mutex_;
  absl::Status health_ ABSL_GUARDED_BY(mutex_);
};

TEST(HealthMonitorTest, ReportsEachChange) {
  SickStore store;
  absl::Mutex mutex;
  std::vector<bool> reports;
  const auto await = [&](size_t count) {
    const auto reached = [&] { return reports.size() >= count; };
    absl::MutexLock lock(&mutex);
    return mutex.AwaitWithTimeout(absl::Condition(&reached), absl::Seconds(10));
  };
  HealthMonitor monitor(&store, absl::Milliseconds(1), [&](bool healthy) {
    absl::MutexLock lock(&mutex);
    reports.push_back(healthy);
  });

  store.SetHealth(absl::InternalError("disk"));
  ASSERT_TRUE(await(2));
  store.SetHealth(absl::OkStatus());
  ASSERT_TRUE(await(3));
  monitor.Stop();

  EXPECT_THAT(reports, testing::ElementsAre(true, false, true));
}

class TlsTest : public RpcTest {
 protected:
  void SetUp() override { WriteSelfSigned(folder_.path()); }

  std::string key() const { return folder_ / "key.pem"; }
  std::string certificate() const { return folder_ / "cert.pem"; }

  static std::string Read(const std::string& file) {
    std::ifstream in(file);
    return std::string(std::istreambuf_iterator<char>(in), {});
  }

  // Lists organizations over TLS.
  grpc::Status List(const grpc::SslCredentialsOptions& options) {
    const auto channel = grpc::CreateChannel(
        absl::StrCat("localhost:", server_->port()), grpc::SslCredentials(options));
    grpc::ClientContext context;
    context.AddMetadata("authorization", absl::StrCat("Bearer ", kAdmin));
    v1::ListOrganizationsResponse response;
    return v1::OrganizationService::NewStub(channel)->ListOrganizations(&context, {},
                                                                        &response);
  }
};

TEST_F(TlsTest, ServesOverTlsAlone) {
  GrpcServer::Options options;
  ASSERT_OK_AND_ASSIGN(options.tls, LoadTlsMaterial(certificate(), key(), ""));
  StartServer(options);
  grpc::SslCredentialsOptions trusting;
  trusting.pem_root_certs = Read(certificate());

  EXPECT_TRUE(List(trusting).ok());
  EXPECT_THAT(ListOrganizations({}), HasCode(Code::kUnavailable));
}

TEST_F(TlsTest, ClientCertificateIsRequiredWhereAnAuthorityIsGiven) {
  GrpcServer::Options options;
  ASSERT_OK_AND_ASSIGN(options.tls,
                       LoadTlsMaterial(certificate(), key(), certificate()));
  StartServer(options);
  grpc::SslCredentialsOptions without;
  without.pem_root_certs = Read(certificate());
  grpc::SslCredentialsOptions with = without;
  with.pem_cert_chain = Read(certificate());
  with.pem_private_key = Read(key());

  EXPECT_FALSE(List(without).ok());
  EXPECT_TRUE(List(with).ok());
}

TEST_F(TlsTest, FilesThatDoNotFitAreNamed) {
  const std::string other = folder_ / "other.pem";
  ASSERT_EQ(system(absl::StrCat("openssl ecparam -name prime256v1 -genkey -noout -out ",
                                other)
                       .c_str()),
            0);

  EXPECT_THAT(std::string(LoadTlsMaterial(certificate(), other, "").status().message()),
              HasSubstr("is not the key of the certificate"));
  EXPECT_THAT(std::string(LoadTlsMaterial(key(), key(), "").status().message()),
              HasSubstr("holds no PEM certificate"));
  EXPECT_THAT(
      std::string(LoadTlsMaterial(certificate(), certificate(), "").status().message()),
      HasSubstr("holds no PEM private key"));
  EXPECT_THAT(LoadTlsMaterial("/no/such/file", key(), ""),
              HasCode(Code::kInvalidArgument));
}

}  // namespace
}  // namespace gitsync
