// The main job against the SSH servers that git hosts are built on, with each kind of
// key, over a fast link and over a slow one. OpenSSH over a fast link is in
// main_job_test.cc.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <pwd.h>
#include <unistd.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "tests/integration/installation.h"
#include "tests/support/foreign_ssh_server.h"
#include "tests/support/tcp_proxy.h"

namespace gitsync {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;

constexpr char kFirst[] = R"({"pages":[{"name":"Orders","limit":10}]})";
constexpr char kSecond[] = R"({"pages":[{"name":"Orders","limit":20}]})";

// A server of one repository, as it looks to its clients and to who looks after it.
class SshServer {
 public:
  virtual ~SshServer() = default;
  virtual int port() const = 0;
  // The repository's path in a URL.
  virtual std::string path() const = 0;
  virtual void Authorize(const std::string& public_key, Access access) = 0;
  virtual std::vector<std::string> Log() const = 0;
  virtual bool FsckClean() const = 0;
};

class OpenSsh : public SshServer {
 public:
  int port() const override { return sshd_.port(); }
  std::string path() const override { return remote_.path(); }
  void Authorize(const std::string& public_key, Access) override {
    sshd_.Authorize(public_key);
  }
  std::vector<std::string> Log() const override { return remote_.Log(); }
  bool FsckClean() const override { return remote_.FsckClean(); }

 private:
  TestSshd sshd_;
  TestRemote remote_;
};

class Foreign : public SshServer {
 public:
  explicit Foreign(const std::string& kind) : server_(kind) {}
  int port() const override { return server_.port(); }
  std::string path() const override { return remote_.path(); }
  void Authorize(const std::string& public_key, Access) override {
    server_.Authorize(public_key);
  }
  std::vector<std::string> Log() const override { return remote_.Log(); }
  bool FsckClean() const override { return remote_.FsckClean(); }

 private:
  TestRemote remote_;
  ForeignSshServer server_;
};

// gitolite3 behind OpenSSH: it decides by its own rules who may read and write.
class Gitolite : public SshServer {
 public:
  Gitolite() {
    Run({"gitolite", "setup", "-a", "nobody"});
    WriteTestFile(sshd_.home() + "/.gitolite/conf/gitolite.conf",
                  "repo shop\n    RW+ = writer\n    R = reader\n");
    Run({"gitolite", "compile"});
  }
  int port() const override { return sshd_.port(); }
  std::string path() const override { return "/shop"; }
  void Authorize(const std::string& public_key, Access access) override {
    // As gitolite writes it for the keys that its administrator adds.
    sshd_.Authorize(absl::StrCat("command=\"/usr/share/gitolite3/gitolite-shell ",
                                 access == Access::kWrite ? "writer" : "reader",
                                 "\",restrict ", public_key));
  }
  std::vector<std::string> Log() const override {
    return absl::StrSplit(Git({"log", "--format=%s", "master"}), '\n',
                          absl::SkipEmpty());
  }
  bool FsckClean() const override { return Git({"fsck", "--strict"}).empty(); }

 private:
  void Run(const std::vector<std::string>& command) {
    const CommandResult result = RunCommand(command, {"HOME=" + sshd_.home()});
    EXPECT_EQ(result.status, 0) << result.output;
  }
  std::string Git(std::vector<std::string> arguments) const {
    arguments.insert(arguments.begin(),
                     {"git", "-C", sshd_.home() + "/repositories/shop.git"});
    return RunCommand(arguments).output;
  }

  TestSshd sshd_;
};

std::unique_ptr<SshServer> StartServer(const std::string& kind) {
  if (kind == "openssh") return std::make_unique<OpenSsh>();
  if (kind == "gitolite") return std::make_unique<Gitolite>();
  return std::make_unique<Foreign>(kind);
}

struct Peer {
  const char* name;
  const char* kind;
  v1::SshKeyType key_type;
};

std::ostream& operator<<(std::ostream& out, const Peer& peer) {
  return out << peer.name;
}

class SshServersTest : public ::testing::TestWithParam<Peer> {
 protected:
  void SetUp() override {
    const std::string missing = ForeignSshServer::WhyMissing(GetParam().kind);
    if (!missing.empty()) GTEST_SKIP() << missing;
    server_ = StartServer(GetParam().kind);
    slow_link_.emplace(server_->port(), TcpProxy::Pace{512, absl::Milliseconds(2)});
  }

  // An organization whose key the server knows, at a port. Not finalized.
  std::string Configure(const std::string& name, int port, Access access) {
    const std::string organization_id = api_.CreateOrganization(name);
    const std::string user = getpwuid(getuid())->pw_name;
    const auto config = api_.ConfigureSsh(
        organization_id,
        absl::StrCat("ssh://", user, "@127.0.0.1:", port, server_->path()),
        [](auto& request) {
          request.set_branch_name("master");
          request.set_key_type(GetParam().key_type);
        });
    EXPECT_OK(config);
    if (config.ok()) server_->Authorize(config->ssh().public_key(), access);
    return organization_id;
  }

  std::unique_ptr<SshServer> server_;
  // Servers tell which signatures they take of RSA keys in a packet of its own, which a
  // slow link delivers later than the end of the handshake.
  std::optional<TcpProxy> slow_link_;
  GitsyncdProcess gitsyncd_;
  Api api_{gitsyncd_.endpoint(), gitsyncd_.AdminToken()};
};

TEST_P(SshServersTest, MainJobIsDone) {
  const std::string near = Configure("near", server_->port(), Access::kWrite);
  const std::string far = Configure("far", slow_link_->port(), Access::kWrite);
  for (const std::string& organization_id : {near, far}) {
    ASSERT_OK_AND_ASSIGN(const auto finalized, api_.Finalize(organization_id));
    EXPECT_TRUE(finalized.can_write());
  }

  // Over the slow link in one direction, over the fast one in the other.
  const AppAndVersion ours = api_.CreateApp(far, "Shop", kFirst);
  ASSERT_OK(api_.Push(ours, "Add the shop"));
  ASSERT_OK_AND_ASSIGN(const auto imported, api_.Import(near, ours.git_app_id));
  ASSERT_OK(api_.UpdateDefinition(ours, kSecond));
  ASSERT_OK(api_.Push(ours, "Show more orders"));
  ASSERT_OK_AND_ASSIGN(const auto pulled, api_.Pull(imported.app().id()));
  EXPECT_TRUE(pulled.changed());
  const AppAndVersion theirs = {imported.app().id(), imported.version().id(),
                                ours.git_app_id};
  ASSERT_OK(api_.MakeEditable(theirs.app_id));
  ASSERT_OK(api_.UpdateDefinition(theirs, kFirst));
  ASSERT_OK(api_.Push(theirs, "Show fewer orders"));
  ASSERT_OK_AND_ASSIGN(const auto back, api_.Pull(ours.app_id));
  EXPECT_TRUE(back.changed());

  EXPECT_THAT(server_->Log(),
              ElementsAre("Show fewer orders", "Show more orders", "Add the shop"));
  EXPECT_TRUE(server_->FsckClean());

  // Finalizing logged in, and once more whatever came after it, with the host key that
  // was pinned then.
  EXPECT_EQ(slow_link_->Connections(), 2);
  ASSERT_OK(api_.Finalize(far));
  EXPECT_EQ(slow_link_->Connections(), 3);
}

INSTANTIATE_TEST_SUITE_P(
    Servers, SshServersTest,
    ::testing::Values(Peer{"OpenSshEd25519", "openssh", v1::SSH_KEY_TYPE_ED25519},
                      Peer{"OpenSshRsa", "openssh", v1::SSH_KEY_TYPE_RSA},
                      Peer{"OpenSsh10Ed25519", "openssh10", v1::SSH_KEY_TYPE_ED25519},
                      Peer{"OpenSsh10Rsa", "openssh10", v1::SSH_KEY_TYPE_RSA},
                      Peer{"DropbearEd25519", "dropbear", v1::SSH_KEY_TYPE_ED25519},
                      Peer{"DropbearRsa", "dropbear", v1::SSH_KEY_TYPE_RSA},
                      Peer{"GoEd25519", "go", v1::SSH_KEY_TYPE_ED25519},
                      Peer{"GoRsa", "go", v1::SSH_KEY_TYPE_RSA},
                      Peer{"AsyncsshEd25519", "asyncssh", v1::SSH_KEY_TYPE_ED25519},
                      Peer{"AsyncsshRsa", "asyncssh", v1::SSH_KEY_TYPE_RSA},
                      Peer{"NpmSsh2Ed25519", "ssh2", v1::SSH_KEY_TYPE_ED25519},
                      Peer{"NpmSsh2Rsa", "ssh2", v1::SSH_KEY_TYPE_RSA},
                      Peer{"MinaEd25519", "mina", v1::SSH_KEY_TYPE_ED25519},
                      Peer{"MinaRsa", "mina", v1::SSH_KEY_TYPE_RSA},
                      Peer{"GitoliteEd25519", "gitolite", v1::SSH_KEY_TYPE_ED25519},
                      Peer{"GitoliteRsa", "gitolite", v1::SSH_KEY_TYPE_RSA}),
    [](const ::testing::TestParamInfo<Peer>& peer) { return peer.param.name; });

class GitoliteTest : public SshServersTest {};

// gitolite refuses in words that no other host has.
TEST_P(GitoliteTest, ReaderPullsAndIsToldWhyItCannotPush) {
  const std::string writer = Configure("writer", server_->port(), Access::kWrite);
  const std::string reader = Configure("reader", server_->port(), Access::kRead);
  ASSERT_OK(api_.Finalize(writer));
  const AppAndVersion app = api_.CreateApp(writer, "Shop", kFirst);
  ASSERT_OK(api_.Push(app, "Add the shop"));

  ASSERT_OK_AND_ASSIGN(const auto finalized, api_.Finalize(reader));
  EXPECT_FALSE(finalized.can_write());
  v1::TestGitConnectionRequest request;
  request.set_organization_id(reader);
  ASSERT_OK_AND_ASSIGN(
      const auto tested,
      api_.client().Call(&v1::GitConfigService::Stub::TestGitConnection, request));
  ASSERT_THAT(tested.steps(), SizeIs(7));
  EXPECT_EQ(tested.steps(6).outcome(), v1::ConnectionStep::OUTCOME_WARNING);
  EXPECT_THAT(tested.steps(6).detail(), HasSubstr("DENIED by fallthru"));

  ASSERT_OK_AND_ASSIGN(const auto imported, api_.Import(reader, app.git_app_id));
  const AppAndVersion copy = {imported.app().id(), imported.version().id(),
                              app.git_app_id};
  ASSERT_OK(api_.MakeEditable(copy.app_id));
  ASSERT_OK(api_.UpdateDefinition(copy, kSecond));
  const auto pushed = api_.Push(copy, "Not mine to push");
  EXPECT_THAT(pushed,
              StatusIs(absl::StatusCode::kPermissionDenied, "REMOTE_READ_ONLY"));
  EXPECT_THAT(std::string(pushed.status().message()), HasSubstr("DENIED by fallthru"));
  EXPECT_THAT(server_->Log(), ElementsAre("Add the shop"));
}

INSTANTIATE_TEST_SUITE_P(
    Servers, GitoliteTest,
    ::testing::Values(Peer{"Ed25519", "gitolite", v1::SSH_KEY_TYPE_ED25519}),
    [](const ::testing::TestParamInfo<Peer>& peer) { return peer.param.name; });

}  // namespace
}  // namespace gitsync
