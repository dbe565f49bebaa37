// What a server refuses to start with, and how it says so: the data folder is not what
// it was, or the key to its secrets.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sqlite3.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <optional>

#include "absl/strings/str_cat.h"
#include "tests/integration/installation.h"
#include "tests/support/programs.h"

namespace gitsync {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

// What a file holds; nothing if there is none.
std::string TextOf(const std::string& path) {
  if (!std::filesystem::is_regular_file(path)) return "";
  std::ifstream file(path, std::ios::binary);
  return std::string(std::istreambuf_iterator<char>(file), {});
}

void WritePrivate(const std::string& path, const std::string& content) {
  WriteTestFile(path, content);
  ASSERT_EQ(chmod(path.c_str(), 0600), 0);
}

// A data folder that was in use, with one secret.
class UsedFolder {
 public:
  UsedFolder() {
    GitsyncdProcess server({.data_dir = path()});
    Api api(server.endpoint(), server.AdminToken());
    const std::string organization = api.CreateOrganization("dev");
    EXPECT_OK(api.ConfigureSsh(organization, "git@git.example.com:a/b.git"));
    EXPECT_EQ(server.Terminate(), 0);
  }

  std::string path() const { return folder_ / "data"; }
  std::string operator/(const std::string& name) const {
    return absl::StrCat(path(), "/", name);
  }

  CommandResult Run(std::vector<std::string> flags,
                    const std::vector<std::string>& environment = {}) const {
    flags.insert(flags.begin(),
                 {"timeout", "60", Program("gitsyncd"), "--data_dir=" + path(),
                  "--grpc_listen=127.0.0.1:0", "--http_listen=off"});
    return RunCommand(flags, environment);
  }

 private:
  const TempDir folder_;
};

struct StartCase {
  std::string name;
  std::function<void(const UsedFolder&)> change;
  std::vector<std::string> said;
  std::vector<std::string> flags = {};
  std::vector<std::string> environment = {};
};

void ChangeDatabase(const std::string& database, const std::string& sql) {
  sqlite3* handle = nullptr;
  ASSERT_EQ(sqlite3_open(database.c_str(), &handle), SQLITE_OK);
  EXPECT_EQ(sqlite3_exec(handle, sql.c_str(), nullptr, nullptr, nullptr), SQLITE_OK);
  sqlite3_close(handle);
}

std::vector<StartCase> StartCases() {
  const auto key = [](const std::string& content) {
    return [content](const UsedFolder& folder) {
      WritePrivate(folder / "master.key", content);
    };
  };
  const auto nothing = [](const UsedFolder&) {};
  const std::string other(64, 'a');
  const std::string sealed_with = "sealed with the master key of id ";
  return {
      {"KeyIsMissing",
       [](const UsedFolder& folder) { std::filesystem::remove(folder / "master.key"); },
       {sealed_with, "there is no file", "/master.key", "--allow_lost_master_key"}},
      {"KeyOfAnotherServer", key(other + "\n"), {sealed_with, "/master.key has "}},
      {"KeyInTheEnvironmentOfAnotherServer",
       nothing,
       {sealed_with, "GITSYNC_MASTER_KEY has "},
       {},
       {"GITSYNC_MASTER_KEY=" + other}},
      {"KeyFileIsEmpty", key(""), {sealed_with, "/master.key: There is no master key"}},
      {"KeyIsCutShort", key(other.substr(2)), {sealed_with, "64 hexadecimal digits"}},
      {"KeyFileIsAFolder",
       [](const UsedFolder& folder) {
         std::filesystem::remove(folder / "master.key");
         std::filesystem::create_directory(folder / "master.key");
         chmod((folder / "master.key").c_str(), 0700);
       },
       {sealed_with, "/master.key: ", "Is a directory"}},
      {"KeyFileLeadsNowhere",
       [](const UsedFolder& folder) {
         std::filesystem::remove(folder / "master.key");
         std::filesystem::create_symlink("nowhere", folder / "master.key");
       },
       {sealed_with, "there is no file"}},
      {"OthersMayReadTheKey",
       [](const UsedFolder& folder) { chmod((folder / "master.key").c_str(), 0644); },
       {sealed_with, "/master.key: ", "chmod 600"}},
      {"DatabaseIsEmpty",
       [](const UsedFolder& folder) { WriteTestFile(folder / "gitsync.db", ""); },
       {"gitsync.db is empty", "Restore the database from a backup"}},
      {"DatabaseIsMissing",
       [](const UsedFolder& folder) { std::filesystem::remove(folder / "gitsync.db"); },
       {"gitsync.db is missing", "Restore the database from a backup"}},
      {"DatabaseIsMissingAndThereIsNoToken",
       [](const UsedFolder& folder) {
         std::filesystem::remove(folder / "gitsync.db");
         std::filesystem::remove(folder / "admin.token");
       },
       {"gitsync.db is missing", "gitsync.db.lock is there"}},
      {"DatabaseIsText",
       [](const UsedFolder& folder) {
         WriteTestFile(folder / "gitsync.db", std::string(8192, 'x'));
       },
       {"damaged, or is no database"}},
      {"DatabaseOfAnotherProgram",
       [](const UsedFolder& folder) {
         std::filesystem::remove(folder / "gitsync.db");
         ChangeDatabase(folder / "gitsync.db", "CREATE TABLE t (a)");
       },
       {"belongs to another program"}},
      {"DatabaseIsNewer",
       [](const UsedFolder& folder) {
         ChangeDatabase(folder / "gitsync.db", "PRAGMA user_version = 9999");
       },
       {"has schema 9999", "a newer GitSync has used it"}},
  };
}

class StartTest : public testing::TestWithParam<StartCase> {};

INSTANTIATE_TEST_SUITE_P(, StartTest, testing::ValuesIn(StartCases()),
                         [](const auto& test) { return test.param.name; });

TEST_P(StartTest, IsRefusedWithTheReasonAndAWayOut) {
  const UsedFolder folder;
  GetParam().change(folder);
  const std::string key = TextOf(folder / "master.key");

  const CommandResult started = folder.Run(GetParam().flags, GetParam().environment);
  std::vector<std::string> flags = GetParam().flags;
  flags.push_back("--check-config");
  const CommandResult checked = folder.Run(flags, GetParam().environment);

  EXPECT_EQ(started.status, 1);
  EXPECT_EQ(checked.status, 2);
  for (const std::string& said : GetParam().said) {
    EXPECT_THAT(started.output, HasSubstr(said));
    EXPECT_THAT(checked.output, HasSubstr(said));
  }
  EXPECT_THAT(started.output, Not(HasSubstr("gitsyncd ready")));
  // No key is made in place of the one that is missed.
  EXPECT_EQ(TextOf(folder / "master.key"), key);
}

TEST(StartingTest, KeyThatIsPutBackBesideTheNewOneOpensEverything) {
  const UsedFolder folder;
  const std::string old = TextOf(folder / "master.key");
  WritePrivate(folder / "master.key", std::string(64, 'a') + "\n" + old);

  EXPECT_EQ(folder.Run({"--check-config"}).status, 0);
  const GitsyncdProcess server({.data_dir = folder.path()});
}

TEST(StartingTest, LostKeyIsTakenForLostWhenItIsAllowed) {
  const UsedFolder folder;
  std::filesystem::remove(folder / "master.key");

  EXPECT_EQ(folder.Run({"--check-config", "--allow_lost_master_key"}).status, 0);
  GitsyncdProcess server(
      {.flags = {"--allow_lost_master_key"}, .data_dir = folder.path()});

  EXPECT_THAT(server.Log(),
              AllOf(HasSubstr("their master key is lost"), HasSubstr("(1 secret)")));
}

TEST(StartingTest, KeyThatNothingWasSealedWithMayGo) {
  GitsyncdProcess server;
  ASSERT_EQ(server.Terminate(), 0);
  std::filesystem::remove(server.data_dir() + "/master.key");

  server.Restart();

  EXPECT_TRUE(std::filesystem::exists(server.data_dir() + "/master.key"));
}

TEST(StartingTest, FolderOfARunningServerIsRefusedAndPassesTheCheck) {
  const UsedFolder folder;
  const GitsyncdProcess server({.data_dir = folder.path()});

  const CommandResult started = folder.Run({});

  EXPECT_EQ(started.status, 1);
  EXPECT_THAT(started.output, HasSubstr("in use by another process"));
  EXPECT_EQ(folder.Run({"--check-config"}).status, 0);
}

TEST(StartingTest, FolderThatCannotBeWrittenIsRefused) {
  const UsedFolder folder;
  const char* const path = folder.path().c_str();
  if (mount(path, path, nullptr, MS_BIND, nullptr) != 0) {
    GTEST_SKIP() << "mounting is not allowed here";
  }
  ASSERT_EQ(mount(path, path, nullptr, MS_BIND | MS_REMOUNT | MS_RDONLY, nullptr), 0);

  const CommandResult started = folder.Run({});
  const CommandResult checked = folder.Run({"--check-config"});
  umount2(path, MNT_DETACH);

  EXPECT_EQ(started.status, 1);
  EXPECT_THAT(started.output, HasSubstr("Read-only file system"));
  EXPECT_EQ(checked.status, 2);
  EXPECT_EQ(checked.output, started.output);
}

TEST(StartingTest, VariablesOfServicesDoNotKeepItFromStarting) {
  GitsyncdProcess server(
      {.environment = {
           "GITSYNC_SERVICE_HOST=10.0.0.1", "GITSYNC_GATEWAY_SERVICE_HOST=10.0.0.2",
           "GITSYNC_POSTGRES_PORT_5432_TCP_ADDR=10.0.0.3", "GITSYNC_RELEASE=blue"}});

  EXPECT_THAT(server.Log(), AllOf(HasSubstr("GITSYNC_RELEASE"),
                                  Not(HasSubstr("GITSYNC_GATEWAY_SERVICE_HOST"))));
}

TEST(StartingTest, ListeningInClearOffLoopbackHasToBeAllowed) {
  const TempDir folder;
  const auto run = [&](const std::string& flag) {
    return RunCommand({Program("gitsyncd"), "--data_dir=" + (folder / "data"),
                       "--grpc_listen=0.0.0.0:0", "--http_listen=off", flag},
                      {});
  };

  const CommandResult refused = run("--log_level=info");

  EXPECT_EQ(refused.status, 2);
  EXPECT_THAT(refused.output, AllOf(HasSubstr("grpc_listen 0.0.0.0:0"),
                                    HasSubstr("allow_plaintext_listen")));
  EXPECT_FALSE(std::filesystem::exists(folder / "data"));
  const GitsyncdProcess allowed(
      {.flags = {"--grpc_listen=0.0.0.0:0", "--allow_plaintext_listen"}});
}

}  // namespace
}  // namespace gitsync
