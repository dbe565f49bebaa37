// What the SQLite form of the store promises about its file.

#include "storage/sqlite/sqlite_store.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sqlite3.h>
#include <sys/stat.h>

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <fstream>
#include <thread>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "server/base/status_macros.h"
#include "storage/sqlite/migration.h"
#include "storage/sqlite/string_list.h"
#include "tests/support/status_matchers.h"
#include "tests/unit/storage/query_plan.h"
#include "tests/unit/storage/temp_folder.h"
#include "tests/unit/storage/test_rows.h"

namespace gitsync {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class SqliteStoreTest : public testing::Test {
 protected:
  absl::StatusOr<std::unique_ptr<SqliteStore>> Open() {
    return SqliteStore::Open({.path = path_});
  }
  void RunSql(const std::string& sql) {
    sqlite3* handle = nullptr;
    ASSERT_EQ(sqlite3_open(path_.c_str(), &handle), SQLITE_OK);
    EXPECT_EQ(sqlite3_exec(handle, sql.c_str(), nullptr, nullptr, nullptr), SQLITE_OK)
        << sqlite3_errmsg(handle);
    sqlite3_close(handle);
  }
  // A database at the schema that the first `count` migrations make.
  absl::Status MakeDatabase(const std::vector<Migration>& migrations, size_t count) {
    std::ofstream(path_).flush();
    auto connection = Connection::Open(path_, absl::Seconds(1));
    EXPECT_OK(connection);
    return Migrate(**connection, {migrations.begin(), migrations.begin() + count});
  }

  TempFolder folder_;
  const std::string path_ = folder_.path() + "/gitsync.db";
};

// As older versions stored it.
TEST_F(SqliteStoreTest, TextThatIsNoUtf8HealsWhenItIsRead) {
  {
    ASSERT_OK_AND_ASSIGN(auto store, Open());
    ASSERT_OK(store->Write([](Transaction& t) -> absl::Status {
      RETURN_IF_ERROR(t.organizations().Insert(MakeOrganization("o")));
      return t.operations().Insert(MakeOperation("a", "o", "app"));
    }));
  }
  RunSql(
      "UPDATE operations SET error_message = CAST(X'6772F6DF65' AS TEXT), "
      "files = X'353A6772F6DF65313A78', push_folder = CAST(X'FF' AS TEXT)");
  ASSERT_OK_AND_ASSIGN(auto store, Open());

  OperationRow row;
  ASSERT_OK(store->Read([&](const Transaction& t) -> absl::Status {
    ASSIGN_OR_RETURN(row, t.operations().Get("a"));
    return absl::OkStatus();
  }));

  EXPECT_EQ(row.error_message,
            "gr\xef\xbf\xbd\xef\xbf\xbd"
            "e");
  EXPECT_THAT(row.files, ElementsAre("gr\xef\xbf\xbd\xef\xbf\xbd"
                                     "e",
                                     "x"));
  EXPECT_EQ(row.push->folder, "\xef\xbf\xbd");
}

TEST_F(SqliteStoreTest, RowsOutliveTheStore) {
  {
    ASSERT_OK_AND_ASSIGN(auto store, Open());
    ASSERT_OK(store->Write([](Transaction& t) {
      return t.organizations().Insert(MakeOrganization("o"));
    }));
  }

  ASSERT_OK_AND_ASSIGN(auto store, Open());

  EXPECT_OK(store->Read(
      [](const Transaction& t) { return t.organizations().Get("o").status(); }));
}

TEST_F(SqliteStoreTest, FilesAreTheirOwnersAlone) {
  ASSERT_OK_AND_ASSIGN(auto store, Open());
  ASSERT_OK(store->CheckHealth());

  for (const char* suffix : {"", "-wal", "-shm", ".lock"}) {
    struct stat info = {};
    ASSERT_EQ(stat((path_ + suffix).c_str(), &info), 0) << suffix;
    EXPECT_EQ(info.st_mode & 0777, 0600u) << suffix;
  }
}

TEST_F(SqliteStoreTest, SecondOpenerIsRefusedUntilTheFirstIsGone) {
  ASSERT_OK_AND_ASSIGN(auto first, Open());

  const auto second = Open();

  EXPECT_THAT(second, HasCode(absl::StatusCode::kUnavailable));
  EXPECT_THAT(second.status().ToString(), HasSubstr("in use by another process"));
  first.reset();
  EXPECT_OK(Open());
}

// Reads go on with the transaction of those before them.
TEST_F(SqliteStoreTest, ReadsSeeEachWriteThatIsDone) {
  ASSERT_OK_AND_ASSIGN(auto store, Open());
  const auto has = [&store](const std::string& id) {
    return store->Read(
        [&](const Transaction& t) { return t.organizations().Get(id).status(); });
  };
  std::atomic<bool> done = false;
  // So that all connections are in use, and reads end while something is written.
  std::vector<std::thread> others;
  for (int i = 0; i < 3; ++i) {
    others.emplace_back([&] {
      while (!done) EXPECT_THAT(has("none"), HasCode(absl::StatusCode::kNotFound));
    });
  }
  for (int i = 0; i < 500; ++i) {
    const std::string id = absl::StrCat(i);
    const auto insert = [&](Transaction& t) {
      return t.organizations().Insert(MakeOrganization(id));
    };
    EXPECT_OK(i % 2 == 0 ? store->Write(insert) : store->WriteAhead(insert));
    EXPECT_OK(has(id)) << i;
  }
  done = true;
  for (std::thread& other : others) other.join();
}

// With one connection for all reads, each of which would be the next one's to go on
// with.
TEST_F(SqliteStoreTest, ReadThatAWriteOvertakesLeavesNothingOld) {
  ASSERT_OK_AND_ASSIGN(auto store, SqliteStore::Open({.path = path_, .readers = 1}));
  const auto insert = [](const std::string& id) {
    return
        [id](Transaction& t) { return t.organizations().Insert(MakeOrganization(id)); };
  };
  const auto get = [](const std::string& id) {
    return [id](const Transaction& t) { return t.organizations().Get(id).status(); };
  };
  ASSERT_OK(store->Write(insert("zero")));
  ASSERT_OK(store->Read(get("zero")));

  // From before a write to after it.
  ASSERT_OK(store->Read([&](const Transaction& t) {
    EXPECT_OK(get("zero")(t));
    std::thread([&] { EXPECT_OK(store->Write(insert("one"))); }).join();
    return get("zero")(t);
  }));
  EXPECT_OK(store->Read(get("one")));

  // Within one.
  ASSERT_OK(store->Write([&](Transaction& t) {
    std::thread([&] { EXPECT_OK(store->Read(get("one"))); }).join();
    return insert("two")(t);
  }));
  EXPECT_OK(store->Read(get("two")));
}

TEST_F(SqliteStoreTest, LogIsEmptiedWithReadsBetweenTheWrites) {
  ASSERT_OK_AND_ASSIGN(auto store, Open());
  // Ahead, as what follows is then too: it does not wait for the disk.
  ASSERT_OK(store->WriteAhead(
      [](Transaction& t) { return t.organizations().Insert(MakeOrganization("o")); }));

  uintmax_t largest = 0;
  for (int i = 0; i < 3000; ++i) {
    ASSERT_OK(store->CheckHealth());
    ASSERT_OK(store->Read(
        [](const Transaction& t) { return t.organizations().Get("o").status(); }));
    largest = std::max(largest, std::filesystem::file_size(path_ + "-wal"));
  }

  // SQLite empties it when it has a thousand pages of 4 KiB.
  EXPECT_LT(largest, 5u << 20);
}

TEST_F(SqliteStoreTest, ReadsSeeWhatAnotherProgramWrites) {
  ASSERT_OK_AND_ASSIGN(auto store, Open());
  const auto name = [&store] {
    std::string found;
    const absl::Status read =
        store->Read([&found](const Transaction& t) -> absl::Status {
          ASSIGN_OR_RETURN(const OrganizationRow row, t.organizations().Get("o"));
          found = row.name;
          return absl::OkStatus();
        });
    EXPECT_OK(read);
    return found;
  };
  ASSERT_OK(store->Write(
      [](Transaction& t) { return t.organizations().Insert(MakeOrganization("o")); }));
  const std::string before = name();

  RunSql("UPDATE organizations SET name = 'Renamed'");

  const absl::Time end = absl::Now() + absl::Seconds(10);
  while (name() == before && absl::Now() < end) {
  }
  EXPECT_EQ(name(), "Renamed");
}

TEST_F(SqliteStoreTest, MissingFolderIsRefused) {
  EXPECT_THAT(SqliteStore::Open({.path = folder_.path() + "/no/gitsync.db"}),
              HasCode(absl::StatusCode::kFailedPrecondition));
}

TEST_F(SqliteStoreTest, FileThatIsNoDatabaseIsRefused) {
  std::ofstream(path_) << std::string(8192, 'x');

  EXPECT_THAT(Open(), HasCode(absl::StatusCode::kDataLoss));
}

TEST_F(SqliteStoreTest, DamagedPageIsRefused) {
  {
    ASSERT_OK_AND_ASSIGN(auto store, Open());
    ASSERT_OK(store->Write([](Transaction& t) {
      return t.organizations().Insert(MakeOrganization("o"));
    }));
  }
  const auto size = std::filesystem::file_size(path_);
  // The header, with its schema, stays; the last page of a B-tree goes.
  std::fstream file(path_, std::ios::in | std::ios::out | std::ios::binary);
  file.seekp(static_cast<std::streamoff>(size) - 4096);
  file << std::string(4096, '\x7f');
  file.close();

  const auto store = Open();

  EXPECT_THAT(store, HasCode(absl::StatusCode::kDataLoss));
  EXPECT_THAT(store.status().ToString(), HasSubstr("damaged"));
}

TEST_F(SqliteStoreTest, AnotherProgramsDatabaseIsRefusedAndUntouched) {
  RunSql("CREATE TABLE t (x); PRAGMA application_id = 1;");

  EXPECT_THAT(Open(), HasCode(absl::StatusCode::kFailedPrecondition));

  RunSql("SELECT x FROM t");
  EXPECT_FALSE(std::filesystem::exists(path_ + "-wal"));
}

TEST_F(SqliteStoreTest, NewerSchemaIsRefused) {
  ASSERT_OK(Open());
  RunSql("PRAGMA user_version = 1000");

  const auto store = Open();

  EXPECT_THAT(store, HasCode(absl::StatusCode::kFailedPrecondition));
  EXPECT_THAT(store.status().ToString(), HasSubstr("a newer GitSync has used it"));
}

TEST_F(SqliteStoreTest, EachOlderSchemaIsBroughtUpToDate) {
  for (size_t count = 0; count < Migrations().size(); ++count) {
    std::filesystem::remove(path_);
    ASSERT_OK(MakeDatabase(Migrations(), count));

    ASSERT_OK_AND_ASSIGN(auto store, Open());

    EXPECT_OK(store->CheckHealth());
  }
}

TEST_F(SqliteStoreTest, NamesThatBecameOneWithAMigrationStayApart) {
  // The two spellings of an accent were two names up to here.
  ASSERT_OK(MakeDatabase(Migrations(), 5));
  RunSql(
      "INSERT INTO organizations (id, name, name_key, environments, etag, create_time, "
      "update_time) VALUES ('o', 'Caf\xc3\xa9', 'caf\xc3\xa9', x'', 'e', 1, 1), "
      "('p', 'Cafe\xcc\x81', 'cafe\xcc\x81', x'', 'e', 1, 1)");

  ASSERT_OK_AND_ASSIGN(auto store, Open());

  for (const std::string id : {"o", "p"}) {
    EXPECT_OK(store->Write([&](Transaction& t) -> absl::Status {
      ASSIGN_OR_RETURN(OrganizationRow row, t.organizations().Get(id));
      row.etag = "another";
      return t.organizations().Update(row);
    }));
  }
  EXPECT_THAT(store->Write([](Transaction& t) {
    OrganizationRow row = MakeOrganization("q");
    row.name = "caf\xc3\xa9";
    return t.organizations().Insert(row);
  }),
              HasCode(absl::StatusCode::kAlreadyExists));
}

TEST_F(SqliteStoreTest, AppsOfAnOlderSchemaHaveNoKnownNameInGit) {
  ASSERT_OK(MakeDatabase(Migrations(), 4));
  RunSql(
      "INSERT INTO organizations (id, name, name_key, environments, etag, create_time, "
      "update_time) VALUES ('o', 'o', 'o', x'', 'e', 1, 1); "
      "INSERT INTO apps (id, organization_id, name, name_key, slug, editable, "
      "git_app_id, git_folder, git_ref, git_commit_id, git_tree_id, git_version_id, "
      "git_sync_time, etag, create_time, update_time) VALUES "
      "('imported', 'o', 'a', 'a', 'a', 1, 'g', 'f', 'r', 'c', 't', 'v', 1, 'e', 1, "
      "1), "
      "('pushed', 'o', 'b', 'b', 'b', 1, 'h', 'f', 'r', 'c', 't', 'v', 1, 'e', 1, 1), "
      "('new', 'o', 'n', 'n', 'n', 1, 'i', NULL, NULL, NULL, NULL, NULL, NULL, 'e', 1, "
      "1); "
      "INSERT INTO operations (id, organization_id, app_id, version_id, type, state, "
      "phase, actor, ref, commit_id, changed, environment, files, files_were_merged, "
      "error_code, error_reason, error_message, create_time) VALUES "
      "('i', 'o', 'imported', '', 3, 2, 1, '', '', '', 1, '', x'', 0, 0, '', '', 1)");

  ASSERT_OK_AND_ASSIGN(auto store, Open());

  ASSERT_OK(store->Read([](const Transaction& t) -> absl::Status {
    ASSIGN_OR_RETURN(const AppRow imported, t.apps().Get("imported"));
    ASSIGN_OR_RETURN(const AppRow pushed, t.apps().Get("pushed"));
    ASSIGN_OR_RETURN(const AppRow never_synced, t.apps().Get("new"));
    EXPECT_EQ(imported.git_state->name, "");
    EXPECT_TRUE(imported.git_state->name_is_local);
    EXPECT_FALSE(pushed.git_state->name_is_local);
    EXPECT_FALSE(never_synced.git_state.has_value());
    return absl::OkStatus();
  }));
}

TEST_F(SqliteStoreTest, LoginsOfAnOlderSchemaAreProvedWhereTheyWereFinalized) {
  ASSERT_OK(MakeDatabase(Migrations(), 6));
  struct Old {
    const char* organization_id;
    CredentialKind kind;
    bool finalized;
    const char* last_error;
    const char* proved_etag;  // to be
  };
  const Old olds[] = {{"works", CredentialKind::kSsh, true, "", "etag"},
                      {"failed", CredentialKind::kSsh, true, "refused", ""},
                      {"new", CredentialKind::kSsh, false, "", ""},
                      {"https", CredentialKind::kHttpsToken, true, "", "etag"}};
  for (const Old& old : olds) {
    const std::string id = absl::StrCat("'", old.organization_id, "'");
    RunSql(absl::StrCat(
        "INSERT INTO organizations (id, name, name_key, environments, etag, "
        "create_time, update_time) VALUES (",
        id, ", ", id, ", ", id,
        ", x'', 'e', 1, 1); "
        "INSERT INTO git_configs (organization_id, mirror_id, git_url, branch, "
        "path_prefix, kind, sealed_secret, key_type, public_key, host_key, "
        "github_app_id, github_app_installation_id, github_enterprise_api_url, "
        "app_key_fingerprint, username, ca_certificate, finalize_time, can_write, "
        "last_error, etag, create_time, update_time) VALUES (",
        id, ", '', '', '', '', ", static_cast<int>(old.kind),
        ", x'', '', '', '', '', '', '', '', '', '', ", old.finalized ? "1" : "NULL",
        ", 1, '", old.last_error, "', 'etag', 1, 1)"));
  }

  ASSERT_OK_AND_ASSIGN(auto store, Open());

  ASSERT_OK(store->Read([&](const Transaction& t) -> absl::Status {
    for (const Old& old : olds) {
      ASSIGN_OR_RETURN(const GitConfigRow row,
                       t.git_configs().Get(old.organization_id));
      EXPECT_EQ(row.proved_etag, old.proved_etag) << old.organization_id;
    }
    return absl::OkStatus();
  }));
}

TEST_F(SqliteStoreTest, MigrationsRunOnceEachInOrder) {
  const std::vector<Migration> migrations = {
      {1, "CREATE TABLE t (x); INSERT INTO t VALUES (1);"},
      {2, "INSERT INTO t SELECT x + 1 FROM t;"},
      {3, "INSERT INTO t SELECT x + 2 FROM t;"}};

  for (const size_t count : {1, 1, 3, 3}) ASSERT_OK(MakeDatabase(migrations, count));

  ASSERT_OK_AND_ASSIGN(auto connection, Connection::Open(path_, absl::Seconds(1)));
  EXPECT_EQ(connection->RunForText("SELECT group_concat(x) FROM t").value(), "1,2,3,4");
}

TEST_F(SqliteStoreTest, FailedMigrationLeavesTheOneBefore) {
  const std::vector<Migration> migrations = {
      {1, "CREATE TABLE t (x);"}, {2, "INSERT INTO t VALUES (1); SELECT no FROM t;"}};

  EXPECT_THAT(MakeDatabase(migrations, 2), HasCode(absl::StatusCode::kInternal));

  ASSERT_OK_AND_ASSIGN(auto connection, Connection::Open(path_, absl::Seconds(1)));
  EXPECT_EQ(connection->RunForInt("PRAGMA user_version").value(), 1);
  EXPECT_EQ(connection->RunForInt("SELECT COUNT(*) FROM t").value(), 0);
}

TEST_F(SqliteStoreTest, MigrationThatLeavesADanglingReferenceFails) {
  const std::vector<Migration> migrations = {
      {1,
       "CREATE TABLE p (id INTEGER PRIMARY KEY); CREATE TABLE c (p REFERENCES p (id)); "
       "INSERT INTO c VALUES (7);"}};

  EXPECT_THAT(MakeDatabase(migrations, 1), HasCode(absl::StatusCode::kInternal));
}

TEST(QueryPlanTest, ScanAndSortAreFound) {
  TempFolder folder;
  const std::string path = folder.path() + "/gitsync.db";
  ASSERT_OK(SqliteStore::Open({.path = path}));

  EXPECT_THAT(
      Scans(path,
            {"SELECT * FROM apps WHERE slug = ?", "SELECT * FROM apps WHERE id = ?",
             "SELECT * FROM apps WHERE organization_id = ? ORDER BY etag"}),
      ElementsAre(HasSubstr("SCAN apps"), HasSubstr("TEMP B-TREE")));
}

TEST(QueryPlanTest, ScanInATriggerIsFound) {
  TempFolder folder;
  const std::string path = folder.path() + "/gitsync.db";
  {
    std::ofstream(path).flush();
    auto connection = Connection::Open(path, absl::Seconds(1));
    ASSERT_OK(connection);
    ASSERT_OK((*connection)
                  ->Run("CREATE TABLE p (id INTEGER PRIMARY KEY, x);"
                        "CREATE TABLE c (x);"
                        "CREATE TRIGGER t AFTER DELETE ON p BEGIN "
                        "DELETE FROM c WHERE x = OLD.x; END;"));
  }

  EXPECT_THAT(Scans(path, {"DELETE FROM p WHERE id = 1"}),
              ElementsAre(HasSubstr("SCAN c")));
}

TEST(StringListTest, ListComesBackEqual) {
  const std::vector<std::string> list = {"", "a:b", std::string("\0", 1), "12:"};

  EXPECT_EQ(DecodeStringList(EncodeStringList(list)), list);
  EXPECT_TRUE(DecodeStringList(EncodeStringList({})).empty());
}

TEST(StringListTest, FaultEndsTheList) {
  EXPECT_THAT(DecodeStringList("1:a5:b"), ElementsAre("a"));
  EXPECT_THAT(DecodeStringList("1:ab"), ElementsAre("a"));
}

}  // namespace
}  // namespace gitsync
