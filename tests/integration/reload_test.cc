// What SIGHUP takes up while the server runs.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <filesystem>
#include <functional>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/time/clock.h"
#include "tests/integration/curl.h"
#include "tests/integration/installation.h"

namespace gitsync {
namespace {

using absl::StatusCode;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr char kReloaded[] = "configuration reloaded";
constexpr char kNotReloaded[] = "configuration not reloaded";
constexpr char kManagedOrganization[] = "0b1c2d3e-4f50-4617-8829-3a4b5c6d7e8f";

size_t Occurrences(const std::string& text, const std::string& what) {
  return std::vector<std::string>(absl::StrSplit(text, what)).size() - 1;
}

// Sends SIGHUP, and blocks until the server says what it made of it.
void SendHangup(const GitsyncdProcess& server, const std::string& outcome) {
  const size_t before = Occurrences(server.Log(), outcome);
  ASSERT_EQ(kill(server.pid(), SIGHUP), 0);
  const absl::Time give_up = absl::Now() + absl::Minutes(1);
  while (Occurrences(server.Log(), outcome) == before && absl::Now() < give_up) {
    absl::SleepFor(absl::Milliseconds(5));
  }
  EXPECT_EQ(Occurrences(server.Log(), outcome), before + 1) << server.Log();
}

// A server's files, and a configuration that names them.
class ServerFiles {
 public:
  ServerFiles() {
    NewCertificate();
    WriteKnownHosts("");
    WriteConfig("info");
  }

  void NewCertificate() { WriteSelfSigned(folder_ / ""); }
  void WriteKnownHosts(const std::string& text) {
    WriteTestFile(folder_ / "known_hosts", text);
  }
  void WriteConfig(const std::string& log_level, const std::string& added = "") {
    WriteTestFile(folder_ / "gitsync.conf",
                  absl::StrCat("log_level: \"", log_level, "\"\nknown_hosts_file: \"",
                               folder_ / "known_hosts", "\"\n", added));
  }
  std::string operator/(const std::string& name) const { return folder_ / name; }
  std::string config_flag() const { return "--config=" + (folder_ / "gitsync.conf"); }
  std::vector<std::string> TlsFlags() const {
    return {config_flag(), "--tls_certificate_file=" + (folder_ / "cert.pem"),
            "--tls_private_key_file=" + (folder_ / "key.pem")};
  }

 private:
  const TempDir folder_;
};

// The certificate that OpenSSL's own client is shown, in PEM.
std::string ShownBy(const std::string& endpoint) {
  const std::string output =
      RunCommand({"openssl", "s_client", "-connect", endpoint, "-servername",
                  "localhost", "-alpn", "h2,http/1.1"})
          .output;
  const size_t begin = output.find("-----BEGIN CERTIFICATE-----");
  const std::string end = "-----END CERTIFICATE-----\n";
  const size_t last = output.find(end);
  if (begin == std::string::npos || last == std::string::npos) return output;
  return output.substr(begin, last + end.size() - begin);
}

std::string ContentOf(const std::string& file) {
  return RunCommand({"cat", file}).output;
}

TEST(ReloadTest, NewCertificateIsShownOnBothPortsAndConnectionsGoOn) {
  ServerFiles files;
  GitsyncdProcess server({.flags = files.TlsFlags()});
  const std::string old = ContentOf(files / "cert.pem");
  WriteTestFile(files / "old.pem", old);
  const auto client_with = [&](const std::string& ca) {
    client::ClientOptions options;
    options.endpoint = server.endpoint();
    options.access_token = server.AdminToken();
    options.security = client::Security::kTls;
    options.ca_file = files / ca;
    return *client::Client::Create(options);
  };
  const auto list = [](client::Client& client) {
    return client.Call(&v1::OrganizationService::Stub::ListOrganizations,
                       v1::ListOrganizationsRequest());
  };
  const auto connected = client_with("old.pem");
  ASSERT_OK(list(*connected));
  ASSERT_EQ(ShownBy(server.endpoint()), old);
  ASSERT_EQ(ShownBy(server.http_endpoint()), old);

  files.NewCertificate();
  SendHangup(server, kReloaded);

  const std::string renewed = ContentOf(files / "cert.pem");
  ASSERT_NE(renewed, old);
  EXPECT_EQ(ShownBy(server.endpoint()), renewed);
  EXPECT_EQ(ShownBy(server.http_endpoint()), renewed);
  // Over the connection that there was: a new one would not be trusted.
  EXPECT_OK(list(*connected));
  EXPECT_OK(list(*client_with("cert.pem")));
  EXPECT_EQ(RunCommand({"curl", "-sS", "--cacert", files / "cert.pem", "-H",
                        "Authorization: Bearer " + server.AdminToken(),
                        absl::StrCat("https://", server.http_endpoint(),
                                     "/api/v1/organizations")})
                .status,
            0);
}

struct BadFileCase {
  std::string name;
  std::function<void(ServerFiles&)> change;
  std::string said;
};

class BadReloadTest : public testing::TestWithParam<BadFileCase> {};

INSTANTIATE_TEST_SUITE_P(
    , BadReloadTest,
    testing::Values(
        BadFileCase{
            "CertificateIsMissing",
            [](ServerFiles& files) { std::filesystem::remove(files / "cert.pem"); },
            "cert.pem"},
        BadFileCase{
            "CertificateIsNone",
            [](ServerFiles& files) { WriteTestFile(files / "cert.pem", "rubbish"); },
            "cert.pem holds no PEM certificate"},
        BadFileCase{"CertificateIsEmpty",
                    [](ServerFiles& files) { WriteTestFile(files / "cert.pem", ""); },
                    "cert.pem"},
        BadFileCase{"CertificateHasExpired",
                    [](ServerFiles& files) {
                      const TestCertificate old = TestCa().Issue(
                          {"IP:127.0.0.1"}, absl::Now() - absl::Hours(3));
                      WriteTestFile(files / "cert.pem", old.certificate);
                      WriteTestFile(files / "key.pem", old.private_key);
                    },
                    "cert.pem has expired"},
        BadFileCase{"SecondCertificateOfTheChainIsNone",
                    [](ServerFiles& files) {
                      WriteTestFile(files / "cert.pem",
                                    ContentOf(files / "cert.pem") +
                                        "-----BEGIN CERTIFICATE-----\nMIIB\n"
                                        "-----END CERTIFICATE-----\n");
                    },
                    "can't be used"},
        BadFileCase{"KeyIsOfAnotherCertificate",
                    [](ServerFiles& files) {
                      WriteTestFile(files / "key.pem", TestCa().Issue().private_key);
                    },
                    "is not the key of the certificate"},
        BadFileCase{
            "KnownHostsAreNone",
            [](ServerFiles& files) { files.WriteKnownHosts("host ssh-rsa !!\n"); },
            "known_hosts, line 1"},
        BadFileCase{
            "KnownHostsAreMissing",
            [](ServerFiles& files) { std::filesystem::remove(files / "known_hosts"); },
            "known_hosts_file"},
        BadFileCase{"LogLevelIsNone",
                    [](ServerFiles& files) { files.WriteConfig("loud"); },
                    "log_level must be"},
        BadFileCase{
            "SettingIsUnknown",
            [](ServerFiles& files) { files.WriteConfig("debug", "log_lvl: \"a\""); },
            "log_lvl"},
        BadFileCase{"GitConfigHasNoRepository",
                    [](ServerFiles& files) {
                      files.WriteConfig(
                          "debug", absl::StrCat("git_configs { organization_id: \"",
                                                kManagedOrganization,
                                                "\" https_token { token: \"t\" } }"));
                    },
                    "git_configs[0]"}),
    [](const auto& test) { return test.param.name; });

TEST_P(BadReloadTest, KeepsWhatThereWasAndSaysWhy) {
  ServerFiles files;
  GitsyncdProcess server({.flags = files.TlsFlags()});
  const std::string old = ContentOf(files / "cert.pem");

  GetParam().change(files);
  SendHangup(server, kNotReloaded);

  EXPECT_THAT(server.Log(), HasSubstr(GetParam().said));
  EXPECT_EQ(ShownBy(server.endpoint()), old);
  EXPECT_EQ(ShownBy(server.http_endpoint()), old);
  EXPECT_THAT(server.Log(), Not(HasSubstr("\"debug\"")));
  // And it takes up the next one.
  files.NewCertificate();
  files.WriteKnownHosts("");
  files.WriteConfig("info");
  SendHangup(server, kReloaded);
  EXPECT_EQ(ShownBy(server.endpoint()), ContentOf(files / "cert.pem"));
}

TEST(ReloadTest, LogLevelAndKnownHostsAreTakenUp) {
  ServerFiles files;
  Installation gitsync({.server = {.flags = {files.config_flag()}}});
  const std::string organization = gitsync.api().CreateOrganization("new");
  ASSERT_THAT(gitsync.server().Log(), Not(HasSubstr("\"debug\"")));
  TestSshd other;

  // The host shows another key than the one that is known from now on.
  files.WriteKnownHosts(
      absl::StrCat("[127.0.0.1]:", gitsync.sshd().port(), " ", other.HostKey(), "\n"));
  files.WriteConfig("debug");
  SendHangup(gitsync.server(), kReloaded);

  gitsync.Configure(gitsync.host(), organization, gitsync.url(), Access::kWrite);
  EXPECT_THAT(gitsync.api().Finalize(organization),
              StatusIs(StatusCode::kFailedPrecondition, "HOST_KEY_MISMATCH"));
  // What comes over REST is logged for those who look for it.
  EXPECT_EQ(Curl({absl::StrCat("http://", gitsync.server().http_endpoint(),
                               "/api/v1/organizations")})
                .status,
            401);
  EXPECT_THAT(gitsync.server().Log(), HasSubstr("\"debug\""));
  files.WriteKnownHosts(absl::StrCat("[127.0.0.1]:", gitsync.sshd().port(), " ",
                                     gitsync.sshd().HostKey(), "\n"));
  SendHangup(gitsync.server(), kReloaded);
  EXPECT_OK(gitsync.api().Finalize(organization));
}

TEST(ReloadTest, ManagedGitConfigsAreTakenUpAndWhatTakesARestartIsNamed) {
  ServerFiles files;
  GitsyncdProcess server({.flags = {files.config_flag()}});
  Api api(server.endpoint(), server.AdminToken());
  v1::CreateOrganizationRequest request;
  request.set_organization_id(kManagedOrganization);
  request.set_name("managed");
  ASSERT_OK(
      api.client().Call(&v1::OrganizationService::Stub::CreateOrganization, request));

  files.WriteConfig("info",
                    absl::StrCat("git_workers: 7\ngit_configs {\n  organization_id: \"",
                                 kManagedOrganization,
                                 "\"\n  git_url: \"https://git.example.com/a/b.git\"\n"
                                 "  branch_name: \"main\"\n  https_token { token: "
                                 "\"token-canary\" }\n}\n"));
  SendHangup(server, kReloaded);

  ASSERT_OK_AND_ASSIGN(const auto config, api.GetGitConfig(kManagedOrganization));
  EXPECT_TRUE(config.managed());
  EXPECT_THAT(server.Log(), HasSubstr("git_workers"));
  EXPECT_THAT(server.Log(), Not(HasSubstr("token-canary")));
}

TEST(ReloadTest, GatewayAloneTakesUpItsCertificate) {
  ServerFiles files;
  std::vector<std::string> flags = files.TlsFlags();
  flags.insert(flags.end(), {"--gateway_only", "--backend=127.0.0.1:1"});
  GitsyncdProcess gateway({.flags = flags});

  files.NewCertificate();
  SendHangup(gateway, kReloaded);

  EXPECT_EQ(ShownBy(gateway.http_endpoint()), ContentOf(files / "cert.pem"));
}

}  // namespace
}  // namespace gitsync
