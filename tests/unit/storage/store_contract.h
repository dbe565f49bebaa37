// The fixture of the contract that every implementation of the stores has to pass. Its
// tests are in *_contract_test.cc, and run on each of Stores().

#ifndef GITSYNC_TESTS_UNIT_STORAGE_STORE_CONTRACT_H_
#define GITSYNC_TESTS_UNIT_STORAGE_STORE_CONTRACT_H_

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <ostream>
#include <string>
#include <vector>

#include "storage/sqlite/sqlite_store.h"
#include "storage/store.h"
#include "tests/support/status_matchers.h"
#include "tests/unit/storage/query_plan.h"
#include "tests/unit/storage/temp_folder.h"
#include "tests/unit/storage/test_rows.h"

namespace gitsync {

// How to make a store, and what to look at once a test has used it.
struct StoreKind {
  std::string name;
  std::unique_ptr<Store> (*make)(const std::string& folder);
  void (*check)(const Store& store, const std::string& folder);
};

inline void PrintTo(const StoreKind& kind, std::ostream* out) { *out << kind.name; }

inline StoreKind SqliteKind() {
  return {.name = "Sqlite",
          .make = [](const std::string& folder) -> std::unique_ptr<Store> {
            auto store = SqliteStore::Open({.path = folder + "/gitsync.db"});
            EXPECT_OK(store);
            return store.ok() ? *std::move(store) : nullptr;
          },
          .check =
              [](const Store& store, const std::string& folder) {
                const auto& sqlite = dynamic_cast<const SqliteStore&>(store);
                EXPECT_THAT(Scans(folder + "/gitsync.db", sqlite.PreparedStatements()),
                            testing::IsEmpty());
              }};
}

inline auto Stores() { return testing::Values(SqliteKind()); }

inline std::string StoreName(const testing::TestParamInfo<StoreKind>& info) {
  return info.param.name;
}

#define INSTANTIATE_STORE_CONTRACT(suite) \
  INSTANTIATE_TEST_SUITE_P(Stores, suite, Stores(), StoreName)

class StoreContractTest : public testing::TestWithParam<StoreKind> {
 protected:
  void SetUp() override {
    store_ = GetParam().make(folder_.path());
    ASSERT_NE(store_, nullptr);
  }
  void TearDown() override {
    if (store_ != nullptr) GetParam().check(*store_, folder_.path());
  }

  absl::Status Write(absl::FunctionRef<absl::Status(Transaction&)> body) {
    return store_->Write(body);
  }
  // The result of `body` on a consistent state.
  template <typename Body>
  auto Read(Body body) {
    decltype(body(std::declval<const Transaction&>())) result = absl::UnknownError("");
    absl::Status status = store_->Read([&](const Transaction& t) {
      result = body(t);
      return absl::OkStatus();
    });
    EXPECT_OK(status);
    return result;
  }

  void AddOrganization(const std::string& id) {
    ASSERT_OK(Write([&](Transaction& t) {
      return t.organizations().Insert(MakeOrganization(id));
    }));
  }
  // With its organization "o".
  void AddApp(const std::string& id) {
    if (!Read([](const Transaction& t) { return t.organizations().Get("o"); }).ok()) {
      AddOrganization("o");
    }
    ASSERT_OK(Write([&](Transaction& t) { return t.apps().Insert(MakeApp(id, "o")); }));
  }
  // Returns the definition's hash.
  std::string AddVersion(const std::string& id, const std::string& app_id,
                         const std::string& definition) {
    std::string hash;
    EXPECT_OK(Write([&](Transaction& t) {
      hash = t.versions().PutDefinition(definition).value();
      return t.versions().Insert(MakeVersion(id, app_id, hash));
    }));
    return hash;
  }
  bool HasDefinition(const std::string& hash) {
    return Read([&](const Transaction& t) { return t.versions().GetDefinition(hash); })
        .ok();
  }

  TempFolder folder_;
  std::unique_ptr<Store> store_;
};

// The rows' ids, page by page.
template <typename List>
std::vector<std::vector<std::string>> Pages(const Store& store, int limit, List list) {
  std::vector<std::vector<std::string>> pages;
  PageRequest request{.after = 0, .limit = limit};
  do {
    absl::Status status = store.Read([&](const Transaction& t) {
      auto page = list(t, request);
      if (!page.ok()) return page.status();
      pages.emplace_back();
      for (const auto& row : page->rows) pages.back().push_back(row.id);
      request.after = page->next;
      return absl::OkStatus();
    });
    EXPECT_OK(status);
    if (!status.ok()) break;
  } while (request.after != 0);
  return pages;
}

}  // namespace gitsync

#endif  // GITSYNC_TESTS_UNIT_STORAGE_STORE_CONTRACT_H_
