// A store in a temporary folder and callers of every role, for the tests of use cases.

#ifndef GITSYNC_TESTS_UNIT_RESOURCE_HARNESS_H_
#define GITSYNC_TESTS_UNIT_RESOURCE_HARNESS_H_

#include <cstdlib>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "absl/time/time.h"
#include "server/base/uuid.h"
#include "server/resource/apps.h"
#include "server/resource/caller.h"
#include "server/resource/organizations.h"
#include "server/resource/versions.h"
#include "storage/sqlite/sqlite_store.h"
#include "tests/support/status_matchers.h"

namespace gitsync {

// One id, as a caller may write it and as it is kept.
inline constexpr char kUpperId[] = "AAAAAAAA-BBBB-4CCC-8DDD-EEEEEEEEEEEE";
inline constexpr char kLowerId[] = "aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee";

inline Caller Admin() { return {"admin-token", "root", Role::kAdmin, ""}; }
inline Caller OrgAdmin(const std::string& organization_id) {
  return {"org-token", "boss", Role::kOrgAdmin, organization_id};
}
inline Caller Editor(const std::string& organization_id) {
  return {"editor-token", "ci", Role::kEditor, organization_id};
}
inline Caller Viewer(const std::string& organization_id) {
  return {"viewer-token", "reader", Role::kViewer, organization_id};
}

// A fixture with an empty database of its own.
class StoreTest : public testing::Test {
 protected:
  void SetUp() override {
    std::string pattern =
        (std::filesystem::temp_directory_path() / "gitsync-sync-XXXXXX").string();
    ASSERT_NE(mkdtemp(pattern.data()), nullptr);
    folder_ = pattern;
    SqliteStore::Options options;
    options.path = folder_ + "/test.db";
    ASSERT_OK_AND_ASSIGN(store_, SqliteStore::Open(options));
  }

  void TearDown() override {
    store_.reset();
    if (!folder_.empty()) std::filesystem::remove_all(folder_);
  }

  // Runs a use case in a write transaction of its own; its error undoes the writes.
  template <typename Body>
  auto Write(const Body& body) -> decltype(body(std::declval<Transaction&>())) {
    decltype(body(std::declval<Transaction&>())) result =
        absl::UnknownError("the transaction did not run");
    const absl::Status committed = store_->Write([&](Transaction& tx) {
      result = body(tx);
      return ToStatus(result);
    });
    if (!committed.ok()) return committed;
    return result;
  }

  // The same for one that reads.
  template <typename Body>
  auto Read(const Body& body) -> decltype(body(std::declval<const Transaction&>())) {
    decltype(body(std::declval<const Transaction&>())) result =
        absl::UnknownError("the transaction did not run");
    const absl::Status read = store_->Read([&](const Transaction& tx) {
      result = body(tx);
      return ToStatus(result);
    });
    if (!read.ok()) return read;
    return result;
  }

  std::string AddOrganization(const std::string& name) {
    CreateOrganizationInput input;
    input.name = name;
    const auto row = Write(
        [&](Transaction& tx) { return CreateOrganization(tx, Admin(), input, now_); });
    EXPECT_OK(row);
    return row.ok() ? row->id : "";
  }

  AppRow AddApp(const std::string& organization_id, const std::string& name) {
    CreateAppInput input;
    input.organization_id = organization_id;
    input.name = name;
    const auto view =
        Write([&](Transaction& tx) { return CreateApp(tx, Admin(), input, now_); });
    EXPECT_OK(view);
    return view.ok() ? view->row : AppRow();
  }

  VersionRow AddVersionTo(const AppRow& app, const std::string& name,
                          const std::string& definition) {
    const auto row = Write([&](Transaction& tx) {
      return AddVersion(tx, app, {"", name, definition}, now_);
    });
    EXPECT_OK(row);
    return row.ok() ? *row : VersionRow();
  }

  // Makes a version live, as a promotion does.
  void Release(const VersionRow& version, const std::string& environment) {
    EXPECT_OK(Write([&](Transaction& tx) {
      return tx.releases().Put({version.app_id, environment, version.id,
                                version.definition_hash, NewUuid(), now_});
    }));
  }

  // Records an operation that has not ended.
  OperationRow AddRunningOperation(const AppRow& app, const std::string& version_id) {
    OperationRow row;
    row.id = NewUuid();
    row.organization_id = app.organization_id;
    row.app_id = app.id;
    row.version_id = version_id;
    row.type = OperationType::kPull;
    row.create_time = now_;
    EXPECT_OK(Write([&](Transaction& tx) { return tx.operations().Insert(row); }));
    return row;
  }

  absl::Time now_ = absl::FromUnixSeconds(1'700'000'000);
  std::string folder_;
  std::unique_ptr<SqliteStore> store_;
};

}  // namespace gitsync

#endif  // GITSYNC_TESTS_UNIT_RESOURCE_HARNESS_H_
